"""A state rule, or a table's column, that says nothing or two things.

A state rule has exactly one of `is`, `is_not` and `empty`, and a list of words in it, not an empty one; a column one of
`header` and `css`. Rules are held against the words that the map gives (`words`), not against the system's own.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at, at_key
from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic, Place
from robot_library.model.screen import Screen, StateRule, Target
from robot_library.parsing.nodes import MapNode


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """Every ambiguous rule and column."""
    for name, screen in subject.map.screens.items():
        for place, rule in _rules(name, screen, subject.node):
            yield from _says_one_thing(place, rule)
            shown = subject.map.screens.get(rule.on or name)
            yield from _seen_here(place, rule, shown.targets.get(rule.target) if shown is not None else None)
        for word, table in screen.tables.items():
            for title, column in table.columns.items():
                if (column.header is None) == (column.css is None):
                    place = at_key(subject.node, "screens", name, "tables", word, "columns", title)
                    yield note(place, "WR608", f"column '{title}' has exactly one of header, css", "Keep one of them.")


def _says_one_thing(place: Place, rule: StateRule) -> Iterator[Diagnostic]:
    if sum(one is not None for one in (rule.is_, rule.is_not, rule.empty)) != 1:
        yield note(place, "WR608", "a state rule has exactly one of is, is_not, empty", "Write two rules for two.")
    for key, words, holds in (("is", rule.is_, "never"), ("is_not", rule.is_not, "always")):
        if words == ():
            message = f"'{key}' lists no words, so this rule {holds} holds"
            yield note(place, "WR608", message, "List them, as in [Cancelled, Locked].")


def _seen_here(place: Place, rule: StateRule, target: Target | None) -> Iterator[Diagnostic]:
    """Words of the system that the map makes others of before a rule is held against them."""
    given = target.words if target is not None else {}
    for text in (*(rule.is_ or ()), *(rule.is_not or ())):
        if text in given and text not in given.values():
            message = f"'{text}' is never seen here: the map's `words` make '{given[text]}' of it"
            yield note(place, "WR608", message, f"Write '{given[text]}'.")


def _rules(name: str, screen: Screen, node: MapNode) -> Iterator[tuple[Place, StateRule]]:
    for index, rule in enumerate(screen.state):
        yield at(node, "screens", name, "state", index), rule
    for word, rules in screen.states.items():
        for index, rule in enumerate(rules):
            yield at(node, "screens", name, "states", word, index), rule


RULE = ScreenRule("WR608", "screen", check)
