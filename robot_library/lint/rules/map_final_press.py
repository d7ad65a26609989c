"""A button whose name says that it makes something final, mapped as one that changes nothing (warning).

`navigate` targets are pressed freely, twice if need be, and without guard or proof. What saves, signs, sends or deletes
is `use: commit`, which only `save` and `attach` press.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at
from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.model.labels import looks_final


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """Every such button or link, by what its locators say stands on it, in the languages that the recorder knows."""
    for name, screen in subject.map.screens.items():
        for word, target in screen.targets.items():
            for index, locator in enumerate(target.find if target.use == "navigate" else ()):
                said = [text for text in (locator.name, locator.text, locator.title) if text and looks_final(text)]
                if said:
                    place = at(subject.node, "screens", name, "targets", word, "find", index)
                    message = f"'{word}' looks like a final press ({said[0]}) and is mapped as `navigate`"
                    hint = "If it changes a record, write `use: commit`."
                    yield note(place, "WR610", message, hint, "warning")
                    break


RULE = ScreenRule("WR610", "screen", check)
