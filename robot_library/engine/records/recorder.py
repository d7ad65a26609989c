"""The timeline of an item: one entry for each executed step, kept sealed as it happens, crashes included."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store
from robot_library.engine.records.counts import Counts
from robot_library.engine.records.mask import mask
from robot_library.errors import WetreadError
from robot_library.interfaces import Action, Sealer
from robot_library.model.run import Called, Effect, Evidence, Looked, StepRecord
from robot_library.model.workflow import Step

StepOutcome = Literal["ok", "failed", "skipped", "reused", "proven"]


@dataclass
class Notes:
    """What a step says about itself while it runs."""

    step: Step
    path: str
    kind: type[Action]
    title: str
    outcome: StepOutcome = "ok"
    detail: list[str] = field(default_factory=list)
    verified: list[str] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    looked: list[Looked] = field(default_factory=list)
    called: list[Called] = field(default_factory=list)
    gave: tuple[tuple[str, str], ...] = ()
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    clock: float = field(default_factory=time.perf_counter)

    @property
    def effect(self) -> Effect:
        """What the step changes."""
        return self.kind.effect_of(self.step.params)

    def record(self, names: Mapping[str, Any], failure: BaseException | None) -> StepRecord:
        """The entry; every line goes through the mask."""
        return StepRecord(
            path=self.path,
            action=self.step.action,
            title=mask(self.title, names),
            place=str(self.step.place),
            effect=self.effect,
            started=self.started,
            seconds=round(time.perf_counter() - self.clock, 6),
            outcome="failed" if failure else self.outcome,
            detail=mask("; ".join(self.detail), names),
            error=mask(told(failure), names) if failure else "",
            verified=tuple(mask(line, names) for line in self.verified),
            evidence=tuple(self.evidence),
            looked=tuple(self.looked),
            gave=self.gave,
            called=tuple(one.model_copy(update={"address": mask(one.address, names)}) for one in self.called),
        )


def told(failure: BaseException) -> str:
    """What may be told of a failure: our own errors' text; of any other, only its class."""
    if isinstance(failure, WetreadError):
        return f"{failure.code}: {failure.message}{' ' + failure.cure if failure.cure else ''}"
    return type(failure).__name__


_ADD = sa.insert(tables.timeline)


class Timeline:
    """Entries of one item, in the order they ended. With `bot`, their time is counted for it."""

    def __init__(self, store: Store, sealer: Sealer, item: str, bot: str = "") -> None:
        self._store, self._sealer, self._item, self._bot = store, sealer, item, bot

    def _context(self) -> str:
        return f"timeline|{self._item}"

    async def add(self, record: StepRecord) -> None:
        """Keep an entry. It survives the process; a power cut may take the last ones, which hold no decision."""
        entry = self._sealer.seal(record, self._context())
        row = {"item": self._item, "entry": entry}
        counts = Counts(self._store)
        spent = counts.spent(self._bot, record) if self._bot else None

        def work(connection: sa.Connection) -> None:
            connection.execute(_ADD, row)
            if spent is not None:
                counts.spend(connection, spent)

        await self._store.write(work, swift=True)

    async def clear(self) -> None:
        """Forget all entries."""
        rows = sa.delete(tables.timeline).where(tables.timeline.c.item == self._item)
        await self._store.write(lambda connection: connection.execute(rows), swift=True)

    async def entries(self) -> list[StepRecord]:
        """All entries, oldest first."""
        query = (
            sa.select(tables.timeline.c.entry).where(tables.timeline.c.item == self._item).order_by(tables.timeline.c.n)
        )
        sealed = await self._store.read(lambda connection: connection.execute(query).scalars().all())
        return [self._sealer.open(entry, self._context()) for entry in sealed]
