"""Retention takes away the keys of what it has forgotten, and no other: each way to make it take one it must not."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag

from robot_library.engine.database import tables
from robot_library.engine.desk import Desk
from robot_library.engine.engine import Engine
from robot_library.errors import SetupError
from robot_library.interfaces import Action, Context
from robot_library.model.keep import Keep
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import ringed, write_file
from robot_library.safeguards.ring import Ring
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.keeping import Retention
from tests.engine.conftest import KEY, assembly
from tests.engine.steps import ACTIONS, PREREAD, workflow
from tests.engine.world import Record, TinySkills

NOW = time.time()
OLD = NOW - 100 * 86_400.0


class Picture(Action):
    """Keeps a picture, as a step does."""

    key = "picture"
    effect = "read"

    async def run(self, ctx: Context) -> None:
        await ctx.evidence("screenshot", "the order", b"PICTURE")


WORK = [*PREREAD[:3], ("picture", {}), *PREREAD[3:]]


class Site:
    """A home whose orders O1… have been typed and are older than they may be."""

    def __init__(self, home: Path, engine: Engine, ring: Ring, blobs: FileBlobs) -> None:
        self.home, self.engine, self.ring, self.blobs = home, engine, ring, blobs
        self.items: dict[str, str] = {}

    async def typed(self, *orders: str) -> None:
        for order in orders:
            item = await self.engine.submit("tiny", {"order": order}, order)
            assert item is not None
            self.items[order] = item.id
        await self.engine.run_until_idle()
        await self.aged(*orders)

    async def aged(self, *orders: str) -> None:
        ids = [self.items[order] for order in orders]
        change = sa.update(tables.items).where(tables.items.c.id.in_(ids)).values(ended=OLD)
        await self.engine.store.write(lambda connection: connection.execute(change))

    async def kept(self, *, evidence_too: bool = True, really: bool = True) -> int:
        """One night. How many keys were taken away."""
        import os

        for path in (self.home / "blobs").glob("*/*") if evidence_too else ():
            os.utime(path, (OLD, OLD))
        retention = Retention(self.home, self.engine.store, self.engine.sealer, self.blobs, Keep())
        return (await retention.run(really=really)).keys

    def has(self, order: str) -> bool:
        return self.ring.there(self.ring.name(f"item|{self.items[order]}"))


@asynccontextmanager
async def a_site(tmp_path: Path, skills: TinySkills | None = None, *inputs: str) -> AsyncIterator[Site]:
    home, record = tmp_path / "home", Record(tmp_path / "record.sqlite")
    for number in range(1, 6):
        record.add(f"O{number}", f"P{number}")
    home.mkdir()
    write_file(home / "site.key", KEY)
    key = ringed(KEY, home)
    assert key.ring is not None
    sealer, blobs = SealedJson(key), FileBlobs(home / "blobs", key)
    engine = Engine(home, sealer, sealer.fingerprint, settle=0.01)
    more: dict[str, Any] = {"skills": skills} if skills else {}
    flow = workflow(WORK, **dict.fromkeys(("order", *inputs), ""))
    actions = {**ACTIONS, "picture": Picture}
    engine.add_bot(assembly(home, record, WORK, actions=actions, blobs=blobs, workflow=flow, **more))
    async with engine:
        yield Site(home, engine, key.ring, blobs)


async def test_what_retention_forgot_keeps_no_key_and_nothing_else_loses_one(tmp_path: Path) -> None:
    async with a_site(tmp_path) as site, Desk(site.home, site.engine.sealer, site.engine.sealer.fingerprint) as desk:
        await site.typed("O1", "O2", "O3", "O4", "O5")
        await desk.note(site.items["O2"], "ana", "asked the ward")
        wrong = await desk.incidents.report(site.items["O3"], "ana", "left and right")
        await desk.incidents.close(wrong.id, "ana", "looked at")
        young = sa.update(tables.items).where(tables.items.c.id == site.items["O5"]).values(ended=NOW)
        await site.engine.store.write(lambda connection: connection.execute(young))
        stray = site.ring.name("arrival|of somebody")
        site.ring.make(stray)
        assert await site.kept(really=False) == 0
        assert site.has("O1"), "a dry run"
        assert await site.kept() == 2
        assert [site.has(f"O{number}") for number in range(1, 6)] == [False, True, True, False, True]
        assert site.ring.there(stray), "nobody knows whose that is"
        assert await site.kept() == 0
        # what was left opens, and what was forgotten can still be looked at and written about
        assert [one.text for one in await desk.notes(site.items["O2"])] == ["asked the ward"]
        assert (await site.engine.item(site.items["O1"])).outcome == "typed"
        await desk.note(site.items["O1"], "ana", "written later")
        assert await site.kept() == 0
        assert [one.text for one in await desk.notes(site.items["O1"])] == ["written later"]
        assert (await site.engine.item(site.items["O5"])).item.payload == {"order": "O5"}


async def test_a_picture_that_is_kept_longer_than_its_run_stays_readable(tmp_path: Path) -> None:
    async with a_site(tmp_path) as site:
        await site.typed("O1")
        assert await site.kept(evidence_too=False) == 0
        assert site.has("O1")
        refs = [path.name for path in (site.home / "blobs").glob("*/*")]
        assert b"PICTURE" in [site.blobs.get(ref) for ref in refs]
        assert await site.kept() == 1
        assert list((site.home / "blobs").glob("*/*")) == []


async def test_an_item_that_waits_keeps_its_key_however_old(tmp_path: Path) -> None:
    async with a_site(tmp_path, TinySkills("uncertain")) as site:
        item = await site.engine.submit("tiny", {"order": "O1"}, "O1")
        assert item is not None
        site.items["O1"] = item.id
        await site.engine.run_until_idle()
        change = sa.update(tables.items).values(updated=OLD, created=OLD)
        await site.engine.store.write(lambda connection: connection.execute(change))
        assert await site.kept() == 0
        view = await site.engine.item(item.id)
        assert (view.item.state, view.item.payload) == ("waiting_for_person", {"order": "O1"})


async def test_a_destroyed_key_stays_destroyed(tmp_path: Path) -> None:
    async with a_site(tmp_path) as site:
        await site.typed("O1")
        name = site.ring.name(f"item|{site.items['O1']}")
        await site.engine.store.write(
            lambda connection: connection.execute(sa.update(tables.items).values(workflow=""))
        )
        site.ring.destroy([name])
        await site.kept()
        assert site.ring.destroyed(name)
        with pytest.raises(SetupError, match="shredded"):
            site.ring.make(name)


async def test_keys_that_are_kept_apart_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other hosts need them, and archives that hold none."""
    monkeypatch.setenv("WETREAD_KEYS", str(tmp_path / "keys"))
    async with a_site(tmp_path) as site:
        await site.typed("O1")
        assert await site.kept() == 0
        assert site.has("O1")


async def test_a_note_that_is_written_while_keys_are_taken_away_opens(tmp_path: Path) -> None:
    """Whoever writes while retention looks waits, and gets a key that stays."""
    async with a_site(tmp_path) as site, Desk(site.home, site.engine.sealer, site.engine.sealer.fingerprint) as desk:
        await site.typed("O1")
        item, remove, begun = site.items["O1"], site.ring.remove, threading.Event()

        def slow(names: object) -> int:
            begun.set()
            time.sleep(0.3)
            return remove(names)  # type: ignore[arg-type]

        site.ring.remove = slow  # type: ignore[method-assign]

        async def note() -> None:
            await asyncio.to_thread(begun.wait, 120)
            await desk.note(item, "ana", "just now")

        _, count = await asyncio.gather(note(), site.kept())
        assert count == 1
        assert [one.text for one in await desk.notes(item)] == ["just now"]
        assert await site.kept() == 0
        assert [one.text for one in await desk.notes(item)] == ["just now"]


def test_a_key_that_was_taken_away_is_overwritten_and_can_be_made_anew(tmp_path: Path) -> None:
    one, two = (Ring(tmp_path, b"w" * 32, b"n" * 32) for _ in range(2))
    name = one.name("item|1")
    sealed = one.make(name).encrypt(b"0" * 12, b"x", b"")
    two.make(name)
    assert one.remove([name, one.name("item|2")]) == 1
    assert one.remove([name]) == 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    with pytest.raises(FileNotFoundError):
        two.get(name)
    with pytest.raises(InvalidTag):
        two.make(name).decrypt(b"0" * 12, sealed, b"")
