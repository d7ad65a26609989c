"""Fixtures: a tiny hospital, and a way to run one go at one item without the queue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.dispatch import Dispatch
from robot_library.engine.journal import ItemJournal
from robot_library.engine.ports import Assembly, Event
from robot_library.engine.recorder import Timeline
from robot_library.engine.sessions import SessionPool
from robot_library.engine.store import Store
from robot_library.model.bot import App, BotSpec
from robot_library.model.workitem import WorkItem
from robot_library.safeguards.acceptance import AcceptanceGuard
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson
from tests.engine.steps import ACTIONS, PREREAD, workflow
from tests.engine.world import MAP, Record, TinyDriver, TinyGuard, TinyReports, TinySkills

KEY = SiteKey(bytes(range(32)))


def assembly(folder: Path, record: Record, written: list[tuple[Any, ...]] | None = None, **more: Any) -> Assembly:
    """A bot of the tiny hospital."""
    bot = BotSpec(
        bot="tiny", about="", workflow="tiny", retries=2, retry_after="10 ms", site={"ward": "7"},  # type: ignore[arg-type]
        apps={"ehr": App(map="tiny", url="http://tiny")},
    )  # fmt: skip
    parts: dict[str, Any] = {
        "bot": bot, "workflow": workflow(written or PREREAD), "actions": ACTIONS, "driver": TinyDriver(record),
        "skills": TinySkills(), "reports": TinyReports(), "guard": TinyGuard(),
        "acceptance": AcceptanceGuard(SealedJson(KEY).mac), "blobs": FileBlobs(folder / "blobs", KEY),
        "maps": {"tiny": MAP},
    }  # fmt: skip
    return Assembly(**{**parts, **more})


class Bench:
    """Runs goes at items of one tiny hospital, and remembers what the engine told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.record = Record(folder / "record.sqlite")
        self.record.add("O1", "P1")
        self.record.add("O2", "P2")
        self.sealer = SealedJson(KEY)
        self.store = Store(f"sqlite:///{folder / 'engine.sqlite'}")
        self.store.open(self.sealer.fingerprint)
        self.events: list[Event] = []
        self.listener: Callable[[Event], None] = self.events.append

    def assembly(self, written: list[tuple[Any, ...]] | None = None, **more: Any) -> Assembly:
        return assembly(self.folder, self.record, written, **more)

    def journal(self, item: str = "i1") -> ItemJournal:
        return ItemJournal(self.store, self.sealer, item)

    def timeline(self, item: str = "i1") -> Timeline:
        return Timeline(self.store, self.sealer, item)

    def dispatch(self, assembly: Assembly, item: str = "i1", order: str = "O1") -> Dispatch:
        return Dispatch(
            assembly, WorkItem(id=item, bot="tiny", payload={"order": order}), self.journal(item),
            self.timeline(item), self.sealer, pool=SessionPool(), listener=self.listener, settle=0.01,
        )  # fmt: skip

    async def go(self, assembly: Assembly, item: str = "i1", order: str = "O1") -> None:
        await self.dispatch(assembly, item, order).run()


@pytest.fixture
def bench(tmp_path: Path) -> Any:
    bench = Bench(tmp_path)
    yield bench
    bench.store.close()
