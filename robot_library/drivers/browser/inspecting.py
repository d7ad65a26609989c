"""What a locator matches on a screen that is shown: how many things, what each is, and where, outlined in a picture.

Names of things are told only where the map knows them to be nobody's; the picture is covered as any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from robot_library.drivers.browser.locate import locate, scope
from robot_library.drivers.browser.own_site import elsewhere
from robot_library.drivers.browser.picture import harmless
from robot_library.drivers.browser.tidy import glance
from robot_library.drivers.browser.view import BrowserView
from robot_library.drivers.shown import COVERED, folded, spoken
from robot_library.model.screen import Locator

_MOST = 20
_WHAT = """(es) => es.map((e) => { const b = e.getBoundingClientRect(), s = getComputedStyle(e);
  return [e.tagName.toLowerCase(), e.getAttribute("role") || "",
    (e.getAttribute("aria-label") || e.innerText || "").trim().slice(0, 200),
    b.width > 0 && b.height > 0 && s.visibility === "visible"]; })"""
_OUTLINE = """(es, on) => es.forEach((e) => { if (on) {
    e.setAttribute("data-wetread-style", e.getAttribute("style") || "");
    e.style.setProperty("outline", "3px solid #d0021b", "important"); }
  else if (e.hasAttribute("data-wetread-style")) { e.setAttribute("style", e.getAttribute("data-wetread-style"));
    e.removeAttribute("data-wetread-style"); } })"""


@dataclass(frozen=True)
class Matched:
    """One locator, in words, and what it matches: a line for each of the first 20 things."""

    way: str
    count: int
    things: tuple[str, ...]


async def matched(
    view: BrowserView, ways: Sequence[Locator], frame: Locator | None = None
) -> tuple[list[Matched], bytes]:
    """What each way matches on the screen of this view, and a covered picture in which that is outlined."""
    stage = view.stage
    if not await stage.own([frame]):
        raise elsewhere("This stands on no page of the system's, or nowhere")
    page, where = stage.window.page, stage.where
    told = harmless(stage.session)
    found = [locate(page, scope(page, frame, where), way, where) for way in ways]
    seen = []
    for way, one in zip(ways, found, strict=True):
        things: list[list[Any]] = await glance(one.evaluate_all(_WHAT), [], "a look")
        lines = tuple(_line(told, *thing) for thing in things[:_MOST])
        seen.append(Matched(spoken(way), len(things), lines))
    try:
        for one in found:
            await glance(one.evaluate_all(_OUTLINE, True), None, "a look")
        return seen, await view.picture()
    finally:
        for one in found:
            await glance(one.evaluate_all(_OUTLINE, False), None, "a look")


def _line(told: set[str], tag: str, role: str, text: str, visible: bool) -> str:
    name = "" if not text else f' "{text if folded(text) in told else COVERED}"'
    return f"{role or tag}{name}{'' if visible else ' [not visible]'}"
