"""A person is shown another draft than the one that is typed.

What `accept` shows is the report as it would be, and what the person corrects there is put into it. So `show` of an
`accept` and the `draft_report` of what it gives name the same template, and say the same in its fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Spot, Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.expressions import Expression


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every draft of a finding that a person was shown otherwise."""
    shown: dict[str, Mapping[str, Any]] = {}
    for spot in subject.steps():
        show = spot.step.params.get("show")
        if spot.step.action == "accept" and spot.step.bind and isinstance(show, dict) and "template" in show:
            shown[spot.step.bind] = show
        if spot.step.action == "draft_report":
            for name in sorted(_named(spot.step.params.get("findings")) & set(shown)):
                yield from _differs(shown[name], spot)


def _named(findings: Any) -> set[str]:
    every = findings if isinstance(findings, list) else [findings]
    return {name for one in every if isinstance(one, Expression) for name in one.names()}


def _differs(show: Mapping[str, Any], spot: Spot) -> Iterator[Diagnostic]:
    params, place = spot.step.params, spot.step.place
    if params.get("template") != show["template"]:
        message = f"a person is shown the draft of template '{show['template']}', and another is typed"
        yield note(place_of(params.get("template"), place), "WR430", message, "Name the same in both.")
        return
    ours, theirs = params.get("values"), show.get("values")
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        return
    for key, value in ours.items():
        if key in theirs and theirs[key] != value:
            message = f"a person is shown another '{key[:60]}' than is typed"
            yield note(place_of(value, place), "WR430", message, "Write the same under `show` of `accept`.")


RULE = WorkflowRule("WR430", "workflow", check, "step")
