"""A case that names what is not there, or gives its item what the workflow does not take.

Its bot, the item's inputs, and every `role.screen.target` of `expect` must exist; the case's name is its file's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from robot_library.errors import AuthoringError
from robot_library.lint.places import at, at_key
from robot_library.lint.rule import CaseRule, CaseSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic, Place
from robot_library.model.screen import Use
from robot_library.parsing.binding import typed_inputs
from robot_library.parsing.problems import did_you_mean


def check(subject: CaseSubject) -> Iterator[Diagnostic]:
    """Everything a case names."""
    case, node = subject.case, subject.node
    stem = PurePosixPath(node.place.file).stem
    if stem not in (case.case, "case"):
        message = f"the case '{case.case}' stands in the file '{stem[:60]}.yaml'"
        yield note(at(node, "case"), "WR720", message, "Give both the same name.")
    if subject.workflow is not None:
        try:
            typed_inputs(subject.workflow.item, dict(case.item), at_key(node, "item"))
        except AuthoringError as error:
            yield from error.diagnostics
    for target in case.expect.typed:
        yield from _target(subject, target, at_key(node, "expect", "typed", target), ("write",))
    for number, target in enumerate(case.expect.pressed or ()):
        yield from _target(subject, target, at(node, "expect", "pressed", number), ("commit",))


def _target(subject: CaseSubject, address: str, place: Place, uses: tuple[Use, ...]) -> Iterator[Diagnostic]:
    role, _, rest = address.partition(".")
    screen_name, _, target_name = rest.partition(".")
    if not target_name:
        yield note(
            place, "WR720", f"'{address[:80]}' is no target", "Write role.screen.target, as in ehr.result.report."
        )
        return
    if role not in subject.maps:
        if not subject.maps_missing:
            yield note(place, "WR720", f"there is no role '{role[:60]}'", did_you_mean(role, subject.maps))
        return
    screen = subject.maps[role].screens.get(screen_name)
    if screen is None:
        hint = did_you_mean(screen_name, subject.maps[role].screens)
        yield note(place, "WR720", f"'{role}' has no screen '{screen_name[:60]}'", hint)
        return
    known = [name for name, target in screen.targets.items() if target.use in uses]
    if target_name not in known:
        what = "typed into" if uses == ("write",) else "pressed for good"
        message = f"'{role}.{screen_name}' has no target '{target_name[:60]}' that is {what}"
        yield note(place, "WR720", message, did_you_mean(target_name, known))


RULE = CaseRule("WR720", "case", check)
"""Names in cases."""
