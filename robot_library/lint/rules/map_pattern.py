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
    for name, screen in subject.map.screens.items():
        for word, target in screen.targets.items():
            if target.pattern is None:
                continue
            try:
                re.compile(target.pattern)
            except re.error as error:
                place = at(subject.node, "screens", name, "targets", word, "pattern")
                where = f" at character {error.pos + 1}" if error.pos is not None else ""
                yield note(
                    place, "WR607", f"this is no regular expression: {error.msg}{where}", "Put '\\' before signs."
                )


RULE = ScreenRule("WR607", "screen", check)
