"""A keyword that drives a browser or a desktop of its own (warning).

Somebody has let bots use its library. What it types and presses is outside the guards: no patient is read again before
it, nothing proves it afterwards, and no switch of the line is asked between its keys.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.keywords.effects import drives_screens
from robot_library.lint.keyword_steps import host_of, keyword_spots
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterator[Diagnostic]:
    """The first step of each such library."""
    host, seen = host_of(subject.library), set[str]()
    for spot, library, _ in keyword_spots(subject):
        if library not in seen and drives_screens(library) and host.may(library):
            seen.add(library)
            message = f"{library} drives screens of its own, outside every guard"
            hint = "A screen map with `open`, `fill`, `save` is guarded. No patient's record may be written this way."
            yield note(spot.step.place, "WR426", message, hint, "warning")


RULE = WorkflowRule("WR426", "workflow", check, "step")
