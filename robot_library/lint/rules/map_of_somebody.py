"""A locator is written with what looks like somebody's data (warning).

A date, a number of five digits or more, or a name with a comma in it, in the text by which a thing is found: perhaps it
was on the screen when the map was made, and belongs to a patient. Write `{name}` for what a screen is opened for, or
find the thing by its label. Such a map is not packed for others (`wetread screens pack`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.nodes import ListNode, MapNode, Node, TextNode

_KEYS = frozenset({"name", "label", "text", "has_text", "title", "placeholder", "test_id"})
DATA = re.compile(r"(?<!\d)(?:\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4}|\d{5,})(?!\d)")
"""A date, or a long number."""
_NAME = re.compile(r"^[A-ZÀ-Þ][\w'’-]+, ?[A-ZÀ-Þ][\w'’-]+$")


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """Every text of a locator, wherever in the map."""
    for key, node in _texts(subject.node):
        if DATA.search(node.value) or _NAME.search(node.value.strip()):
            message = f"'{key}' looks like somebody's data"
            yield note(node.place, "WR613", message, "Write {key} for what the screen is opened for.", "warning")


def _texts(node: Node) -> Iterator[tuple[str, TextNode]]:
    if isinstance(node, ListNode):
        for one in node.items:
            yield from _texts(one)
    elif isinstance(node, MapNode):
        for key, value in node.items:
            if isinstance(value, TextNode) and key.value in _KEYS:
                yield key.value, value
            else:
                yield from _texts(value)


RULE = ScreenRule("WR613", "screen", check)
