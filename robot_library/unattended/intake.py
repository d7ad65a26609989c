"""What comes from outside becomes work items: checked against the workflow's inputs, each key once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from robot_library.engine.desk import New
from robot_library.errors import WetreadError
from robot_library.interfaces import BlobStore, Sealer
from robot_library.model.bot import BotSpec
from robot_library.model.workflow import Workflow
from robot_library.model.workitem import WorkItem

STAT, ROUTINE = 1, 10
PRIORITY, DUE = "priority", "due"


class NotAnItem(WetreadError):
    """What came does not fit the workflow's inputs. The message names inputs, never values."""


class Takes(Protocol):
    """What an intake asks of the desk."""

    async def add(
        self, bot: str, payload: Mapping[str, str], key: str, *, priority: int = ..., due: float | None = ...
    ) -> WorkItem | None: ...

    async def add_all(self, bot: str, items: Iterable[New]) -> list[str | None]: ...

    async def fire(self, bot: str, slot: str) -> bool: ...


class Intake:
    """The way in for the items of one bot."""

    def __init__(
        self, desk: Takes, spec: BotSpec, workflow: Workflow, home: Path, blobs: BlobStore, sealer: Sealer,
        told: Callable[[str, str], None] = lambda bot, what: None,
    ) -> None:  # fmt: skip
        self.spec, self.home, self.blobs, self.sealer = spec, home, blobs, sealer
        self.inputs, self.collects = workflow.item, workflow.collect is not None
        self._desk, self._told = desk, told

    def trouble(self, what: str) -> None:
        """Have a person told. Names things and places, never a patient's value."""
        self._told(self.spec.bot, what)

    def check(self, payload: Mapping[str, str]) -> None:
        """NotAnItem if an input is missing or not one of the workflow's."""
        inputs = self.inputs
        missing = [name for name, how in inputs.items() if not how.optional and not payload.get(name, "").strip()]
        unknown = [name[:60] for name in payload if name not in inputs]
        if missing or unknown:
            said = [f"missing: {', '.join(missing)}"] if missing else []
            said += [f"unknown: {', '.join(sorted(unknown))}"] if unknown else []
            raise NotAnItem(f"the inputs do not fit the workflow ({'; '.join(said)}).")

    async def take(
        self, payload: Mapping[str, str], key: str, *, priority: int = ROUTINE, due: float | None = None
    ) -> bool:
        """Put an item into the queue; False if its key is known already. NotAnItem if it does not fit."""
        given = {name: value for name, value in payload.items() if value.strip()}
        self.check(given)
        if not key.strip():
            raise NotAnItem("the key that tells items apart is empty.")
        return await self._desk.add(self.spec.bot, given, key.strip(), priority=priority, due=due) is not None

    async def take_all(self, items: Sequence[New]) -> int:
        """Put many into the queue, some hundred in one go; returns how many are new. NotAnItem, and nothing is taken,
        if one does not fit."""
        given = [
            replace(one, payload={name: value for name, value in one.payload.items() if value.strip()}) for one in items
        ]
        for one in given:
            self.check(one.payload)
            if not one.key.strip():
                raise NotAnItem("the key that tells items apart is empty.")
        ids = await self._desk.add_all(self.spec.bot, given)
        return sum(ident is not None for ident in ids)

    async def collect(self, how: str, key: str) -> bool:
        """Have the bot collect its items; False if this was asked for already. NotAnItem if its workflow cannot."""
        if not self.collects:
            raise NotAnItem("this bot collects nothing by itself; give an item.")
        bot = self.spec.bot
        return await self._desk.fire(bot, f"{bot}@{how}:{self.sealer.mac(f'{how}|{bot}|{key}')[:32]}")


def priority_of(word: str) -> int:
    """'stat' → 1, 'routine' or '' → 10, or a number from 1 to 99. NotAnItem for anything else."""
    text = word.strip().lower()
    if text in ("stat", "urgent"):
        return STAT
    if text in ("", "routine"):
        return ROUTINE
    if text.isdecimal() and len(text) <= 2 and int(text) >= 1:
        return int(text)
    raise NotAnItem("the priority is not understood: write stat, routine, or a number from 1 to 99.")
