"""Fixtures: a bot whose items come from outside, and the queue they go into."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.desk import New
from robot_library.model.bot import App, BotSpec
from robot_library.model.trigger import Trigger
from robot_library.model.workflow import Declared, Workflow
from robot_library.model.workitem import WorkItem
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.intake import Intake

KEY = SiteKey(bytes(range(32)))


class Queue:
    """Takes each key once, as the desk does."""

    def __init__(self) -> None:
        self.items: dict[str, tuple[dict[str, str], int]] = {}
        self.slots: list[str] = []

    async def add(
        self, bot: str, payload: Mapping[str, str], key: str, *, priority: int = 10, due: float | None = None
    ) -> WorkItem | None:
        if key in self.items:
            return None
        self.items[key] = (dict(payload), priority)
        return WorkItem(id=f"{len(self.items)}", bot=bot, payload=dict(payload), priority=priority)

    async def add_all(self, bot: str, items: Iterable[New]) -> list[str | None]:
        added = [await self.add(bot, one.payload, one.key, priority=one.priority) for one in items]
        return [None if one is None else one.id for one in added]

    async def fire(self, bot: str, slot: str) -> bool:
        if slot in self.slots:
            return False
        self.slots.append(slot)
        return True


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def troubles() -> list[str]:
    return []


@pytest.fixture
def intake(tmp_path: Path, queue: Queue, troubles: list[str]) -> Intake:
    """Of a bot whose items have an order and may have a ward."""
    spec = BotSpec(bot="films", about="", workflow="look", apps={"pacs": App(map="pacs", url="http://pacs")})
    inputs = {"order": Declared(type="text"), "ward": Declared(type="text", optional=True),
              "objects": Declared(type="text", optional=True)}  # fmt: skip
    workflow = Workflow.model_construct(name="look", item=inputs, collect=object())
    home = tmp_path / "home"
    blobs = FileBlobs(home / "blobs", KEY)
    return Intake(queue, spec, workflow, home, blobs, SealedJson(KEY), lambda bot, what: troubles.append(what))


def trigger(**kind: Any) -> Trigger:
    return Trigger.model_validate(kind)


async def until(holds: Callable[[], bool], seconds: float = 120) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for is another process, thread or the clock
            await asyncio.sleep(0.01)
