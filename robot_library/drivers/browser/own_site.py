"""Which pages are the app's own: those of its address, and of the origins that its bot names beside it. A page of
another site may look like any screen; nothing is read there for an answer, nothing typed, nothing pressed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.async_api import ElementHandle, Frame
from playwright.async_api import Locator as Found

from robot_library.drivers.browser.tidy import Late, Passing, tidy
from robot_library.drivers.patience import Patience
from robot_library.errors import ScreenNotReached
from robot_library.model.bot import App

if TYPE_CHECKING:
    from robot_library.drivers.browser.window import Window

_USUAL = {"http": ":80", "https": ":443"}
_WRITTEN, _LOOK_MS = "about:", 1000


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, as browsers write it: a port that goes without saying is left out."""
    parts = urlsplit(url.removeprefix("blob:"))
    host = parts.netloc.lower().removesuffix(_USUAL.get(parts.scheme, " "))
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

    def has(self, frame: Frame, opened_by: str = "") -> bool:
        """Whether what a frame shows is the app's, and all that it stands in. The browser is asked, never the page.

        A document without an address (about:blank, about:srcdoc) was written by the one around it, and a window of that
        kind by the page whose address is `opened_by`: those count in its place.
        """
        urls = [frame.url]
        while (parent := frame.parent_frame) is not None:
            frame = parent
            urls.append(frame.url)
        if urls[-1].startswith(_WRITTEN):
            urls.append(opened_by)
        return all(origin_of(url) in {self.base, *self.also} for url in urls if not url.startswith(_WRITTEN))


async def own_thing(found: Found, window: Window, milliseconds: float, place: str) -> ElementHandle:
    """The thing that a locator finds, on a page of the app's: it stays that of its page, should another come up
    meanwhile. Raises ScreenNotReached for another site's; Passing, Late."""
    thing = await tidy(found.element_handle(timeout=milliseconds), place)
    frame = await tidy(thing.owner_frame(), place)
    if frame is None:
        raise Passing
    if not window.owns(frame):
        raise elsewhere(f"What was to be worked on stands on a page of another site ({origin_of(frame.url)})", place)
    return thing


async def put(window: Window, found: Found, text: str, patience: Patience, place: str) -> None:
    """Exchange what an own field holds. A field that its page makes anew meanwhile is looked for again."""
    for last in (False, False, True):
        field = await own_thing(found, window, patience.milliseconds(), place)
        try:
            await tidy(field.fill(text, timeout=patience.milliseconds()), place)
            return
        except Passing:
            if last or patience.over:
                raise


async def own_frame(found: Found, window: Window, place: str) -> bool:
    """Whether the one frame that a locator finds shows the app's own; False, too, while there is none."""
    try:
        if await tidy(found.count(), place) != 1:
            return False
        thing = await tidy(found.element_handle(timeout=_LOOK_MS), place)
        frame = await tidy(thing.content_frame(), place)
    except (Late, Passing):
        return False
    return frame is not None and window.owns(frame)


def elsewhere(what: str, place: str = "") -> ScreenNotReached:
    """The error for another site's page where one of the app's was expected."""
    return ScreenNotReached(
        f"{what}; nothing was read, typed or pressed there.",
        cure="If that site is the system's own, name it in the bot, below the app: `also_at`.",
        place=place,
    )
