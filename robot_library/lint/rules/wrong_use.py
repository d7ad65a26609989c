"""A target is used for what its screen map does not allow.

`click` presses targets with `use: navigate`, `fill` types into `use: write`, `save` presses `use: commit`. So nothing
final can be pressed by a verb that only looks. What a proof or `unchanged` names must be found by its first locator.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.addresses import Named, named
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Spot, Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.model.screen import Use

_PRESS: dict[str, frozenset[Use]] = {
    "read": frozenset({"navigate"}),
    "write": frozenset({"write"}),
    "commit": frozenset({"commit"}),
}
_READABLE: frozenset[Use] = frozenset({"read", "identity", "state", "write", "search"})
_CURES = {"commit": "A final press is `save`, inside `protect`.", "write": "Typing is `fill`, inside `protect`."}


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every named target whose `use` does not suit the step."""
    for spot in subject.spots:
        for one in named(spot):
            screen = subject.screen(one.role, one.screen)
            target = screen.targets.get(one.name) if screen is not None and one.by != "table" else None
            if target is None or screen is None:
                continue
            if target.use not in _allowed(spot, one):
                address = f"{one.role}.{one.screen}.{one.name}"
                wanted = " or ".join(f"'{use}'" for use in sorted(_allowed(spot, one)))
                message = f"'{spot.step.action}' needs a target with use {wanted}; {address} has use '{target.use}'"
                yield note(one.place, "WR403", message, _CURES.get(target.use, "Use another target, or another step."))
            elif one.by == "prove" and len(target.find) > 1 and screen.heals(one.name):
                address = f"{one.role}.{one.screen}.{one.name}"
                message = f"{address} proves something here, and may be found by another locator than its first"
                yield note(one.place, "WR403", message, "Give it `use: state` in the map, or one locator.")


def _allowed(spot: Spot, one: Named) -> frozenset[Use]:
    if one.by == "press":
        return _PRESS.get(spot.effect, _READABLE | {"navigate"})
    return frozenset({"write"}) if one.by == "type" else _READABLE


RULE = WorkflowRule("WR403", "workflow", check, "one")
