"""An address of a screen or of a part of it that is not written as one.

A role is `ehr`, a screen `ehr.order`, a target or table `ehr.order.save`. Coordinates have no place in a workflow: what
stands where on a screen is known to its screen map alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from robot_library.lint.addresses import LENGTH
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic

_ADDRESS = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_COORDINATES = re.compile(r"\D*\d+(\.\d+)?\s*[,;x ]\s*\d+(\.\d+)?\D*")
_LOCATOR = re.compile(r"[#>\[\]/=:]|^\.")
_EXAMPLE = {"role": "ehr", "screen": "ehr.order", "target": "ehr.order.save", "table": "ehr.worklist.orders"}


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every reference to a screen that has not the form of one."""
    for spot in subject.spots:
        for leaf in spot.leaves:
            if leaf.ref not in LENGTH:
                continue
            text = str(leaf.value)
            if _ADDRESS.fullmatch(text) and text.count(".") == LENGTH[leaf.ref] - 1:
                continue
            thing, example = leaf.ref, _EXAMPLE[leaf.ref]
            if _COORDINATES.fullmatch(text):
                message, hint = f"coordinates stand where a {thing} is named", "Name it in the screen map"
            elif _LOCATOR.search(text):
                message, hint = f"a locator stands where a {thing} is named", "Locators live in the screen map"
            else:
                message, hint = f"this is not how a {thing} is named", "Write it whole"
            yield note(leaf.place, "WR307", message, f"{hint}; here write its address, as in {example}.")


RULE = WorkflowRule("WR307", "workflow", check, "one")
