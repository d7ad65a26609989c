"""What names a patient is marked as harmless.

`phi: false` takes the mask off a value in logs, screenshots and reports. Identity fields and patient numbers always
are a patient's.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at
from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.model.values import PHI_TYPES

_PERSON = ("patient_id", "name", "family", "given", "birth_date", "alias", "merged_ids")


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """Every identity target, and every value of a patient's type, without its mask."""
    for name, screen in subject.map.screens.items():
        names = {getattr(screen.identity, key) for key in _PERSON} if screen.identity is not None else set()
        for word, target in screen.targets.items():
            if not target.phi and (word in names or target.type in PHI_TYPES):
                place = at(subject.node, "screens", name, "targets", word, "phi")
                yield note(place, "WR609", f"'{word}' shows a patient's data and is marked phi: false", "Delete `phi`.")
        for table, one in screen.tables.items():
            for title, column in one.columns.items():
                if not column.phi and column.type in PHI_TYPES:
                    place = at(subject.node, "screens", name, "tables", table, "columns", title, "phi")
                    message = f"column '{title}' shows a patient's data and is marked phi: false"
                    yield note(place, "WR609", message, "Delete `phi`.")


RULE = ScreenRule("WR609", "screen", check)
