"""A step works on a screen that nothing has opened in this part.

After a crash, a wait or a final press, work goes on in a fresh session on an empty page. So after each of them, and in
each `protect`, the first step on a screen is `open`; and a step works on the screen that was opened last.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.parts import parts, works_on
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Spot, Subject, note
from robot_library.model.diagnostic import Diagnostic


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every step on a screen that is not, or no longer, open."""
    yield from _part(subject, [spot for spot in subject.steps("collect") if not spot.outer])
    for part in parts(subject):
        yield from _part(subject, part)


def _part(subject: Subject, part: list[Spot]) -> Iterator[Diagnostic]:
    shown: dict[str, str | None] = {}
    for top in part:
        for spot in (top, *subject.inside(top)):
            if spot.step.action == "call":  # it may leave any of its screens open
                shown.update({role: None for role in shown if role in _screens(subject, spot)})
            yield from _step(spot, shown)


def _screens(subject: Subject, spot: Spot) -> tuple[str, ...]:
    name = str(spot.step.params.get("workflow"))
    return subject.library.workflow(name).screens if subject.library.look("workflow", name) else ()


def _step(spot: Spot, shown: dict[str, str | None]) -> Iterator[Diagnostic]:
    """`shown` maps a role to its open screen; None where a click may have led on."""
    address = works_on(spot)
    if address is None:
        return
    role = address.partition(".")[0]
    if spot.step.action == "open":
        shown[role] = address
        return
    verb = spot.step.action
    if role not in shown:
        message = f"'{verb}' works on {address}, which nothing has opened in this part"
        yield note(spot.step.place, "WR412", message, f"Put `open: {address}` before it.")
        shown[role] = None
    elif shown[role] not in (None, address):
        message = f"'{verb}' works on {address}, but {shown[role]} is open"
        yield note(spot.step.place, "WR412", message, f"Put `open: {address}` before it.")
    if verb == "click" or spot.effect == "commit":
        shown[role] = None


RULE = WorkflowRule("WR412", "workflow", check, hangs_on=frozenset({"open", "call", "read"}))
