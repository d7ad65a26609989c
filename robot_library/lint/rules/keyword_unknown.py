"""A library or a keyword that is not there.

Keywords are looked for in the library itself, as Robot Framework would. A keyword that runs other keywords works only
in a Robot Framework run, and there is none. Where Robot Framework is not installed this is a warning, and nothing of
keyword steps is checked.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.keywords import robot_side
from robot_library.keywords.effects import NEEDS_A_RUN, folded
from robot_library.lint.keyword_steps import host_of, keyword_spots
from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Spot, Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.problems import did_you_mean, nearest


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every keyword step of an allowed library."""
    host = host_of(subject.library)
    for spot, library, name in keyword_spots(subject):
        if not host.may(library):
            continue
        if not robot_side.installed():
            message = "Robot Framework is not installed here: keyword steps cannot be checked, nor run"
            yield note(spot.step.place, "WR421", message, robot_side.CURE, "warning")
            return
        yield from _step(spot, library, name, host.rules.allow)


def _step(spot: Spot, library: str, name: str, allowed: tuple[str, ...]) -> Iterator[Diagnostic]:
    try:
        known = robot_side.library_info(library).keywords
    except robot_side.NoSuchLibrary as failure:
        place = place_of(spot.step.params.get("library"), spot.step.place)
        hint = nearest(library, set(allowed) - {library}) or "Install it beside wetread."
        yield note(place, "WR421", f"library '{library[:60]}' {failure}", hint)
        return
    place = place_of(spot.step.params.get("name"), spot.step.place)
    if folded(name) not in known:
        names = [one.name for one in known.values()]
        message = f"library {library} has no keyword '{name[:60]}'"
        yield note(place, "WR421", message, nearest(name, names) or did_you_mean(name, names))
    elif f"{library}.{folded(name)}" in NEEDS_A_RUN:
        message = f"'{known[folded(name)].name}' works only inside a Robot Framework run"
        yield note(place, "WR421", message, "Use `for_each`, `when` or `compute` around other keywords.")


RULE = WorkflowRule("WR421", "workflow", check, "step")
