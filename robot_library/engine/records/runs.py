"""Runs as data: an item's timeline, through all its goes and crashes, in one record."""

from __future__ import annotations

from datetime import UTC, datetime

from robot_library.engine.database.store import Store
from robot_library.engine.records.items import ItemView
from robot_library.engine.records.recorder import Timeline
from robot_library.interfaces import Sealer
from robot_library.model.run import RunRecord


class Runs:
    """Assembles RunRecords."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store, self._sealer = store, sealer

    async def of(self, view: ItemView, workflow: str) -> RunRecord:
        """The run of one item so far. An item that waits counts as needing a person."""
        steps = await Timeline(self._store, self._sealer, view.item.id).entries()
        started = view.started if view.started is not None else view.created
        return RunRecord(
            run_id=f"{view.item.id}.{view.generation}",
            item=view.item.id,
            bot=view.item.bot,
            workflow=workflow,
            started=datetime.fromtimestamp(started, UTC),
            seconds=round(max(0.0, view.updated - started), 3),
            outcome=view.outcome or ("needs_person" if view.item.state == "waiting_for_person" else "under_way"),
            code=view.code,
            reason=view.reason,
            steps=tuple(sorted(steps, key=lambda step: step.started)),
        )
