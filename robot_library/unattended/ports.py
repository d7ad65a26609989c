"""What the office asks of the engine's desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from robot_library.engine.database.store import Store
from robot_library.engine.desk import New
from robot_library.engine.line.switches import BotStates, Switches
from robot_library.engine.records.board import Board
from robot_library.model.workitem import WorkItem


class Desk(Protocol):
    """The door to queue and slots for everybody outside a worker."""

    @property
    def store(self) -> Store: ...

    @property
    def board(self) -> Board: ...

    @property
    def switches(self) -> Switches: ...

    @property
    def bots(self) -> BotStates: ...

    async def add(
        self, bot: str, payload: Mapping[str, str], key: str, *, priority: int = ..., due: float | None = ...
    ) -> WorkItem | None:
        """Put an item into the queue; None if its key is known already."""

    async def add_all(self, bot: str, items: Iterable[New]) -> list[str | None]:
        """Put many items into the queue; None in place of each whose key is known already."""

    async def fire(self, bot: str, slot: str) -> bool:
        """Have a bot collect its items; False if this slot was fired before, whoever fired it."""

    async def last_slots(self, bot: str) -> list[str]:
        """The slots by the clock that were fired last, newest first."""

    async def collecting(self, bot: str) -> int:
        """Whether, or how many, collects of a bot are queued or at work."""
