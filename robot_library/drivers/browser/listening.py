"""A browser in which an author clicks through once, and which tells what it hears.

Each press is held until it is known how the thing is found again, and then pressed by the very driver that bots press
with. A press that may make something final is not made at all, unless that was allowed. Passwords stay in the page.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

from playwright.async_api import (
    BrowserContext,
    Dialog,
    Download,
    FileChooser,
    Frame,
    HttpCredentials,
    Page,
    Response,
    async_playwright,
)
from playwright.async_api import Error as PlaywrightError

from robot_library.drivers.browser.driver import VIEWPORT, sandboxed
from robot_library.drivers.browser.find_browser import find_browser
from robot_library.drivers.browser.locate import locate
from robot_library.drivers.browser.looking import (
    AT,
    called,
    found_frame,
    marked,
    of_box,
    of_press,
    of_row,
    sight,
    still,
    ways,
)
from robot_library.drivers.browser.own_site import origin_of
from robot_library.drivers.browser.scripts import script
from robot_library.drivers.browser.silent import silence
from robot_library.drivers.browser.switches import switches
from robot_library.drivers.browser.tidy import Late, Passing, glance, tidy
from robot_library.drivers.browser.unrecorded import FILE_BOX, PLAIN, UNFOUND_FRAME, UNTOLD_LIST
from robot_library.drivers.final import final
from robot_library.errors import ApplicationException, SetupError
from robot_library.interfaces import Credential
from robot_library.model.handed_on import handed_on
from robot_library.model.heard import (
    AskedByBrowser,
    Field,
    FileAsked,
    FileCame,
    Found,
    Heard,
    Looked,
    Pointed,
    Press,
    Sight,
    Typed,
)
from robot_library.model.screen import Locator

GO = "data-wetread-go"
_PRESS_MS = 30_000
_TOLD = """([text]) => { const e = document.createElement("div"); e.setAttribute("aria-hidden", "true");
  e.style.cssText = "position:fixed;left:0;right:0;top:0;z-index:2147483647;pointer-events:none;padding:8px;" +
    "background:#7a1f00;color:#fff;font:14px sans-serif;text-align:center"; e.textContent = text;
  document.documentElement.append(e); setTimeout(() => e.remove(), 4000); }"""

Author = Callable[[BrowserContext], Coroutine[Any, Any, None]]
"""Works in the browser's windows in place of a person."""


class Listener:
    """`hear` takes what was heard, one after the other; `say` takes a line for the author."""

    def __init__(
        self, hear: Callable[[Heard], None], say: Callable[[str], None], *, allow_commits: bool = False,
        basic: tuple[str, Credential] | None = None,
    ) -> None:  # fmt: skip
        """`basic`: the address of a site and what the browser itself answers when that asks it (HTTP basic)."""
        self._hear, self._say, self._allow = hear, say, allow_commits
        self._token, self._bound = secrets.token_hex(8), f"w{secrets.token_hex(6)}"
        self._told: asyncio.Queue[tuple[Page, Frame, Mapping[str, Any]]] = asyncio.Queue()
        self._told_of: set[tuple[str, str]] = set()
        self._typed_in_frames: dict[str, str] = {}
        """Address of a page → label of a box that was typed into inside a frame of it."""
        self._basic = basic
        self._asked: set[str] = set()

    async def listen(self, urls: Sequence[str], *, headed: bool = True, author: Author | None = None) -> None:
        """Open these addresses, each in a tab, and listen until every tab is closed, the author's work is done, or this
        is cancelled. SetupError without a browser, or where the first address does not answer."""
        silence()
        async with async_playwright() as playwright:
            problem: SetupError | None = None
            found = find_browser(playwrights_own=playwright.chromium.executable_path, headed=headed)
            try:
                browser = await playwright.chromium.launch(
                    executable_path=found.path, headless=not headed, chromium_sandbox=sandboxed(), args=switches(),
                    env={**handed_on()}, handle_sigint=False,
                )  # fmt: skip
            except PlaywrightError:
                problem = SetupError("The browser did not start.", cure="Is there a display? Start it by hand to see.")
            if problem is not None:
                raise problem
            http = self._answer()
            context = await (
                browser.new_context(no_viewport=True, http_credentials=http, accept_downloads=False)
                if headed
                else browser.new_context(viewport=VIEWPORT, http_credentials=http, accept_downloads=False)  # type: ignore[arg-type]
            )
            try:
                await self._until_done(context, urls, author)
            finally:
                with contextlib.suppress(PlaywrightError, asyncio.CancelledError):
                    await browser.close()

    def _answer(self) -> HttpCredentials | None:
        if self._basic is None:
            return None
        url, given = self._basic
        return HttpCredentials(username=given.user, password=given.password, origin=origin_of(url))

    async def _until_done(self, context: BrowserContext, urls: Sequence[str], author: Author | None) -> None:
        await context.expose_binding(self._bound, self._tell)
        code = script("listening").replace('"TOKEN", "BOUND"', f'"{self._token}", "{self._bound}"')
        await context.add_init_script(code)
        closed = asyncio.Event()
        context.on("response", self._answered)
        context.on("page", lambda page: self._watch(page, context, closed))
        worker = asyncio.create_task(self._work())
        waits = [worker, asyncio.create_task(closed.wait())]
        try:
            for url in urls:
                page = await context.new_page()
                await tidy(page.goto(url, wait_until="commit"), "opening the first page")
            if author is not None:
                waits.append(asyncio.create_task(author(context)))
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            rest = asyncio.create_task(self._told.join())
            waits.append(rest)
            await asyncio.wait([worker, rest], return_when=asyncio.FIRST_COMPLETED)
            for task in [*done, *([worker] if worker.done() else [])]:
                task.result()
        finally:
            for task in waits:
                task.cancel()

    def _watch(self, page: Page, context: BrowserContext, closed: asyncio.Event) -> None:
        def gone(_: Page) -> None:
            if not context.pages:
                closed.set()

        page.on("close", gone)
        page.on("dialog", self._dialog)
        page.on("filechooser", self._asked_file)
        page.on("download", self._file_came)

    async def _dialog(self, dialog: Dialog) -> None:
        if dialog.type == "beforeunload":
            await glance(dialog.accept(), None, "a native dialog")
            return
        self._say(f"dialog   the page asked in a native {dialog.type}; it was answered with 'cancel'")
        await glance(dialog.dismiss(), None, "a native dialog")

    async def _answered(self, response: Response) -> None:
        """Whether a site asks the browser itself for name and password. What it is answered is not looked at."""
        site = origin_of(response.url)
        if site in self._asked or response.request.resource_type not in ("document", "fetch", "xhr"):
            return
        try:
            sent = await response.request.header_value("authorization")
        except PlaywrightError:  # the page has gone meanwhile
            return
        asks = response.status == 401 and (response.headers.get("www-authenticate") or "").lower().startswith("basic")
        given = self._basic is not None and site == origin_of(self._basic[0])
        if not (asks or given or (sent or "").startswith("Basic ")) or site in self._asked:
            return
        self._asked.add(site)
        self._hear(AskedByBrowser(response.url))
        if asks and not given:
            self._say("sign-in  the browser is asked for name and password: type them there, or give --credential")

    def _tell(self, source: Mapping[str, Any], said: Mapping[str, Any]) -> None:
        self._told.put_nowait((source["page"], source["frame"], said))

    async def _work(self) -> None:
        while True:
            page, frame, said = await self._told.get()
            try:
                await self._take(page, frame, said)
            except (ApplicationException, Late, Passing, PlaywrightError):
                self._say("lost     the page moved away under what was done; do it again if it is missing")
            finally:
                self._told.task_done()

    async def _take(self, page: Page, frame: Frame, said: Mapping[str, Any]) -> None:
        kind = said["kind"]
        if kind in PLAIN:
            self._once(page, PLAIN[kind])
            return
        if kind == "option":
            if not said["completes"]:
                self._once(page, UNTOLD_LIST)
            return
        within = None if frame is page.main_frame else await found_frame(page, frame)
        if frame is not page.main_frame and within is None:
            await self._in_frame(page, frame, said)
        elif (seen := await sight(page)) is None:
            if kind != "looked":
                self._say("lost     the page moved away under what was done; do it again if it is missing")
        elif kind == "looked":
            if await still(frame, said["mark"]):  # else another page has come, and says itself when it stands
                self._hear(Looked(seen))
        elif kind == "press":
            await self._pressed(page, frame, said, seen, within)
        elif kind == "file":
            self._hear(FileAsked(seen, Field(said["label"], "", said["find"], True, frame=within), said["brought"]))
        elif kind == "came":
            self._hear(FileCame(seen))
        else:
            self._boxed(said, seen, within, await ways(frame, of_box(said, seen.dialog), said["mark"]))

    def _boxed(self, said: Mapping[str, Any], seen: Sight, within: Found | None, find: tuple[Found, ...]) -> None:
        """A box that was typed into, or a value that was pointed at."""
        label = said["label"].strip()
        field = next((f for f in seen.fields if f.label == label and f.find and f.frame == within), None)
        field = Field(said["label"], said["value"], find or (field.find if field else ()), said["box"], frame=within)
        if said["kind"] == "pointed":
            self._hear(Pointed(seen, field))
            return
        if within is not None and not said["secret"] and not said["search"]:
            self._typed_in_frames[seen.url] = label
        self._hear(Typed(seen, field, said["secret"], said["choice"], said["search"], bool(said["blank"])))

    def _once(self, page: Page, line: str) -> None:
        """Say what cannot be recorded, once a page; a key that saves, each time."""
        if (page.url, line) not in self._told_of or line.startswith("final"):
            self._told_of.add((page.url, line))
            self._say(line)

    async def _in_frame(self, page: Page, frame: Frame, said: Mapping[str, Any]) -> None:
        """In a frame that nothing finds alone, or that stands in another frame."""
        if said["kind"] in ("press", "typed", "file"):
            self._once(page, UNFOUND_FRAME)
        if said["kind"] == "press":
            if final(said) and not self._allow:
                self._say("final    a press inside a frame was NOT made")
            else:
                await self._press(frame, said)

    async def _asked_file(self, chooser: FileChooser) -> None:
        """The page asks for a file: the author's own dialog never opens, and nothing is given."""
        element, page = chooser.element, chooser.page
        frame = await glance(element.owner_frame(), None, "a file box")
        about = await glance(element.evaluate(FILE_BOX), None, "a file box")
        mark = await marked(element) if about is not None else ""
        if frame is None or about is None or not mark:
            return
        found = [*of_box({**about, "tag": "input"}, ""), {"css": "input[type=file]"}]
        find = await ways(frame, [{**one, **({} if about["seen"] else {"visible": False})} for one in found], mark)
        said = {"kind": "file", "label": about["label"], "find": find, "brought": not about["was"]}
        self._told.put_nowait((page, frame, said))

    def _file_came(self, download: Download) -> None:
        """A file that the page gives never comes here, as the browser refuses it: it is a patient's."""
        self._told.put_nowait((download.page, download.page.main_frame, {"kind": "came"}))

    async def _pressed(
        self, page: Page, frame: Frame, said: Mapping[str, Any], seen: Sight, within: Found | None
    ) -> None:
        row = said["row"]
        role, name = await called(frame, said["mark"])
        if typed := self._typed_in_frames.get(seen.url):
            said = {**said, "typed_here": [*said["typed_here"], typed]}
        name = "" if said.get("whole_row") or said.get("double") else name
        why = final({**said, "name": name or said["name"]})
        in_row = said.get("double") or said.get("whole_row")
        tries = of_row(said) if in_row else await of_press(frame, said, seen.dialog)
        find = await ways(frame, of_box(said, seen.dialog) if said.get("enter") else tries, said["mark"])
        cells, own, rows = await self._row(frame, said, seen, within) if row else ((), "", None)
        go = not why or self._allow
        self._hear(
            Press(
                seen,
                name or said["name"],
                "row" if in_row else role or "button",
                find,
                cells,
                own,
                rows,
                bool(said.get("double")),
                bool(said.get("enter")),
                why,
                go,
                bool(said["new_tab"]),
                bool(said["listed"]),
                within,
            )
        )
        if go:
            await self._press(frame, said)
        else:
            await glance(
                page.evaluate(_TOLD, ["wetread: recorded as a final press, and NOT pressed."]), None, "telling"
            )

    async def _row(
        self, frame: Frame, said: Mapping[str, Any], seen: Sight, within: Found | None
    ) -> tuple[tuple[tuple[str, str], ...], str, Found | None]:
        """Each cell of the row that was pressed under its header, the own header, and what finds the table's rows."""
        cells = said["row"]["cells"]
        inside = frame.locator(f'[{AT}="{said["mark"]}"]')
        for grid in seen.grids:
            if len(grid.headers) != len(cells) or grid.frame != within:
                continue
            table = locate(frame, frame, Locator.model_validate(grid.rows["inside"]), {})
            if await glance(table.filter(has=inside).count(), 0, "a look"):
                own = grid.headers[said["row"]["own"]] if said["row"]["own"] >= 0 else ""
                return tuple(zip(grid.headers, cells, strict=True)), own, grid.rows
        return tuple(("", cell) for cell in cells), "", None

    async def _press(self, frame: Frame, said: Mapping[str, Any]) -> None:
        """Press what was held, with the token that lets it through."""
        found = frame.locator(f'[{AT}="{said["mark"]}"]')
        await tidy(found.evaluate("(e, [name, token]) => e.setAttribute(name, token)", [GO, self._token]), "a press")
        try:
            if said.get("enter"):
                call: Awaitable[None] = found.press("Enter", timeout=_PRESS_MS, no_wait_after=True)
            elif said.get("double"):
                call = found.dblclick(timeout=_PRESS_MS, no_wait_after=True)
            else:
                call = found.click(timeout=_PRESS_MS, no_wait_after=True)
            await tidy(call, "a press")
        except Late:
            self._say("covered  it could not be pressed: something lies over it")
        finally:
            await glance(found.evaluate_all(f"(es) => es.forEach((e) => e.removeAttribute('{GO}'))"), None, "a press")
