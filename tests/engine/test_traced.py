"""The timeline says how a step got on with the screen; to look at what is there changes nothing of what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from robot_library.abilities import Sight
from robot_library.engine.run.traced import shape
from robot_library.model.record import Record
from robot_library.model.run import Called, Looked, RunRecord
from robot_library.safeguards.blobs import FileBlobs
from tests.engine.conftest import KEY, at_work, hospital
from tests.engine.world import TinySession

Seen = Callable[[], Any]
LOOKED = Looked(target="ehr.order.mrn", by='label "MRN:"', way=1, ways=1)
CALLED = Called(method="GET", address="http://tiny/orders/O1", status=200, ms=1.0, kind="document")


class Remembering(TinySession):
    """A session that traces; what it sees is up to the test."""

    sees: Seen = staticmethod(lambda: Sight(b"\x89PNG now", 'heading "Order"'))

    def traced(self) -> tuple[list[Looked], list[Called]]:
        return [LOOKED], [CALLED]

    async def sight(self) -> Sight:
        found = self.sees()
        if asyncio.iscoroutine(found):
            found = await found
        assert isinstance(found, Sight)
        return found


async def worked(folder: Path, monkeypatch: pytest.MonkeyPatch, held: str = "") -> RunRecord:
    monkeypatch.setattr("tests.engine.world.TinySession", Remembering)
    record = hospital(folder, 1)
    if held:
        record.run("UPDATE orders SET held = ?", held)
    async with at_work(folder, record) as engine:
        item = await engine.submit("tiny", {"order": "O1"}, "O1")
        assert item is not None
        await engine.run_until_idle()
        return await engine.run(item.id)


async def test_what_was_found_and_asked_stands_with_the_step_and_the_items_values_are_covered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await worked(tmp_path, monkeypatch)
    assert run.outcome == "typed"
    opened = next(step for step in run.steps if step.action == "open")
    assert opened.looked == (LOOKED,)
    assert [one.status for one in opened.called] == [200]
    assert shape("order", Record(source="x", fields={"mrn": "00123456", "ward": " "})) == (
        ("mrn", "••• 8 characters"), ("ward", "empty"),
    )  # fmt: skip
    assert (shape("n", "Smith"), shape("n", [1, 2])) == ((("n", "••• 5 characters"),), (("n", "2 in number"),))
    assert (shape("n", 42), shape(None, None)) == ((), ())
    typed = next(step for step in run.steps if step.effect == "write")
    assert typed.evidence[0].title.endswith("before typing")
    assert not any(kept.title == "when it failed" for step in run.steps for kept in step.evidence)


async def never() -> Sight:
    await asyncio.Event().wait()
    return Sight()


def broken() -> Sight:
    raise RuntimeError("the page of Anna Smith")


@pytest.mark.parametrize("sees", [Remembering.sees, broken, never], ids=["seen", "broken", "silent"])
async def test_what_the_window_showed_is_kept_once_where_it_failed_and_never_changes_the_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sees: Seen
) -> None:
    monkeypatch.setattr(Remembering, "sees", staticmethod(sees))
    monkeypatch.setattr("robot_library.engine.run.traced._AT_MOST_S", 30.0 if sees is Remembering.sees else 0.05)
    run = await worked(tmp_path, monkeypatch, held="a person")
    assert (run.outcome, run.code) == ("needs_person", "OrderHeld")
    assert "Smith" not in run.model_dump_json()
    kept = [(step.effect, one) for step in run.steps for one in step.evidence if one.title.startswith("when it failed")]
    if sees in (broken, never):
        assert kept == []
    else:
        assert [(effect, one.kind) for effect, one in kept] == [("write", "screenshot"), ("write", "outline")]
        assert FileBlobs(tmp_path / "blobs", KEY).get(kept[1][1].blob) == b'heading "Order"'
