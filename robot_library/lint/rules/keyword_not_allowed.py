"""A keyword of a library that bots of this site may not use.

Without a word of a person, bots use rpaframework's libraries for files, tables, PDF, mail, work items and vault.
site.yaml names others: `keywords: {allow: […]}`; and those that drive a browser or desktop of their own, past every
guard, under `unguarded`.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.keywords.effects import drives_screens
from robot_library.lint.keyword_steps import host_of, keyword_spots
from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.problems import nearest


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every keyword step whose library is not allowed; it is not imported."""
    host = host_of(subject.library)
    for spot, library, _ in keyword_spots(subject):
        if host.may(library):
            continue
        place = place_of(spot.step.params.get("library"), spot.step.place)
        if drives_screens(library):
            message = f"library '{library[:60]}' drives screens past every guard, and no person has let bots use it"
            hint = "Drive screens with `open`, `fill`, `save`; or site.yaml: keywords: {unguarded: […]}."
        else:
            message = f"library '{library[:60]}' is not among those that bots of this site may use"
            hint = nearest(library, host.rules.allow) or f"site.yaml: keywords: {{allow: [{library[:60]}, …]}}."
        yield note(place, "WR420", message, hint)


RULE = WorkflowRule("WR420", "workflow", check, "step")
