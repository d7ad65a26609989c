"""Every run of a bot leaves its trail; without a trail nothing is typed, signed in or pressed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.engine import Engine
from robot_library.errors import AuditBroken
from robot_library.model.audit import Happened
from robot_library.safeguards.audit.trail import AuditTrail, patient_hash
from robot_library.safeguards.audit.verify import records
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.world import Record, TinySkills, yes


class Failing:
    """A trail that takes nothing of these kinds, as on a full disk."""

    def __init__(self, *kinds: str) -> None:
        self.kinds, self.told = kinds, list[Happened]()

    def record(self, happened: Happened) -> None:
        if happened.kind in self.kinds:
            raise AuditBroken("the audit trail cannot be written (OSError).")
        self.told.append(happened)

    def record_all(self, happened: Iterable[Happened]) -> None:
        for one in happened:
            self.record(one)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    record = Record(tmp_path / "record.sqlite")
    record.add("O1", "P1")
    return record


@asynccontextmanager
async def started(folder: Path, record: Record, trail: Any, **more: Any) -> AsyncIterator[Engine]:
    sealer = SealedJson(KEY)
    engine = Engine(folder / "home", sealer, sealer.fingerprint, settle=0.01)
    engine.store.trail = trail
    engine.add_bot(assembly(folder, record, **more))
    async with engine:
        yield engine


def events(folder: Path) -> list[dict[str, Any]]:
    return [one.event for one in records(folder / "home" / "audit") if one.is_event]


async def test_a_run_leaves_who_did_what_to_whose_record(tmp_path: Path, record: Record) -> None:
    trail = AuditTrail(tmp_path / "home", KEY)
    async with started(tmp_path, record, trail, skills=TinySkills("uncertain")) as engine:
        await engine.desk.bots.enable("tiny", "miller", "goes live")
        item = await engine.submit("tiny", {"order": "O1"}, "O1")
        assert item is not None
        await engine.run_until_idle()
        assert await engine.answer(item.id, yes("Dr A"))
        await engine.run_until_idle()
    assert record.saves() == ["O1"]
    told = events(tmp_path)
    kinds = [(one["kind"], one["outcome"]) for one in told]
    for pair in [
        ("decision", "ok"), ("sign_in", "begun"), ("sign_in", "ok"), ("screen_read", "ok"), ("skill", "ok"),
        ("review", "begun"), ("review", "ok"), ("screen_write", "begun"), ("screen_write", "ok"), ("commit", "begun"),
        ("commit", "ok"),
    ]:  # fmt: skip
        assert pair in kinds, pair
    assert kinds.index(("screen_write", "begun")) < kinds.index(("screen_write", "ok"))
    of_item = [one for one in told if one.get("item") == item.id and one.get("bot")]
    assert {one.get("person") for one in of_item} == {"miller", "Dr A"}
    assert {one["person"] for one in told if one["kind"] == "review" and one["outcome"] == "ok"} == {"Dr A"}
    writes = [one for one in told if one["kind"] == "commit"]
    assert all(patient_hash(KEY, "P1") in one["patients"] for one in writes)
    trail_bytes = (tmp_path / "home" / "audit" / "000000000001.jsonl").read_bytes()
    assert b'"P1"' not in trail_bytes
    assert b"O1" not in trail_bytes


async def test_what_a_skill_may_accept_by_itself_is_no_persons_review(tmp_path: Path, record: Record) -> None:
    trail = Failing()
    async with started(tmp_path, record, trail) as engine:
        await engine.submit("tiny", {"order": "O1"}, "O1")
        await engine.run_until_idle()
    assert record.saves() == ["O1"]
    assert not [one for one in trail.told if one.kind == "review"]
    assert "accept by operating point" in {one.what for one in trail.told if one.kind == "skill"}


@pytest.mark.parametrize("kind", ["sign_in", "screen_write", "commit"])
async def test_what_cannot_be_told_does_not_happen(tmp_path: Path, record: Record, kind: str) -> None:
    async with started(tmp_path, record, Failing(kind)) as engine:
        item = await engine.submit("tiny", {"order": "O1"}, "O1")
        assert item is not None
        with pytest.raises(AuditBroken, match="cannot be written"):
            await engine.run_until_idle()
        assert (await engine.item(item.id)).outcome is None, "the item is not blamed; it stays in the queue"
    assert record.saves() == []
    async with started(tmp_path, record, Failing()) as engine:
        await engine.run_until_idle()
        assert (await engine.item(item.id)).outcome == "typed"
    assert record.saves() == ["O1"]


async def test_an_end_that_cannot_be_told_after_a_press_repeats_nothing(tmp_path: Path, record: Record) -> None:
    class OnlyTheEnd(Failing):
        def record(self, happened: Happened) -> None:
            if happened.kind == "commit" and happened.outcome == "ok":
                raise AuditBroken("the audit trail cannot be written (OSError).")

    async with started(tmp_path, record, OnlyTheEnd()) as engine:
        item = await engine.submit("tiny", {"order": "O1"}, "O1")
        assert item is not None
        with pytest.raises(AuditBroken):
            await engine.run_until_idle()
    async with started(tmp_path, record, Failing()) as engine:
        await engine.run_until_idle()
        assert (await engine.item(item.id)).outcome == "typed"
    assert record.saves() == ["O1"], "pressed once"


async def test_what_lets_a_bot_do_more_is_told_or_not_done_and_stopping_always_works(
    tmp_path: Path, record: Record
) -> None:
    async with started(tmp_path, record, Failing("decision", "review"), skills=TinySkills("uncertain")) as engine:
        desk = engine.desk
        item = await engine.submit("tiny", {"order": "O1"}, "O1")
        assert item is not None
        with pytest.raises(AuditBroken):
            await engine.run_until_idle()
        for decided in (
            desk.bots.enable("tiny", "miller", "why"),
            desk.bots.set_stage("tiny", "live", "miller", "why"),
        ):
            with pytest.raises(AuditBroken):
                await decided
        assert [state.stage for state in await desk.bots.all()] in ([], [None])
        assert await desk.switches.stop("all", "miller", "why")
        assert [one.scope for one in await desk.switches.list()] == ["all"]
        with pytest.raises(AuditBroken):
            await desk.switches.go_on("all", "miller")
        assert [one.scope for one in await desk.switches.list()] == ["all"], "it stays stopped"
        await desk.bots.disable("tiny", "miller")
        assert not (await desk.bots.get("tiny")).enabled
        assert await desk.cancel(item.id, "miller")


async def test_a_damaged_head_stops_the_bots_and_keeps_nobody_from_stopping_them(
    tmp_path: Path, record: Record
) -> None:
    trail = AuditTrail(tmp_path / "home", KEY)
    async with started(tmp_path, record, trail) as engine:
        await engine.desk.bots.enable("tiny", "miller", "why")
        item = await engine.submit("tiny", {"order": "O1"}, "O1")
        assert item is not None
        (tmp_path / "home" / "audit.head").write_bytes(b"")
        engine.store.trail = AuditTrail(tmp_path / "home", KEY)
        with pytest.raises(AuditBroken, match="its head cannot be read"):
            await engine.run_until_idle()
        assert (await engine.item(item.id)).outcome is None, "it stays in the queue"
        assert await engine.desk.switches.stop("all", "miller", "why")
        await engine.desk.bots.disable("tiny", "miller")
        assert await engine.desk.cancel(item.id, "miller")
    assert record.saves() == []


async def test_what_was_given_up_goes_back_only_by_somebody_who_is_named(tmp_path: Path, record: Record) -> None:
    trail = Failing()
    async with started(tmp_path, record, trail) as engine:
        item = await engine.submit("tiny", {"order": "O1"}, "O1")
        assert item is not None
        assert await engine.desk.cancel(item.id, "miller")
        trail.kinds = ("decision",)
        with pytest.raises(AuditBroken):
            await engine.desk.retry([item.id], "miller")
        assert (await engine.item(item.id)).outcome == "needs_person", "not told, not done"
        trail.kinds = ()
        assert await engine.desk.retry([item.id, "nothing"], "Dr A") == [item.id]
    assert [(one.what, one.person, one.item) for one in trail.told if "send back" in one.what] == [
        ("send back item", "Dr A", item.id)
    ]
