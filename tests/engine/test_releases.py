"""Reports on their way out: who may do what, nothing released ever changes, two at once, rows that were touched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.desk import Desk
from robot_library.errors import AuditBroken, ReleaseRefused, SetupError
from robot_library.model.audit import Happened
from robot_library.model.person import PatientId, PersonName
from robot_library.model.release import Content, OrderRef, Reported, Section, StudyRef, Subject
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY

SEALER = SealedJson(KEY)
NAME = "Nobody-In-Particular"


def content(text: str = "Clear lungs.", **more: Any) -> Content:
    values: dict[str, Any] = {
        "subject": Subject(
            id=PatientId(value="00042", issuer="DEMO"), name=PersonName(family=NAME, given="Ann"),
            birth_date=date(1950, 1, 2), sex="F",
        ),
        "order": OrderRef(accession="A1", placer="P1", procedure="Chest, one view"),
        "study": StudyRef(uid="1.2.3", started=datetime(2026, 3, 2, 8, 30, tzinfo=UTC)),
        "template": "chest-xray", "title": "Chest X-ray",
        "sections": (Section(id="findings", title="Findings", text=text),),
        "findings": (Reported(label="pneumonia", decision="negative", by="person", who="dr-a"),),
    }  # fmt: skip
    return Content(**{**values, **more})


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with Desk(tmp_path / "home", SEALER, SEALER.fingerprint) as desk:
        yield desk


async def item(desk: Desk, key: str = "O1") -> str:
    row = desk.items.row("tiny", "w", {"order": key}, key, priority=10, due=None)
    await desk.store.write(lambda connection: desk.items.insert(connection, row))
    return str(row["id"])


async def test_a_report_goes_out_only_by_a_reviewer_and_never_changes_afterwards(desk: Desk) -> None:
    releases = desk.releases
    draft = await releases.draft(await item(desk), content(), "bot")
    with pytest.raises(ReleaseRefused, match="may not release"):
        await releases.release(draft, "mallory", "clerk")
    with pytest.raises(ReleaseRefused, match="as you have read it"):
        await releases.release(draft.model_copy(update={"status": "reviewed"}), "dr-a", "reviewer")
    with pytest.raises(ReleaseRefused, match="draft"):
        await releases.release(draft, "dr-a", "reviewer")
    for role in ("clerk", "operator", "admin", "author", ""):
        with pytest.raises(ReleaseRefused, match="may not review"):
            await releases.review(draft, "mallory", role)
    with pytest.raises(ReleaseRefused, match="only a reviewer"):
        await releases.edit(draft, content("Something else."), "clerk-1", "clerk")
    numbered = await releases.edit(
        draft, content(order=OrderRef(accession="A1", placer="P2", procedure="Chest, one view")), "clerk-1", "clerk"
    )
    with pytest.raises(ReleaseRefused, match="as you have read it"):
        await releases.review(draft, "dr-a", "reviewer")  # the clerk was quicker: read it again
    reviewed = await releases.review(numbered, "dr-a", "reviewer", content("No focal opacity."))
    released = await releases.release(reviewed, "dr-b", "reviewer")
    assert (released.status, released.released and released.released.who) == ("released", "dr-b")
    assert released.reviewed is not None
    assert released.reviewed.who == "dr-a"
    for attempt in (
        releases.edit(released, content("Changed."), "dr-a", "reviewer"),
        releases.review(released, "dr-a", "reviewer"),
        releases.take_back(released, "dr-a", "reviewer"),
        releases.edit(reviewed, content("Changed."), "dr-a", "reviewer"),
        releases.draft(released.item, content("Another."), "bot"),
    ):
        with pytest.raises(ReleaseRefused):
            await attempt
    assert await releases.of(released.item) == [released]
    steps = await releases.history(released.id)
    assert [one.status for one in steps] == ["draft", "draft", "reviewed", "released"]
    assert steps[0].content.text.endswith("Clear lungs.")


async def test_corrections_and_addenda_are_versions_of_their_own(desk: Desk) -> None:
    releases = desk.releases

    async def out(version: Any) -> Any:
        return await releases.release(await releases.review(version, "dr-a", "reviewer"), "dr-a", "reviewer")

    first = await out(await releases.draft(await item(desk), content(), "bot"))
    with pytest.raises(ReleaseRefused, match="says why"):
        await releases.correct(first, content("Effusion."), "dr-a", "reviewer", " ")
    other = Subject(id=PatientId(value="00043"), name=PersonName(family="Else"))
    with pytest.raises(ReleaseRefused, match="never change"):
        await releases.correct(first, content(subject=other), "dr-a", "reviewer", "the other patient")
    second = await releases.correct(first, content("Effusion."), "dr-a", "reviewer", "effusion overlooked")
    assert (second.number, second.replaces, second.relation, second.report) == (2, first.id, "correction", first.report)
    with pytest.raises(ReleaseRefused, match="later version"):
        await releases.addendum(first, "And more.", "dr-a", "reviewer")
    await releases.take_back(second, "dr-a", "reviewer", "it was right")
    third = await releases.addendum(first, "Seen with Dr B.", "dr-a", "reviewer")
    assert (third.number, third.relation) == (3, "addendum")
    assert third.content.sections[:1] == first.content.sections
    with pytest.raises(ReleaseRefused, match="only adds"):
        await releases.review(third, "dr-a", "reviewer", content("Effusion.", sections=third.content.sections[1:]))
    third = await out(third)
    assert [one.status for one in await releases.versions(first.report)] == ["released", "taken_back", "released"]
    assert await releases.find(third.id[:10]) == third
    assert [one.id for one in await releases.newest(status="taken_back")] == [second.id]


async def test_two_at_once_make_one_version_and_one_release(desk: Desk) -> None:
    releases, ident = desk.releases, await item(desk)
    made = await asyncio.gather(*(releases.draft(ident, content(), f"p{n}") for n in range(6)), return_exceptions=True)
    drafts = [one for one in made if not isinstance(one, BaseException)]
    assert len(drafts) == 1
    assert all(isinstance(one, ReleaseRefused) for one in made if one is not drafts[0])
    reviewed = await releases.review(drafts[0], "dr-a", "reviewer")
    ends = await asyncio.gather(
        *(releases.release(reviewed, f"dr-{n}", "reviewer") for n in range(3)),
        *(releases.take_back(reviewed, f"dr-{n}", "reviewer") for n in range(3)), return_exceptions=True,
    )  # fmt: skip
    assert sum(not isinstance(one, BaseException) for one in ends) == 1


async def test_a_row_that_was_touched_does_not_open_and_nothing_stands_in_clear(desk: Desk, tmp_path: Path) -> None:
    releases = desk.releases
    draft = await releases.draft(await item(desk), content("UniqueFindingWords"), "bot")
    home = tmp_path / "home"
    written = b"".join(path.read_bytes() for path in home.glob("engine.sqlite*"))
    for value in (NAME, "UniqueFindingWords", "00042", "1.2.3"):
        assert value.encode() not in written
    change = sa.update(tables.report_steps).where(tables.report_steps.c.version == draft.id)
    await desk.store.write(lambda connection: connection.execute(change.values(status="released")))
    with pytest.raises(SetupError, match="does not open"):
        await releases.get(draft.id)


async def test_what_cannot_be_told_to_the_audit_trail_is_not_released(desk: Desk) -> None:
    draft = await desk.releases.draft(await item(desk), content(), "bot")
    reviewed = await desk.releases.review(draft, "dr-a", "reviewer")

    class Full:
        def record(self, happened: Happened) -> None:
            assert NAME not in str(happened)
            raise AuditBroken("the disk is full")

    desk.store.trail = Full()
    with pytest.raises(AuditBroken):
        await desk.releases.release(reviewed, "dr-a", "reviewer")
    assert (await desk.releases.get(draft.id)).status == "reviewed"


async def test_a_report_that_was_entered_in_error_is_over_for_good(desk: Desk) -> None:
    releases, retractions, ident = desk.releases, desk.retractions, await item(desk)
    reviewed = await releases.review(await releases.draft(ident, content(), "bot"), "dr-a", "reviewer")
    with pytest.raises(ReleaseRefused, match="not the last released"):
        await retractions.retract(reviewed, "dr-a", "reviewer", "wrong patient")  # nothing was released: taken back
    first = await releases.release(reviewed, "dr-a", "reviewer")
    fixed = await releases.correct(first, content("Effusion."), "dr-a", "reviewer", "overlooked")
    waiting = await releases.review(fixed, "dr-a", "reviewer")
    for role in ("clerk", "operator", "admin", "author", ""):
        with pytest.raises(ReleaseRefused, match="may not"):
            await retractions.retract(first, "mallory", role, "wrong patient")
    with pytest.raises(ReleaseRefused, match="why"):
        await retractions.retract(first, "dr-a", "reviewer", "  ")
    # of a retraction and the release of a correction at the same moment, one happens, and never both
    ends = await asyncio.gather(
        *(retractions.retract(first, "dr-b", "reviewer", "wrong patient") for _ in range(2)),
        *(releases.release(waiting, "dr-a", "reviewer") for _ in range(2)), return_exceptions=True,
    )  # fmt: skip
    assert sum(not isinstance(one, BaseException) for one in ends) == 1
    last = (await releases.versions(first.report))[-1]
    if last.status == "released":  # the correction was quicker: it is what is taken back now
        with pytest.raises(ReleaseRefused, match="not the last released"):
            await retractions.retract(first, "dr-b", "reviewer", "wrong patient")
        last = await retractions.retract(last, "dr-b", "reviewer", "wrong patient")
    assert (last.status, last.relation, last.why) == ("entered_in_error", "retraction", "wrong patient")
    assert last.replaces in {one.id for one in await releases.versions(first.report) if one.status == "released"}
    assert await releases.get(first.id) == first, "what was released stays as it was"
    assert "draft" not in {one.status for one in await releases.versions(first.report)}
    for attempt in (
        releases.correct(first, content("Again."), "dr-a", "reviewer", "x"),
        releases.addendum(first, "More.", "dr-a", "reviewer"),
        releases.draft(ident, content(), "bot"),
        releases.edit(last, content("Again."), "dr-a", "reviewer"),
        releases.take_back(last, "dr-a", "reviewer"),
        retractions.retract(last, "dr-a", "reviewer", "again"),
    ):
        with pytest.raises(ReleaseRefused):
            await attempt
    forged = tables.report_steps.update().where(tables.report_steps.c.version == last.id).values(status="released")
    assert [one.id for one in await retractions.open()] == [last.id]
    with pytest.raises(ReleaseRefused, match="works in no record"):
        await retractions.cleared(last, "marked", "it", "admin")
    with pytest.raises(ReleaseRefused, match="what was done"):
        await retractions.cleared(last, "", "ana", "clerk")
    seen = await retractions.cleared(last, "marked as wrong in the EHR", "ana", "clerk")
    assert (seen.cleared and seen.cleared.who, await retractions.open()) == ("ana", [])
    with pytest.raises(ReleaseRefused):
        await retractions.cleared(last, "again", "ana", "clerk")
    told = [one for one in await desk.outbox.unaddressed() if one.status == "entered_in_error"]
    assert [one.step for one in told] == [1], "that somebody has seen to it is told to nobody outside"
    await desk.store.write(lambda connection: connection.execute(forged))
    with pytest.raises(SetupError):
        await releases.get(last.id)
