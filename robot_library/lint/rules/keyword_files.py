"""A file that keywords may not touch, or a folder that is left to chance.

Files of keywords lie in the project's folder, or in one that site.yaml names (`keywords: {folders: […]}`); never among
the project's own definitions (bots, workflows, skills, site.yaml) nor in a hidden folder. Where a keyword left alone
would take the folder that wetread happens to be started in, the folder is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from robot_library.keywords.effects import folded
from robot_library.keywords.files import NEEDED, is_path, misplaced
from robot_library.lint.keyword_steps import given_to, host_of, info_of, keyword_spots, signature_at
from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.expressions import Expression
from robot_library.parsing.values import Placed


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every path that is written out; expressions are looked at when they have a value."""
    folders = host_of(subject.library).folders
    for spot, library, name in keyword_spots(subject):
        info, signature = info_of(subject.library, library), signature_at(subject, spot)
        needed = NEEDED.get((library, folded(name)))
        if signature is not None and needed is not None and needed not in given_to(spot.step, "with"):
            message = f"'{signature.name}' needs '{needed}': without it, the folder is left to chance"
            yield note(spot.step.place, "WR423", message, f"Add it: with: {{{needed}: …}}.")
        for one, key in ((signature, "with"), (info.init if info is not None else None, "settings")):
            if one is None:
                continue
            for argument, value in given_to(spot.step, key).items():
                if misplaced(library, one.name, argument, value):
                    message = f"'{argument}' of '{one.name}' would make files where nobody has said"
                    yield note(
                        place_of(value, spot.step.place), "WR423", message, "Leave it out, or write a bare name."
                    )
                    continue
                known = one.argument(argument)
                if not is_path(library, one.name, argument, known.type if known is not None else ""):
                    continue
                for text in _texts(value):
                    if folders.resolved(text) is None:
                        message = f"'{argument}' of '{one.name}' names a file that keywords may not touch"
                        hint = "Files lie in the project's folder; site.yaml allows others: keywords: {folders: […]}."
                        yield note(place_of(text, spot.step.place), "WR423", message, hint)


def _texts(value: Any) -> Iterator[Placed]:
    if isinstance(value, Placed):
        yield value
    elif isinstance(value, list) and not isinstance(value, Expression):
        for one in value:
            yield from _texts(one)


RULE = WorkflowRule("WR423", "workflow", check, "step")
