"""A state rule, or a table's column, that says nothing or two things.

A state rule has exactly one of `is`, `is_not` and `empty`, and a list of words in it, not an empty one; a column one of
`header` and `css`.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at, at_key
from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic, Place
from robot_library.model.screen import Screen, StateRule
from robot_library.parsing.nodes import MapNode


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """Every ambiguous rule and column."""
    for name, screen in subject.map.screens.items():
        for place, rule in _rules(name, screen, subject.node):
            if sum(one is not None for one in (rule.is_, rule.is_not, rule.empty)) != 1:
                yield note(
                    place, "WR608", "a state rule has exactly one of is, is_not, empty", "Write two rules for two."
                )
            for key, words in (("is", rule.is_), ("is_not", rule.is_not)):
                if words == ():
                    always = "always" if key == "is_not" else "never"
                    message = f"'{key}' lists no words, so this rule {always} holds"
                    yield note(place, "WR608", message, "List them, as in [Cancelled, Locked].")
        for word, table in screen.tables.items():
            for title, column in table.columns.items():
                if (column.header is None) == (column.css is None):
                    place = at_key(subject.node, "screens", name, "tables", word, "columns", title)
                    yield note(place, "WR608", f"column '{title}' has exactly one of header, css", "Keep one of them.")


def _rules(name: str, screen: Screen, node: MapNode) -> Iterator[tuple[Place, StateRule]]:
    for index, rule in enumerate(screen.state):
        yield at(node, "screens", name, "state", index), rule
    for word, rules in screen.states.items():
        for index, rule in enumerate(rules):
            yield at(node, "screens", name, "states", word, index), rule


RULE = ScreenRule("WR608", "screen", check)
