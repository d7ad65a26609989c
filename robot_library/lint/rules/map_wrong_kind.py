"""A locator, move or field that this kind of screen does not have.

In a browser: no `image`, `area`, `near` or `hotkey`. On a desktop: no `css`, `test_id`, `placeholder`, `frame` or
`attribute`, no `goto` and `new_tab`, no `opened_by` and `closed_by`; columns of tables are known by their `header`.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at, at_key
from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.model.screen import Locator, Screen

_PIXELS = ("image", "area", "near")
_PAGES = ("css", "test_id", "placeholder")
_MOVES = {"browser": ("hotkey",), "desktop": ("goto", "new_tab")}
_TARGETS = {"browser": (), "desktop": ("frame", "attribute", "opened_by", "closed_by", "confirm")}

Path = tuple[str | int, ...]


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """Everything in the map that its `kind` lacks."""
    kind = subject.map.kind
    for name, screen in subject.map.screens.items():
        for path, locator in _locators(screen):
            for way in _foreign(locator, kind):
                yield _note(subject, kind, ("screens", name, *path, way))
        for index, move in enumerate(screen.reach):
            for key in _MOVES[kind]:
                if getattr(move, key) is not None:
                    yield _note(subject, kind, ("screens", name, "reach", index, key))
        for word, target in screen.targets.items():
            for key in _TARGETS[kind]:
                if getattr(target, key) is not None:
                    yield _note(subject, kind, ("screens", name, "targets", word, key))
        for word, table in screen.tables.items():
            for column, how in table.columns.items():
                if kind == "desktop" and how.header is None:
                    yield _note(subject, kind, ("screens", name, "tables", word, "columns", column), "css")


def _locators(screen: Screen) -> Iterator[tuple[Path, Locator]]:
    for index, locator in enumerate(screen.seen_by):
        yield ("seen_by", index), locator
    for word, target in screen.targets.items():
        for index, locator in enumerate(target.find):
            yield ("targets", word, "find", index), locator
    for word, table in screen.tables.items():
        yield ("tables", word, "rows"), table.rows


def _foreign(locator: Locator, kind: str) -> Iterator[str]:
    """Keys that this kind lacks; those of nested locators are found at the outer one's place."""
    for way in _PAGES if kind == "desktop" else _PIXELS:
        if getattr(locator, way) is not None:
            yield way
    for inner in (locator.inside, locator.near):
        if inner is not None:
            yield from _foreign(inner, kind)


def _note(subject: MapSubject, kind: str, path: Path, what: str | None = None) -> Diagnostic:
    message = f"'{what or path[-1]}' is not for maps of kind '{kind}'"
    place = at(subject.node, *path) if what else at_key(subject.node, *path)
    return note(place, "WR611", message, "docs/reference/diagnostics.md says what each kind has.")


RULE = ScreenRule("WR611", "screen", check)
