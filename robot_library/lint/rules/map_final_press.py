"""A button whose name says that it makes something final, mapped as one that changes nothing (warning).

`navigate` targets are pressed freely, twice if need be, and without guard or proof. What saves, signs, sends or deletes
is `use: commit`, which only `save` and `attach` press.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from robot_library.lint.places import at
from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic

_FINAL = re.compile(
    r"(save|submit|send|transmit|sign(?! ?(in|on|out)\b)|approve|finali[sz]e|release|verify|delete|remove)\b",
    re.IGNORECASE,
)


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """Every such button or link, by its name in the first locator."""
    for name, screen in subject.map.screens.items():
        for word, target in screen.targets.items():
            for index, locator in enumerate(target.find[:1]):
                if target.use == "navigate" and locator.name is not None and _FINAL.match(locator.name.strip()):
                    place = at(subject.node, "screens", name, "targets", word, "find", index)
                    message = f"'{word}' looks like a final press ({locator.name}) and is mapped as `navigate`"
                    hint = "If it changes a record, write `use: commit`."
                    yield note(place, "WR610", message, hint, "warning")


RULE = ScreenRule("WR610", "screen", check)
