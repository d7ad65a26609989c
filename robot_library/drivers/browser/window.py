"""One browser tab, and what happens to it from outside: native dialogs, requests on their way, a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from urllib.parse import urldefrag

from playwright.async_api import Dialog, Frame, Page, Request, Response

from robot_library.drivers.browser.calls import Calls
from robot_library.drivers.browser.own_site import OwnSite, origin_of, writer_of
from robot_library.drivers.browser.tidy import Late, Passing, glance, tidy
from robot_library.drivers.patience import Patience
from robot_library.errors import ApplicationException, DriverLost, ScreenNotReached, SystemDown

_COUNTED = frozenset({"document", "xhr", "fetch", "script"})
_TRIES = 3
_READ_S = 0.25
"""Seconds that one look waits for a page to be read."""
AWAY = (502, 503, 504)
"""HTTP answers that say: there is nobody behind this address now."""


class Window:
    """A page. `own`: which pages are the app's; `background` are parts of addresses whose requests stay open and are
    not waited for."""

    def __init__(self, page: Page, own: OwnSite, background: tuple[str, ...] = ()) -> None:
        self.page, self.own = page, own
        self.popups: list[Page] = []
        self.dialog: str | None = None
        """Kind of a native dialog that came unasked and was dismissed."""
        self.confirm: str | None = None
        """Text of the native dialog that the next press is expected to bring, and that is accepted."""
        self.status: int | None = None
        self.unsaved = False
        """Something was typed here and not saved."""
        self.lent = False
        """A person is at work here: native dialogs are theirs to answer."""
        self._leaving = False
        """We go to another address on purpose: the page may not hold us back."""
        self._crashed = False
        self._background = background
        self._busy: set[Request] = set()
        self.calls: Calls | None = None
        """Takes down what the page asks its server, for whose session it is."""
        self.asked = 0
        """Requests made so far that the page waits for."""
        page.on("dialog", self._on_dialog)
        page.on("popup", lambda opened: self.popups.append(opened))
        page.on("crash", self._on_crash)
        page.on("request", self._on_request)
        page.on("response", self._on_response)
        page.on("requestfinished", self._on_answer)
        page.on("requestfailed", self._on_answer)

    @property
    def busy(self) -> bool:
        """A request that the page waits for is on its way."""
        return bool(self._busy)

    def reset(self) -> None:
        """Forget what happened here; the tab is empty again."""
        self.popups, self.dialog, self.confirm, self.status = [], None, None, None
        self._busy.clear()
        self.calls = None

    def check(self, place: str) -> None:
        """Raise if the tab is dead or a native dialog came unasked."""
        if self._crashed or self.page.is_closed():
            raise DriverLost("The browser tab is gone.", cure="The part starts anew.", place=place)
        if self.dialog is not None:
            kind, self.dialog = self.dialog, None
            raise ScreenNotReached(
                f"The page asked something in a native {kind} dialog, which was dismissed.",
                cure="If it belongs there, name its text as the target's 'confirm' in the map.",
                place=place,
            )

    async def goto(self, url: str, patience: Patience, place: str) -> None:
        """Go to an address; a connection that breaks is tried again. A page of the same document is loaded anew."""
        self._busy.clear()
        if "#" in url and urldefrag(self.page.url)[0] == urldefrag(url)[0]:
            await self._load("about:blank", patience, place)
        for attempt in range(_TRIES):
            try:
                await self._load(url, patience, place)
                return
            except (ScreenNotReached, SystemDown):
                if attempt == _TRIES - 1 or patience.over:
                    raise
            await asyncio.sleep(min(0.2 * (attempt + 1), patience.left))

    async def _load(self, url: str, patience: Patience, place: str) -> None:
        self._leaving = True
        try:
            answer = await tidy(self.page.goto(url, wait_until="commit", timeout=patience.milliseconds()), place)
        except (Late, Passing):
            raise ScreenNotReached("The site did not answer in time.", cure="Is the system up?", place=place) from None
        finally:
            self._leaving = False
        self.status = answer.status if answer is not None else None
        if self.status in AWAY:
            why = f"HTTP {self.status}"
            raise SystemDown(f"The site did not answer ({why}).", why=why, place=place)

    async def scripts_ran(self, patience: Patience) -> bool:
        """The page has been read to its end and its own scripts have run: before that a button is there that does
        nothing yet, or something else. A page that is written and never ended is taken as it is after half of
        `patience`."""
        if patience.spent >= patience.left:
            return True
        call = self.page.wait_for_load_state("domcontentloaded", timeout=patience.milliseconds(_READ_S))
        return await glance(_told(call), False, "a look")

    async def to_front(self) -> None:
        """Make this the visible tab of its browser window: hidden ones get no frames, so clicks and pictures crawl."""
        await glance(self.page.bring_to_front(), None, "showing a tab")

    async def close(self) -> None:
        """Close the tab without asking the page."""
        if not self.page.is_closed():
            await tidy(self.page.close(run_before_unload=False), "closing a window")

    @property
    def failed(self) -> bool:
        """The browser shows its own page in place of the site's: nobody answered."""
        return self.page.url.startswith("chrome-error:")

    async def origin(self) -> str:
        """Scheme, host and port of what is shown, or of who has written it; "" for nobody's."""
        url = self.page.url
        return await writer_of(self.page) if url.startswith("about:") else origin_of(url)

    async def owns(self, frame: Frame) -> bool:
        """Whether what a frame of this page shows is the app's."""
        return await self.own.shown_in(frame)

    async def at_home(self) -> bool:
        """Whether the page itself is the app's."""
        return await self.owns(self.page.main_frame)

    async def astray(self) -> str:
        """The origin of another site whose page is shown; "" for the app's, the browser's own, or nobody's."""
        return "" if self.failed or await self.at_home() else await self.origin()

    async def _on_dialog(self, dialog: Dialog) -> None:
        if self.lent:
            return
        expected, self.confirm = self.confirm, None
        try:
            if dialog.type == "beforeunload" and self._leaving:
                await tidy(dialog.accept(), "leaving a page")
                return
            ours = self.own.has(self.page.url) or self.page.url.startswith("about:")  # while it asks, it tells no more
            if expected is not None and ours and dialog.type in ("confirm", "alert") and expected in dialog.message:
                await tidy(dialog.accept(), "a native dialog")
                return
            if dialog.type == "beforeunload" and not self.unsaved:  # sao asks whenever one of its tabs is open
                await tidy(dialog.accept(), "a native dialog")
                return
            self.dialog = dialog.type
            await tidy(dialog.dismiss(), "a native dialog")
        except (Late, Passing, ApplicationException):
            return

    def _on_crash(self, _: Page) -> None:
        self._crashed = True

    def _on_answer(self, request: Request) -> None:
        self._busy.discard(request)
        if self.calls is not None:
            self.calls.ended(request)

    def _on_response(self, response: Response) -> None:
        if self.calls is not None:
            self.calls.answered(response)

    def _on_request(self, request: Request) -> None:
        if self.calls is not None:
            self.calls.begun(request)
        if request.resource_type in _COUNTED and not any(part in request.url for part in self._background):
            self._busy.add(request)
            self.asked += 1


async def _told(call: Awaitable[None]) -> bool:
    await call
    return True
