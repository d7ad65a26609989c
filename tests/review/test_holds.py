"""Two people, one item: a hold is a lease in the database, and what was typed stays with the question."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.desk import Desk
from robot_library.engine.people.reviews import LEASE, HeldByOther, Reviews, Typed
from robot_library.engine.records.items import Request
from robot_library.engine.records.journal import ItemJournal
from robot_library.engine.records.paths import ASKED
from robot_library.errors import SetupError
from robot_library.model.audit import hashed
from robot_library.model.finding import Finding
from robot_library.model.person import Identity, PatientId
from robot_library.model.review import Asked
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson

KEY = SiteKey(bytes(range(32)))
FINDING = Finding(
    skill="chest-xray-pneumonia", skill_version="1", model_sha256="ab", provider="CPU", label="pneumonia", score=0.5,
    decision="uncertain", operating_point="", image_uid="1.1",
)  # fmt: skip
WHO = Identity(source="screen:ehr.order", system="ehr", ids=(PatientId(value="00123456", issuer="H"),))


async def ask(desk: Desk, key: str, *, path: str = "8", number: int = 0) -> str:
    """An item that waits, as a worker leaves it."""
    item = await desk.add("tiny", {"order": key}, key)
    assert item is not None
    await asked_again(desk, item.id, path, number)
    return item.id


async def asked_again(desk: Desk, item: str, path: str, number: int = 0) -> None:
    sealer = SealedJson(KEY)
    journal = ItemJournal(desk.store, sealer, item, 0)
    await journal.put_once(f"{path}{ASKED}", Asked(finding=FINDING, patients=(WHO,)))
    await journal.about([hashed(sealer.mac, "00123456")])
    request = Request(path, "duty-radiologist", "uncertain", "Uncertain", time.time() + 3600, f"answer.{number}")
    await desk.items.begin(item, "w", "v")
    assert await desk.items.wait(item, request, 0, journal.mac(f"{path}#answer"))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    sealer = SealedJson(KEY)
    async with Desk(tmp_path, sealer, sealer.fingerprint) as desk:
        yield desk


async def test_of_two_at_once_one_gets_the_item_and_the_other_is_told_who(desk: Desk) -> None:
    item = await ask(desk, "O1")
    tries = [desk.reviews.take(item, who) for who in ("Dr A", "Dr B", "Dr C")]
    found = await asyncio.gather(*tries, return_exceptions=True)
    held = [one for one in found if not isinstance(one, BaseException)]
    assert len(held) == 1
    holder = held[0].standing.holder
    assert [str(one) for one in found if isinstance(one, HeldByOther)] == [holder, holder]
    assert (await desk.reviews.standing([item]))[item].holder == holder


async def test_what_is_taken_over_keeps_what_was_typed_and_the_first_is_told(desk: Desk, tmp_path: Path) -> None:
    item = await ask(desk, "O1")
    first = await desk.reviews.take(item, "Dr A")
    typed = Typed("positive", {"impression": "Musterfrau has it"}, "later")
    assert await desk.reviews.save(item, first.token, typed)
    second = await desk.reviews.take(item, "Dr B", over=True)
    assert second.from_whom == "Dr A"
    assert second.standing.typed == typed
    assert await desk.reviews.renew(item, first.token) is None
    assert await desk.reviews.save(item, first.token, Typed("negative")) is None
    assert not await desk.reviews.leave(item, first.token)
    assert (await desk.reviews.standing([item]))[item].typed == typed
    with pytest.raises(HeldByOther):
        await desk.reviews.take(item, "Dr A")
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("engine.sqlite*"))
    assert b"Musterfrau" not in raw
    assert b"Dr A" not in raw


async def test_a_second_window_of_one_person_takes_the_hold_from_the_first(desk: Desk) -> None:
    item = await ask(desk, "O1")
    first = await desk.reviews.take(item, "Dr A")
    second = await desk.reviews.take(item, "Dr A")
    assert second.from_whom == ""
    assert await desk.reviews.renew(item, first.token) is None
    assert await desk.reviews.renew(item, second.token)


async def test_a_hold_ends_by_itself_and_outlives_the_process(desk: Desk) -> None:
    item = await ask(desk, "O1")
    hold = await desk.reviews.take(item, "Dr A")
    await desk.reviews.save(item, hold.token, Typed("positive", {"impression": "so"}))
    restarted = Reviews(desk.store, SealedJson(KEY))
    assert (await restarted.standing([item]))[item].holder == "Dr A"
    assert await restarted.renew(item, hold.token)
    later = Reviews(desk.store, SealedJson(KEY), clock=lambda: time.time() + LEASE + 1)
    assert (await later.standing([item]))[item].holder == ""
    taken = await later.take(item, "Dr B")
    assert (taken.from_whom, taken.standing.typed.decision) == ("", "positive")


async def test_put_off_and_sent_on(desk: Desk) -> None:
    item = await ask(desk, "O1")
    hold = await desk.reviews.take(item, "Dr A")
    typed = Typed(sent_to="Dr N", sent_by="Dr A", sent_note="apex?")
    assert await desk.reviews.leave(item, hold.token, later=time.time() + 600, typed=typed)
    standing = (await desk.reviews.standing([item]))[item]
    assert (standing.holder, standing.typed.sent_to, standing.later > time.time()) == ("", "Dr N", True)


async def test_another_question_of_the_same_item_begins_empty(desk: Desk) -> None:
    item = await ask(desk, "O1")
    hold = await desk.reviews.take(item, "Dr A")
    await desk.reviews.save(item, hold.token, Typed("positive"))
    await asked_again(desk, item, "12", 1)
    assert (await desk.reviews.standing([item]))[item].typed == Typed()
    assert await desk.reviews.renew(item, hold.token) is None
    question = await desk.reviews.question(item)
    assert (question.request.path, question.asked) == ("12", Asked(finding=FINDING, patients=(WHO,)))


async def test_earlier_items_of_the_patient_are_found_and_no_number_stands_in_clear(desk: Desk) -> None:
    first, second = await ask(desk, "O1"), await ask(desk, "O2")
    assert await desk.reviews.earlier(Asked(finding=FINDING, patients=(WHO,)), second) == [first]
    stranger = WHO.model_copy(update={"ids": (PatientId(value="00123457"),)})
    assert await desk.reviews.earlier(Asked(finding=FINDING, patients=(stranger,)), second) == []
    rows = await desk.store.read(lambda connection: connection.execute(sa.select(tables.subjects)).all())
    assert len(rows) == 2
    assert "00123456" not in repr(rows)


async def test_what_does_not_wait_cannot_be_taken(desk: Desk) -> None:
    item = await desk.add("tiny", {"order": "O9"}, "O9")
    assert item is not None
    with pytest.raises(SetupError, match="does not wait"):
        await desk.reviews.take(item.id, "Dr A")
