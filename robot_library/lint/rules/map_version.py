"""A map of desktop screens says where the application shows its version.

It is read at an address, in the browser: of a program nothing would be read, and nothing could ever be typed.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at_key
from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """`version` of a map of kind desktop."""
    if subject.map.version is not None and subject.map.kind == "desktop":
        yield note(at_key(subject.node, "version"), "WR612", "a program's version is not read", "Delete `version`.")


RULE = ScreenRule("WR612", "screen", check)
