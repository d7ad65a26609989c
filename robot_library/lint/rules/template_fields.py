"""A report template that no report can be drafted from, or that has no such field.

What `values` say goes into the template's fields of these names: under another name it would be dropped, and the
report typed without it. Templates are UTF-8 text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Spot, Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.problems import did_you_mean
from robot_library.parsing.templates import NoTemplate, template_fields


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every template that a step names, with what the step gives to its fields."""
    for spot in subject.spots:
        yield from _named(subject, spot, spot.step.params)
        if isinstance(show := spot.step.params.get("show"), dict):
            yield from _named(subject, spot, show)


def _named(subject: Subject, spot: Spot, given: dict[str, Any]) -> Iterator[Diagnostic]:
    name, values = given.get("template"), given.get("values")
    path = subject.library.look("template", name) if isinstance(name, str) else None
    if path is None:
        return
    try:
        fields = template_fields(path)
    except NoTemplate as no:
        hint = (
            "Save it with the encoding UTF-8."
            if "UTF-8" in str(no)
            else "A template is HTML with fields that have an id."
        )
        yield note(place_of(name, spot.step.place), "WR314", f"template '{name}' {no}", hint)
        return
    for key, value in values.items() if isinstance(values, dict) else ():
        if fields is not None and key not in fields:
            message = f"template '{name}' has no field '{key[:60]}'"
            yield note(place_of(value, spot.step.place), "WR314", message, did_you_mean(key, fields))


RULE = WorkflowRule("WR314", "workflow", check, "step")
