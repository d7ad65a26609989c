"""What may be a patient's leaves the house by a keyword.

Mail, messengers, web requests and file transfer take what they are given out of the house. What the item declares as a
patient's, what screens show and what keywords read from files or the vault is not given to them, nor are files; numbers
of things are nobody's. A person may allow it: site.yaml, `keywords: {patient_data: […]}`.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.keywords.effects import sends
from robot_library.keywords.files import is_path
from robot_library.lint.keyword_steps import given_to, host_of, keyword_spots
from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.lint.taint import is_phi
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every argument of a keyword that sends."""
    allowed = host_of(subject.library).rules.patient_data
    for spot, library, name in keyword_spots(subject):
        if library in allowed or not sends(library, name):
            continue
        for argument, value in given_to(spot.step, "with").items():
            file = is_path(library, name, argument)
            if file or is_phi(value, spot.names):
                what = "a file, which may hold a patient's data," if file else "what may be a patient's, or a secret,"
                message = f"'{argument}' of '{name}' takes {what} out of the house"
                hint = f"Send numbers: count(…). Or a person allows it: keywords: {{patient_data: [{library}]}}."
                yield note(place_of(value, spot.step.place), "WR427", message, hint)


RULE = WorkflowRule("WR427", "workflow", check, "step")
