"""Fixtures: a tiny hospital, and a way to run one go at one item without the queue."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.database.store import Store
from robot_library.engine.engine import Engine
from robot_library.engine.ports import Assembly, Event
from robot_library.engine.records.journal import ItemJournal
from robot_library.engine.records.recorder import Timeline
from robot_library.engine.run.dispatch import Dispatch
from robot_library.engine.run.sessions import SessionPool
from robot_library.model.bot import App, BotSpec
from robot_library.model.site import Site
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


def hospital(folder: Path, orders: int) -> Record:
    """The tiny hospital's books with orders O1, O2, …, each of a patient of its own."""
    record = Record(folder / "record.sqlite")
    for number in range(1, orders + 1):
        record.add(f"O{number}", f"P{number}")
    return record


@asynccontextmanager
async def at_work(
    folder: Path, record: Record, written: list[tuple[Any, ...]] | None = None, *, spec: dict[str, Any] | None = None,
    site: dict[str, Any] | None = None, executor: str = "worker", home: str = "home", **more: Any,
) -> AsyncIterator[Engine]:  # fmt: skip
    """A started engine that runs the tiny bot. `spec` changes its file, `site` is site.yaml, `more` other parts."""
    sealer, rules = SealedJson(KEY), Site.model_validate(site or {})
    engine = Engine(folder / home, sealer, sealer.fingerprint, executor=executor, settle=0.01, site=rules)
    made = assembly(folder, record, written, **more)
    engine.add_bot(replace(made, bot=made.bot.model_copy(update=spec or {})))
    async with engine:
        yield engine


async def submit(engine: Engine, *orders: str) -> list[str]:
    """Queue these orders; the items' ids."""
    items = [await engine.submit("tiny", {"order": order}, order) for order in orders]
    return [item.id for item in items if item is not None]


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
