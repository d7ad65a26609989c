"""A locator that counts positions or uses an id made by a program (warning).

`nth-child`, positions and ids such as `ext-gen1234` change with the next release, or with the next row. Better, in this
order: test id, role with name, label, text near by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from robot_library.lint.places import at
from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.model.screen import NEVER_HEALS, Locator

_FRAGILE = re.compile(r":nth-(child|of-type|last-child)|:eq\(|#[\w-]*\d{3,}|\[id[*^$]?=|\[style|left:|top:")


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """Every such locator of a target that is written, or that proves something."""
    for name, screen in subject.map.screens.items():
        for word, target in screen.targets.items():
            for index, locator in enumerate(target.find):
                if target.use in NEVER_HEALS and _is_fragile(locator):
                    place = at(subject.node, "screens", name, "targets", word, "find", index)
                    message = f"the locator of '{word}' counts positions or names a made-up id"
                    yield note(place, "WR606", message, "Use a role with its name, or a label.", "warning")


def _is_fragile(locator: Locator) -> bool:
    own = locator.css is not None and _FRAGILE.search(locator.css) is not None
    return own or (locator.inside is not None and _is_fragile(locator.inside))


RULE = ScreenRule("WR606", "screen", check)
