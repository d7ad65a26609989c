"""A screen's identity shows too little of the person.

Two identifiers of the person are needed, and name with birth date alone never suffice: the patient number must be one
of them, here or one link away (`via`), or the item's own key must be shown (`shows`).
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at_key
from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """Every identity with fewer than two identifiers, or without number and link."""
    for name, screen in subject.map.screens.items():
        identity = screen.identity
        if identity is None:
            continue
        place = at_key(subject.node, "screens", name, "identity")
        if identity.via is not None:
            there = subject.map.screens.get(identity.via)
            if identity.link is None:
                message = f"the identity of '{name}' is on another screen, but nothing leads there"
                yield note(place, "WR604", message, "Add `link`: a navigate target of this screen.")
            elif there is not None and there.identity is None and identity.patient_id is None:
                message = f"screen '{identity.via}' does not say whose record it shows"
                yield note(place, "WR604", message, "Give that screen its own `identity`.")
            continue
        named = identity.name is not None or (identity.family is not None and identity.given is not None)
        shown = (identity.patient_id is not None) + named + (identity.birth_date is not None)
        if shown < 2 or (identity.patient_id is None and not identity.shows):
            message = f"the identity of '{name}' does not prove a person"
            hint = "Name `patient_id` and one of `name` and `birth_date`; or lead `via` the patient's record."
            yield note(place, "WR604", message, hint)


RULE = ScreenRule("WR604", "screen", check)
