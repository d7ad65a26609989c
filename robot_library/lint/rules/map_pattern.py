"""A `pattern` that is no regular expression.

The first group, or the whole match, is the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from robot_library.lint.places import at
from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """Every pattern that does not compile."""
    if (sign_in := subject.map.sign_in) is not None and sign_in.expires is not None:
        yield from _wrong(sign_in.expires.pattern, subject, "sign_in", "expires", "pattern")
    if subject.map.version is not None:
        yield from _wrong(subject.map.version.pattern or "", subject, "version", "pattern")
    for name, screen in subject.map.screens.items():
        for word, target in screen.targets.items():
            yield from _wrong(target.pattern or "", subject, "screens", name, "targets", word, "pattern")
        for word, table in screen.tables.items():
            yield from _wrong(table.count_pattern, subject, "screens", name, "tables", word, "count_pattern")


def _wrong(pattern: str, subject: MapSubject, *path: str) -> Iterator[Diagnostic]:
    try:
        re.compile(pattern)
    except re.error as error:
        where = f" at character {error.pos + 1}" if error.pos is not None else ""
        message = f"this is no regular expression: {error.msg}{where}"
        yield note(at(subject.node, *path), "WR607", message, "Put '\\' before signs.")
    except (OverflowError, RecursionError, ValueError):  # ValueError: a count of thousands of digits
        yield note(at(subject.node, *path), "WR607", "this is no regular expression: it is too large", "Say less.")


RULE = ScreenRule("WR607", "screen", check)
