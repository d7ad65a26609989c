"""What must be told of a step, before and after it, to the audit trail. A step whose beginning cannot be told does not
begin: nobody signs in, types or presses unless it stands written that they are about to.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel

from robot_library.errors import AuditBroken
from robot_library.interfaces import PersonAnswer, WaitForPerson
from robot_library.model.audit import Happened, Kind, Outcome, hashed
from robot_library.model.finding import Accepted
from robot_library.model.person import Identity
from robot_library.model.workflow import Step

if TYPE_CHECKING:
    from robot_library.engine.run.context import StepContext

log = logging.getLogger("wetread.engine")


class Trail(Protocol):
    """Where what happened is told."""

    def record(self, happened: Happened) -> None:
        """On disk before it returns. AuditBroken if it cannot be."""

    def record_all(self, happened: Iterable[Happened]) -> None:
        """Many at once, on disk together before it returns. AuditBroken if they cannot be."""


class NoTrail:
    """For engines of tests and tools that no hospital runs; nothing is told."""

    def record(self, happened: Happened) -> None:
        return

    def record_all(self, happened: Iterable[Happened]) -> None:
        for one in happened:
            self.record(one)


def told_if_can_be(trail: Trail, happened: Happened) -> None:
    """For what holds a bot back: a trail that is full or damaged never keeps a person from stopping a line."""
    try:
        trail.record(happened)
    except AuditBroken:
        log.error("a decision could not be written to the audit trail; it was carried out: %s", happened.what)


_KINDS: dict[str, Kind] = {
    "session": "sign_in", "read": "screen_read", "write": "screen_write", "commit": "commit", "once": "commit",
    "file": "export", "wait": "review",
}  # fmt: skip
_FIRST = frozenset({"session", "write", "commit", "once", "file"})
"""Effects that are told before they take place."""
SKILL = "run_skill"


def begins(ctx: StepContext) -> None:
    """Before a step that signs in, types or presses. AuditBroken, and then it must not."""
    if ctx.effect in _FIRST and not ctx.run.shadow:
        _tell(ctx, "begun", "", patients(ctx))


def ended(ctx: StepContext, failure: BaseException | None, whose: Collection[str], *, reused: bool) -> None:
    """After a step that was about these patients. AuditBroken where its end cannot be told, unless it was cut short
    from outside anyway."""
    outcome: Outcome = "begun" if isinstance(failure, WaitForPerson) else "failed" if failure else "ok"
    code = type(failure).__name__ if outcome == "failed" else ""
    try:
        if not reused:
            _tell(ctx, outcome, code, whose)
    except AuditBroken:
        if failure is not None and not isinstance(failure, Exception):
            log.error("the end of a step that was cut short could not be written to the audit trail")
            return
        raise


def _tell(ctx: StepContext, outcome: Outcome, code: str, whose: Collection[str]) -> None:
    kind = "skill" if ctx.action.key == SKILL else _KINDS.get(ctx.effect)
    if kind is None:
        return
    what = ctx.action.key
    if kind == "review" and outcome == "ok" and not ctx.answered_by:
        kind, what = "skill", f"{what} by operating point"  # nobody was asked
    run, (system, screen) = ctx.run, _where(ctx)
    run.trail.record(
        Happened(
            kind,
            what,
            outcome,
            item=run.item.id,
            bot=ctx.bot.bot,
            version=run.assembly.version,
            person=ctx.answered_by or run.behind,
            system=system,
            screen=screen,
            path=ctx.path,
            stage=ctx.stage,
            code=code,
            patients=tuple(sorted(whose)),
        )
    )


def _where(ctx: StepContext) -> tuple[str, str]:
    """System (its map) and screen a step is about."""
    for name in ("screen", "target", "table", "app", "system"):
        role, _, rest = str(getattr(ctx.bound, name, "") or "").partition(".")
        if role in ctx.bot.apps:
            return ctx.app(role).map, rest.partition(".")[0]
    protection = ctx.frame.protection
    return (ctx.app(protection.role).map, protection.screen) if protection else ("", "")


def patients(ctx: StepContext) -> set[str]:
    """Keyed hashes of the numbers of the patients it is about: who was read, whose record is protected."""
    protection = ctx.frame.protection
    whose = [*identities(ctx.value), *(protection.expected if protection else ())]
    return {hashed(ctx.run.sealer.mac, one.value) for identity in whose for one in identity.ids}


def identities(value: Any) -> Iterator[Identity]:
    """Every identity inside a value."""
    if isinstance(value, Identity):
        yield value
    elif isinstance(value, BaseModel) and not isinstance(value, Step | Accepted | PersonAnswer):
        for name in type(value).model_fields:
            yield from identities(getattr(value, name))
    elif isinstance(value, dict):
        for member in value.values():
            yield from identities(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from identities(member)
