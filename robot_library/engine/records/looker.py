"""Items and runs of a home, to look at: nothing is run, no lock is taken, workers may be at work."""

from __future__ import annotations

import asyncio

from robot_library.engine.database.store import Store
from robot_library.engine.records.items import Items, ItemView
from robot_library.engine.records.recorder import Timeline
from robot_library.engine.records.runs import Runs
from robot_library.interfaces import Sealer
from robot_library.model.run import RunRecord, StepRecord


class Looker:
    """`fingerprint` tells this site's key from another's."""

    def __init__(self, store: Store, sealer: Sealer, fingerprint: str) -> None:
        self.store, self.sealer, self._fingerprint = store, sealer, fingerprint
        self._items = Items(store, sealer)

    async def open(self) -> None:
        """Open the database; SetupError if it cannot be, or belongs to another site key."""
        await asyncio.to_thread(self.store.open, self._fingerprint)

    async def items(self, bot: str | None = None) -> list[ItemView]:
        """Every item, in the order they came."""
        return await self._items.all(bot=bot)

    async def item(self, item: str) -> ItemView:
        """One item."""
        return await self._items.get(item)

    async def runs(self, bot: str | None = None) -> list[RunRecord]:
        """What happened to each item that has begun."""
        return [await self._run(view) for view in await self.items(bot) if view.started]

    async def run(self, item: str) -> RunRecord:
        """What happened to one item."""
        return await self._run(await self._items.get(item))

    async def collecting(self, bot: str) -> list[StepRecord]:
        """What happened when this bot last collected its items."""
        return await Timeline(self.store, self.sealer, f"collect.{bot}").entries()

    async def _run(self, view: ItemView) -> RunRecord:
        return await Runs(self.store, self.sealer).of(view, self._workflow_of(view.item.bot))

    def _workflow_of(self, bot: str) -> str:
        """The name of a bot's workflow; whoever only looks does not know it."""
        return ""
