"""Pictures of a page in which nothing of a patient survives: what is not known to be harmless is painted out.

The default is to deny, by a style sheet that makes all text and every image invisible for the shot; only what marks
name as harmless keeps its ink. So text that arrives between marking and shooting is invisible too, and a page or frame
that was exchanged meanwhile has lost the sheet: that picture is thrown away.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from playwright.async_api import Frame

from robot_library.drivers.browser.own_site import own_thing
from robot_library.drivers.browser.scripts import script
from robot_library.drivers.browser.stage import Stage
from robot_library.drivers.browser.tidy import Late, Passing, glance, tidy
from robot_library.drivers.shown import folded, said_by_map
from robot_library.errors import ScreenNotReached

if TYPE_CHECKING:
    from robot_library.drivers.browser.session import BrowserSession

COVER = "#9aa4b1"
_TRIES = 3
# Four ids' worth of specificity: a page's own `!important` must not win.
_HARD = ":not(#a#a#a#a)"
_DENY = f"""
*:not([data-wetread-plain]){_HARD}, *{_HARD}::before, *{_HARD}::after, *{_HARD}::placeholder, *{_HARD}::marker {{
  color: transparent !important; -webkit-text-fill-color: transparent !important; text-shadow: none !important;
  -webkit-text-stroke-color: transparent !important; background-image: none !important; border-image: none !important;
  list-style-image: none !important; caret-color: transparent !important; text-decoration-color: transparent !important;
  transition: none !important;
}}
svg text{_HARD}, svg tspan{_HARD} {{ fill: transparent !important; stroke: transparent !important; }}
:is(img, canvas, video, object, embed, picture, svg image){_HARD} {{ visibility: hidden !important; }}
[data-wetread-plain=dark]{_HARD} {{ color: #20262e !important; -webkit-text-fill-color: #20262e !important; }}
[data-wetread-plain=light]{_HARD} {{ color: #f4f6f8 !important; -webkit-text-fill-color: #f4f6f8 !important; }}
"""
_NO_WORDS: dict[str, Any] = {"words": [], "parts": [], "vocabulary": []}
_AS_IT_WAS: dict[str, Any] = {**_NO_WORDS, "sheet": ""}


async def picture(stage: Stage, *, target: str | None, mask: bool) -> bytes:
    """PNG of the window, or of one target; covered unless `mask` is False. ScreenNotReached if none can be taken."""
    patience = stage.patience()
    page = stage.window.page
    found: Any = page
    try:
        if target is not None:
            finder = stage.finder(target)
            (sight,) = await stage.when([finder], patience=patience)
            found = await own_thing(sight.found, stage.window, patience.milliseconds(), finder.place)
        if not mask:
            shot = found.screenshot(timeout=patience.milliseconds(), animations="disabled")
            return await tidy(shot, "a picture")
        for _ in range(_TRIES):
            if png := await _covered(stage, found, patience.milliseconds()):
                return png
    except (Late, Passing):
        pass
    raise ScreenNotReached("No picture could be taken: the page does not hold still.")


async def _covered(stage: Stage, found: Any, limit: float) -> bytes | None:
    """A covered picture, or None if the page or one of its frames was not covered from before the shot to after it."""
    page = stage.window.page
    known = known_words(stage.session.known)
    wanted = {**known, "vocabulary": sorted(harmless(stage.session)), "sheet": _DENY}
    png, held = b"", False
    try:
        if await _mark(stage, wanted):
            masks = [frame.locator("[data-wetread-cover]") for frame in page.frames]
            shot = found.screenshot(timeout=limit, animations="disabled", mask=masks, mask_color=COVER)
            png = await tidy(shot, "a picture")
    finally:
        held = await _mark(stage, _AS_IT_WAS)
    return png if held else None


async def _mark(stage: Stage, wanted: dict[str, Any]) -> bool:
    """Cover every frame, or uncover it; whether all were (still) covered."""
    return all(await asyncio.gather(*(_mark_one(stage, frame, wanted) for frame in stage.window.page.frames)))


async def _mark_one(stage: Stage, frame: Frame, wanted: dict[str, Any]) -> bool:
    """A page's scripts may hear what it is asked: another site's is told no word, and all of it is covered. The asking
    is bound to the document that was there before its address was looked at."""
    document = await glance(frame.evaluate_handle("document"), None, "a picture")
    if document is None:
        return False
    told = wanted if await stage.window.owns(frame) else {**wanted, **_NO_WORDS}
    call = f"(_, wanted) => ({script('cover')})(wanted)"
    return bool(await glance(document.evaluate(call, told), False, "a picture"))


def harmless(session: BrowserSession) -> set[str]:
    """Whole texts that may be seen: what the map says stands on its pages, and what it says is nobody's. Folded."""
    return said_by_map(session.map) | {folded(v) for v in session.plain}


def known_words(values: Iterable[str]) -> dict[str, list[str]]:
    """Words that are covered wherever they stand, and texts that are covered as part of a longer one."""
    words: set[str] = set()
    parts: set[str] = set()
    for value in values:
        text = folded(value)
        words.update(w for w in re.split(r"[^\w]+", text.replace("_", " ")) if len(w) > 1)
        if len(text) > 2 or not text.isascii():
            parts.add(text)
    return {"words": sorted(words), "parts": sorted(parts)}
