"""The parts of a page as assistive technology is told them: role, name, state, one a line. As in pictures, what is not
known to be harmless is covered, whole texts at a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from robot_library.drivers.browser.picture import harmless, known_words
from robot_library.drivers.browser.tidy import glance
from robot_library.drivers.shown import COVERED, folded

if TYPE_CHECKING:
    from robot_library.drivers.browser.stage import Stage

_LIMIT_MS = 3000
_MOST = 400
_PART = re.compile(r'([a-z]+)(?: "((?:[^"\\]|\\.)*)")?((?: \[[a-z-]+(?:=[a-z0-9]+)?\])*)', re.DOTALL)


async def outline(stage: Stage) -> str:
    """Of the page that a stage stands on, without its frames; "" if it does not hold still."""
    body = stage.window.page.locator("body")
    text = await glance(body.aria_snapshot(timeout=_LIMIT_MS), "", "an outline")
    known = known_words(stage.session.known)
    return covered(text, harmless(stage.session), set(known["words"]), known["parts"])


def covered(text: str, may_stay: set[str], words: set[str], parts: list[str]) -> str:
    """An outline in which every name and text is covered that may not stay, or that holds a known value."""

    def shown(said: str) -> str:
        low = folded(said)
        if low not in may_stay or any(word in words for word in re.findall(r"\w+", low)):
            return COVERED
        return COVERED if any(part in low for part in parts) else said

    try:
        tree = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 (makes text of everything, and nothing else)
    except yaml.YAMLError:
        return ""
    lines = list(_lines(tree, 0, shown))
    more = [f"… and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    return "\n".join([*lines[:_MOST], *more])


def _lines(node: Any, depth: int, shown: Any) -> list[str]:
    if not isinstance(node, list):
        return []
    found: list[str] = []
    for one in node:
        pairs = one.items() if isinstance(one, dict) else [(one, None)]
        for key, inner in pairs:
            if str(key).startswith("/"):  # an address, or what is not asked for
                continue
            said = _part(str(key), shown)
            if isinstance(inner, str):
                said += f": {shown(inner)}"
            if said != f"text: {COVERED}":  # says nothing
                found.append(f"{'  ' * depth}{said}")
            found += _lines(inner, depth + 1, shown)
    return found


def _part(text: str, shown: Any) -> str:
    """`link "Name" [disabled]`; anything that is not written so is covered."""
    match = _PART.fullmatch(text)
    if match is None:
        return COVERED
    role, name, state = match.groups()
    said = f' "{shown(name)}"' if name else ""
    return f"{role}{said}{state}"
