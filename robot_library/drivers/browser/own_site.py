"""Which pages are the app's own: those of its address, and of the origins that its bot names beside it. A page of
another site may look like any screen; nothing is read there for an answer, nothing typed, nothing pressed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.async_api import ElementHandle, Frame, Page
from playwright.async_api import Locator as Found

from robot_library.drivers.browser.keys import take_keys
from robot_library.drivers.browser.tidy import Late, Passing, glance, tidy
from robot_library.drivers.patience import Patience
from robot_library.errors import ApplicationException, ScreenNotReached
from robot_library.model.bot import App

if TYPE_CHECKING:
    from robot_library.drivers.browser.window import Window

_USUAL = {"http": ":80", "https": ":443"}
_OTHERWISE = frozenset("ß\u03c2\u200c\u200d")
"""What browsers no longer write as `idna` does: a host with one of these is named as the browser shows it."""
_WRITTEN, _INSIDE, _LOOK_MS = "about:", "about:srcdoc", 1000
_PLACE, _NOBODY = "asking whose page it is", "null"


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, as browsers write it: a port that goes without saying is left out."""
    parts = urlsplit(url.removeprefix("blob:"))
    host = parts.netloc.lower().removesuffix(_USUAL.get(parts.scheme, " "))
    if not host.isascii() and not _OTHERWISE & set(host):
        with suppress(UnicodeError):
            host = host.encode("idna").decode()
    return f"{parts.scheme}://{host}"


@dataclass(frozen=True)
class OwnSite:
    """The origins of one app. `base` is the one that its credential belongs to."""

    base: str
    also: frozenset[str] = frozenset()

    @classmethod
    def of(cls, app: App) -> OwnSite:
        """Of an app whose addresses are filled in."""
        return cls(origin_of(app.url), frozenset(map(origin_of, app.also_at)))

    def has(self, url: str) -> bool:
        """Whether a page at this address is the app's."""
        return origin_of(url) in {self.base, *self.also}

    async def shown_in(self, frame: Frame) -> bool:
        """Whether what a frame shows is the app's, and all that it stands in. The browser is asked, never the page."""
        around: Frame | None = frame
        while around is not None:
            if not await self._own(around):
                return False
            around = around.parent_frame
        return True

    async def _own(self, frame: Frame) -> bool:
        """A frame by itself. What is at about:srcdoc was written by the page around it; what is at about:blank, by
        whoever has led there: the page around it may look into it only where that was itself."""
        if not frame.url.startswith(_WRITTEN):
            return self.has(frame.url)
        if frame.parent_frame is None:
            return self.has(await writer_of(frame.page))
        return frame.url.startswith(_INSIDE) or await _open_to_its_page(frame)


async def _open_to_its_page(frame: Frame) -> bool:
    holder = await glance(frame.frame_element(), None, _PLACE)
    if holder is None:
        return False
    return bool(await glance(holder.evaluate("(e) => e.contentDocument !== null"), False, _PLACE))


async def writer_of(page: Page) -> str:
    """The origin that the browser gives to a page without an address: that of whoever has opened it, or led there; ""
    for nobody's. Asked where no script of the page is heard."""
    try:
        asked = await tidy(page.context.new_cdp_session(page), _PLACE)
        try:
            tree = await tidy(asked.send("Page.getFrameTree"), _PLACE)
            at = {"frameId": tree["frameTree"]["frame"]["id"]}
            world = await tidy(asked.send("Page.createIsolatedWorld", at), _PLACE)
            what = {"expression": "self.origin", "contextId": world["executionContextId"]}
            said = str((await tidy(asked.send("Runtime.evaluate", what), _PLACE))["result"].get("value", ""))
        finally:
            await glance(asked.detach(), None, _PLACE)
    except (ApplicationException, KeyError):  # the page has gone meanwhile
        return ""
    return "" if said == _NOBODY else said


async def own_thing(found: Found, window: Window, milliseconds: float, place: str) -> ElementHandle:
    """The thing that a locator finds, on a page of the app's: it stays that of its page, should another come up
    meanwhile. Raises ScreenNotReached for another site's; Passing, Late."""
    thing = await tidy(found.element_handle(timeout=milliseconds), place)
    await check_own(thing, window, place)
    return thing


async def check_own(thing: ElementHandle, window: Window, place: str) -> None:
    """ScreenNotReached for a thing on a page of another site's; Passing."""
    frame = await tidy(thing.owner_frame(), place)
    if frame is None:
        raise Passing
    if not await window.owns(frame):
        whose = "" if frame.url.startswith(_WRITTEN) else f" ({origin_of(frame.url)})"
        raise elsewhere(f"What was to be worked on stands on a page of another site{whose}", place)


async def put(window: Window, found: Found, text: str, patience: Patience, place: str) -> None:
    """Exchange what an own field holds. A field that its page makes anew meanwhile is looked for again."""
    for last in (False, False, True):
        field = await own_thing(found, window, patience.milliseconds(), place)
        try:
            await take_keys(field, patience, place)
            await tidy(field.fill(text, timeout=patience.milliseconds()), place)
            return
        except Passing:
            if last or patience.over:
                raise


async def one_frame(found: Found, place: str) -> Frame | None:
    """The one frame that a locator finds; None while there is none."""
    try:
        if await tidy(found.count(), place) != 1:
            return None
        thing = await tidy(found.element_handle(timeout=_LOOK_MS), place)
        return await tidy(thing.content_frame(), place)
    except (Late, Passing):
        return None


def elsewhere(what: str, place: str = "") -> ScreenNotReached:
    """The error for another site's page where one of the app's was expected."""
    return ScreenNotReached(
        f"{what}; nothing was read, typed or pressed there.",
        cure="If that site is the system's own, name it in the bot, below the app: `also_at`.",
        place=place,
    )
