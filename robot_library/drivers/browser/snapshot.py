"""What a screen shows, taken as data: its document with its frames, marked by what the map says of its parts.

Raw: it may hold a patient's data, and stays in memory. authoring.recording masks it before anything is written.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Frame
from playwright.async_api import Locator as Found

from robot_library.drivers.browser.locate import locate, scope
from robot_library.drivers.browser.scripts import script
from robot_library.drivers.browser.stage import Stage
from robot_library.drivers.browser.tidy import glance
from robot_library.drivers.browser.view import BrowserView
from robot_library.drivers.browser.window import Window
from robot_library.errors import ScreenNotReached

_MARK = "(es, [word, value]) => es.forEach((e) => e.setAttribute(`data-wetread-${word}`, value))"
_UNMARK = """() => { for (const word of ["phi", "plain", "frame"])
  for (const e of document.querySelectorAll(`[data-wetread-${word}]`)) e.removeAttribute(`data-wetread-${word}`); }"""
Tree = list[Any]
"""[tag, attributes, children, marks]; a child is a tree or text."""


@dataclass(frozen=True)
class RawScreen:
    """One screen as it stands. Never printed: it may hold a patient's data."""

    system: str
    screen: str
    where: dict[str, str]
    tree: Tree
    picture: bytes
    """PNG, covered."""

    def __repr__(self) -> str:
        return f"RawScreen({self.system}.{self.screen})"


async def take(view: BrowserView) -> RawScreen:
    """The screen of a view. What the map calls a patient's is marked `phi`, and `id` where it identifies; what it calls
    nobody's is marked `plain`. ScreenNotReached if the page does not hold still."""
    stage = view.stage
    page = stage.window.page
    try:
        await _mark(stage)
        tree = await _tree(stage.window, page.main_frame)
    finally:
        for frame in page.frames:
            await glance(frame.evaluate(_UNMARK), None, "a snapshot")
    if tree is None:
        raise ScreenNotReached("No snapshot could be taken: the page does not hold still.")
    return RawScreen(stage.session.map.system, view.screen, dict(view.where), tree, await view.picture())


async def _mark(stage: Stage) -> None:
    page, screen, where = stage.window.page, stage.screen, stage.where
    for target in screen.targets.values():
        if target.use in ("navigate", "commit"):  # a button's name is the map's own word, or is replaced as any other
            continue
        if not await stage.own([target.frame]):
            continue
        identifies = target.use == "identity" or target.type in ("mrn", "accession")
        word, value = ("phi", "id" if identifies else "") if target.phi else ("plain", "")
        for way in target.find:
            await _note(locate(page, scope(page, target.frame, where), way, where), word, value)
    for table in screen.tables.values():
        root = scope(page, table.frame, where)
        if table.count is not None and await stage.own([table.frame]):
            await _note(locate(page, root, table.count, where), "plain", "")


async def _note(found: Found, word: str, value: str) -> None:
    await glance(found.evaluate_all(_MARK, [word, value]), None, "a snapshot")


async def _tree(window: Window, frame: Frame) -> Tree | None:
    """A frame's document, those of its frames put in their places; None for another site's."""
    if not await window.owns(frame):
        return None
    children = [child for child in frame.child_frames if not child.is_detached()]
    for number, child in enumerate(children):
        element = await glance(child.frame_element(), None, "a snapshot")
        if element is not None:
            await glance(
                element.evaluate(f"(e) => e.setAttribute('data-wetread-frame', '{number}')"), None, "a snapshot"
            )
    tree, *inner = await asyncio.gather(
        glance(frame.evaluate(script("snapshot")), None, "a snapshot"), *(_tree(window, child) for child in children)
    )
    if tree is not None:
        _put(tree, inner)
    return tree  # type: ignore[no-any-return]


def _put(tree: Tree, inner: list[Tree | None]) -> None:
    if tree[0] == "iframe" and "frame" in tree[3]:
        document = inner[int(tree[3]["frame"])]
        tree[2] = [document] if document is not None else []
        return
    for child in tree[2]:
        if isinstance(child, list):
            _put(child, inner)
