"""Retention: what is old goes and nothing else, and what was done is never done again for it."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from robot_library.cli.main import run_cli
from robot_library.engine.database import tables
from robot_library.engine.fleet.lock import ExecutorLock
from robot_library.engine.keeping import Keeping
from robot_library.engine.records.alerts import Alerts, Found
from robot_library.engine.records.checks import Checks
from robot_library.engine.records.journal import ItemJournal
from robot_library.errors import SetupError
from robot_library.model.keep import Keep
from robot_library.model.workflow import Collect
from robot_library.safeguards.audit.verify import records
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import write_file
from robot_library.safeguards.sealed import SealedJson
from robot_library.skills.monitor.records import Observation
from robot_library.skills.monitor.store import Store as Monitor
from robot_library.unattended.backup import back_up
from robot_library.unattended.keeping import Gone, Retention
from tests.engine.conftest import KEY
from tests.engine.steps import PREREAD, steps, tree, workflow
from tests.engine.world import Record
from tests.unattended.told.test_backup import engine_in

DAY = 86_400.0
NOW = time.time()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    write_file(home / "site.key", KEY)
    return home


@pytest.fixture
def record(tmp_path: Path) -> Record:
    record = Record(tmp_path / "record.sqlite")
    for number in range(1, 4):
        record.add(f"O{number}", f"P{number}")
    return record


def aged(path: Path, days: float) -> None:
    os.utime(path, (NOW - days * DAY, NOW - days * DAY))


def rows(connection: sa.Connection, table: sa.Table, item: str) -> int:
    return connection.execute(sa.select(sa.func.count()).where(table.c.item == item)).scalar_one()


async def test_an_old_run_goes_but_its_order_is_not_taken_or_pressed_again(home: Path, record: Record) -> None:
    async with engine_in(home, record) as engine:
        old, young = [await engine.submit("tiny", {"order": order}, order) for order in ("O1", "O2")]
        assert old is not None
        assert young is not None
        await engine.run_until_idle()
        change = sa.update(tables.items).where(tables.items.c.id == old.id).values(ended=NOW - 100 * DAY)
        await engine.store.write(lambda connection: connection.execute(change))
        retention = Retention(home, engine.store, engine.sealer, FileBlobs(home / "blobs", KEY), Keep())
        assert (await retention.run(really=False)).runs == 1
        assert (await retention.run()).runs == 1
        assert (await retention.run()).runs == 0, "once"
        for table in (tables.timeline, tables.journal):
            assert await engine.store.read(lambda c, t=table: rows(c, t, old.id)) == 0  # type: ignore[misc]
            assert await engine.store.read(lambda c, t=table: rows(c, t, young.id)) > 0  # type: ignore[misc]
        ours = sa.text("SELECT count(*) FROM workflow_status WHERE workflow_uuid LIKE :item")
        for item, count in ((old.id, 0), (young.id, 2)):
            got = await engine.store.read(lambda c, i=item: c.execute(ours, {"item": f"{i}.%"}).scalar_one())  # type: ignore[misc]
            assert got == count
        view = await engine.item(old.id)
        assert (view.outcome, view.item.payload, view.reason) == ("typed", {}, "")
        assert await engine.submit("tiny", {"order": "O1"}, "O1") is None, "taken again"
        assert not await ItemJournal(engine.store, engine.sealer, "other").claim("once|save|tiny|result.save|O1")
        assert len(await engine.runs()) == 2
        with pytest.raises(SetupError, match="no longer kept"):
            await engine.send_back(old.id, "miller")
    assert sorted(record.saves()) == ["O1", "O2"]


async def test_evidence_goes_when_nobody_young_refers_to_it(home: Path, record: Record) -> None:
    blobs = FileBlobs(home / "blobs", KEY)
    names = ("orphan", "of the young", "object of the young", "object of an arrival", "fresh")
    ref = {name: blobs.put(name.encode()) for name in names}
    ref["list"] = blobs.put(json.dumps([ref["object of the young"]]).encode())
    arrival = home / "arrivals" / "bot" / "study"
    arrival.mkdir(parents=True)
    (arrival / ref["object of an arrival"]).touch()
    for name, one in ref.items():
        if name != "fresh":
            aged(home / "blobs" / one[:2] / one, 31)
    async with engine_in(home, record) as engine:
        item = await engine.submit("tiny", {"order": "O1", "study": ref["list"]}, "O1")
        assert item is not None
        await ItemJournal(engine.store, engine.sealer, item.id, 0).put_once("1#value", {"seen": ref["of the young"]})
        retention = Retention(home, engine.store, engine.sealer, blobs, Keep())
        assert (await retention.run(really=False)).evidence == 1
        assert (await retention.run()).evidence == 1
    for name, one in ref.items():
        assert (home / "blobs" / one[:2] / one).exists() is (name != "orphan"), name


async def test_what_a_killed_process_has_left_in_clear_goes_and_is_in_no_backup(home: Path, record: Record) -> None:
    left = [home / "print-a1b2" / "report.html", home / "incident-x_1" / "incident.zip"]
    for path in [*left, home / "print-now" / "report.html"]:
        path.parent.mkdir()
        path.write_text("NAME-OF-P1", encoding="utf-8")
    for path in left:
        aged(path.parent, 2)
    async with engine_in(home, record) as engine:
        out = home.parent / "home.tar"
        back_up(home, out, KEY)
        assert b"NAME-OF-P1" not in out.read_bytes()
        retention = Retention(home, engine.store, engine.sealer, FileBlobs(home / "blobs", KEY), Keep())
        assert [(await retention.run(really=really)).files for really in (False, True, True)] == [2, 2, 0]
    assert [path.exists() for path in left] == [False, False]
    assert (home / "print-now").exists(), "somebody may be at it"


async def test_pictures_that_were_being_written_when_the_power_went_go_and_are_in_no_backup(
    home: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under a name that nobody looks for they would outlive every retention, with half a patient's film in them."""
    blobs = FileBlobs(home / "blobs", KEY)

    def killed(*_: object) -> None:
        raise SystemExit(9)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(SystemExit):
            blobs.put(b"film of nobody")
    (left,) = (path for path in (home / "blobs").rglob("*") if path.is_file())
    async with engine_in(home, record) as engine:
        retention = Retention(home, engine.store, engine.sealer, blobs, Keep())
        assert (await retention.run()).files == 0, "somebody may be writing it"
        assert not any(left.name in name for name in back_up(home, home.parent / "a.tar", KEY).files)
        aged(left, 2)
        assert (await retention.run(really=False)).files == 1
        assert (await retention.run()).files == 1
    assert not left.exists()


def test_bytes_that_are_put_again_are_somebodys(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path, KEY)
    ref = blobs.put(b"x")
    aged(tmp_path / ref[:2] / ref, 31)
    before = NOW - 30 * DAY
    assert [one for one, _ in blobs.old(before, ())] == [ref]
    assert blobs.put(b"x") == ref
    assert not blobs.forget(ref, before)
    assert blobs.get(ref) == b"x"
    aged(tmp_path / ref[:2] / ref, 31)
    assert blobs.forget(ref, before)
    assert not blobs.forget(ref, before)


def observation(day: str) -> Observation:
    return Observation(
        day=day, image=day, study="s", skill="k", version="1", model_sha256="0", role="champion", score=0.1,
        decision="negative", code="", fields={}, pixels={}, blob="",
    )  # fmt: skip


async def test_files_alerts_checks_and_answers_go_by_their_own_times(home: Path, record: Record) -> None:
    (home / "downloads").mkdir()
    for name in ("old", "young"):
        (home / "downloads" / name).touch()
    aged(home / "downloads" / "old", 2)
    with Monitor(home / "monitor.sqlite", SealedJson(KEY)) as monitor:
        for day in ("2015-01-01", "2099-01-01"):
            monitor.observe(observation(day))
    async with engine_in(home, record) as engine:
        alerts = Alerts(engine.store, engine.sealer)
        await alerts.keep([Found("late", "a", "a", tell=("x",))], {"late"}, NOW - 200 * DAY)
        await alerts.keep([Found("late", "b", "b")], {"late"}, NOW - 199 * DAY)
        await Checks(engine.store, engine.sealer).add("canary", "m", {}, 0)
        retention = Retention(home, engine.store, engine.sealer, FileBlobs(home / "blobs", KEY), Keep())
        gone = await retention.run()
        assert gone == Gone(files=1, alerts=1, answers=1)
        assert [one.scope for one in await alerts.all()] == ["b"], "an alert that lasts is kept, however old"
    assert [path.name for path in (home / "downloads").iterdir()] == ["young"]
    with Monitor(home / "monitor.sqlite", SealedJson(KEY)) as monitor:
        assert [one.day for one in monitor.observations("k")] == ["2099-01-01"]
        with pytest.raises(Exception, match="append-only"):
            monitor._base.execute("DELETE FROM observations")


async def test_what_was_sent_back_while_the_others_were_deleted_is_kept(home: Path, record: Record) -> None:
    """Thousands of runs take a while; a clerk who is up at three sends one of them back meanwhile."""
    record.run("UPDATE orders SET held = 'Dr B'")
    async with engine_in(home, record) as engine:
        item = await engine.submit("tiny", {"order": "O1"}, "O1")
        assert item is not None
        await engine.run_until_idle()
        engine.going.end()
        change = sa.update(tables.items).where(tables.items.c.id == item.id).values(ended=NOW - 100 * DAY)
        await engine.store.write(lambda connection: connection.execute(change))
        keeping, before = Keeping(engine.store, engine.sealer), NOW - 90 * DAY
        old = await keeping.old(before)
        assert old == [item.id]
        await engine.send_back(item.id, "miller")
        assert await keeping.forget(old, before) == 0
        assert await engine.store.read(lambda c: rows(c, tables.journal, item.id)) > 0
        assert (await engine.item(item.id)).item.payload == {"order": "O1"}


async def test_slots_of_years_ago_go_with_all_that_the_queue_has_kept_of_them(home: Path, record: Record) -> None:
    """A poll every two minutes is a quarter of a million a year."""
    collect = Collect(steps=steps([("sign_in", {}), ("read_table", {}, "rows")]), items=tree("=rows"), key="order")
    flow = workflow(PREREAD).model_copy(update={"collect": collect})
    names = ["tiny@2026-08-20T02:00:00+01:00", "tiny@hook:orders:ab12", "tiny@2026-11-20T02:00:00+01:00"]
    kept = sa.text("SELECT workflow_uuid FROM workflow_status WHERE name IN ('wetread.slot', 'wetread.collect')")
    async with engine_in(home, record, workflow=flow) as engine:
        for name in names:
            await engine.desk.fire("tiny", name)
        async with asyncio.timeout(120):
            while await engine.desk.collecting("tiny"):  # noqa: ASYNC110 - a database
                await asyncio.sleep(0.1)
        await engine.run_until_idle()
        ids = set(await engine.store.read(lambda c: c.execute(kept).scalars().all()))
        assert len(ids) == 6
        aged = sa.text(f"UPDATE workflow_status SET updated_at = {int((NOW - 100 * DAY) * 1000)}"
                       " WHERE workflow_uuid LIKE '%2026-08%' OR workflow_uuid LIKE '%hook:%'")  # fmt: skip
        await engine.store.write(lambda c: c.execute(aged))
        fired = sa.update(tables.slots).where(tables.slots.c.slot.in_(names[:2])).values(at=NOW - 100 * DAY)
        await engine.store.write(lambda c: c.execute(fired))
        retention = Retention(home, engine.store, engine.sealer, FileBlobs(home / "blobs", KEY), Keep())
        assert (await retention.run(really=False)).slots == 1
        assert (await retention.run()).slots == 1
        ids = set(await engine.store.read(lambda c: c.execute(kept).scalars().all()))
        assert ids == {f"slot.{names[2]}", f"collect.{names[2]}.0"}
        assert await engine.desk.last_slots("tiny") == [names[2], names[1]]
        assert not await engine.desk.fire("tiny", names[1]), "a hook's key is taken once"


async def test_not_while_a_backup_is_made(home: Path, record: Record) -> None:
    async with engine_in(home, record) as engine:
        retention = Retention(home, engine.store, engine.sealer, FileBlobs(home / "blobs", KEY), Keep())
        with ExecutorLock(home, "keeping"), pytest.raises(SetupError, match="at work here"):
            await retention.run()


def test_the_command(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "site.yaml").write_text("keep: {runs: 400 d, evidence: 3 d}\n", encoding="utf-8")
    run: Callable[..., int] = lambda *more: run_cli(["keep", "--home", str(home), "--project", str(tmp_path), *more])  # noqa: E731
    assert run("--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "dry_run": True, "runs": 0, "evidence": 0, "evidence_bytes": 0, "files": 0, "alerts": 0, "answers": 0,
            "reports": 0, "keys": 0, "slots": 0,
    }  # fmt: skip
    assert not (home / "audit").exists(), "nothing was deleted"
    assert run() == 0
    assert "400 d" in capsys.readouterr().out
    (told,) = records(home / "audit")
    assert (told.event["kind"], told.event["what"]) == ("decision", "delete what is old")
    (home / "audit.head").write_bytes(b"")
    assert run() == 0, "a full disk is what it is for"
