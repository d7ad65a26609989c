"""Deliveries arrive once, in order, at whoever is to get them, whatever happens in the middle."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from robot_library.delivery.postman import Postman, Round
from robot_library.engine.database import tables
from robot_library.engine.database.trail import NoTrail
from robot_library.engine.desk import Desk
from robot_library.engine.people.outbox import HOLD
from robot_library.errors import AuditBroken, ReleaseRefused
from robot_library.interfaces import Credential
from robot_library.model.audit import Happened
from robot_library.model.delivery import Delivery
from robot_library.model.release import ReportVersion
from tests.delivery.conftest import Brain, new_item
from tests.delivery.receivers import Hl7Box, WebBox, hl7_box, web_box


@pytest.fixture
async def ris() -> AsyncIterator[Hl7Box]:
    async with hl7_box() as box:
        yield box


@pytest.fixture
async def web() -> AsyncIterator[WebBox]:
    async with web_box() as box:
        yield box


class Told(NoTrail):
    """An audit trail that remembers."""

    def __init__(self) -> None:
        self.events: list[Happened] = []
        self.full = False

    def record(self, happened: Happened) -> None:
        if self.full:
            raise AuditBroken("full")
        self.events.append(happened)


@dataclass
class House:
    """A desk, a postman and what site.yaml says."""

    desk: Desk
    brain: Brain
    known: dict[str, Delivery]
    trail: Told

    @property
    def postman(self) -> Postman:
        async def paper(html: str) -> bytes:
            return b"%PDF-1.7\n" + html.encode()

        def targets(bot: str) -> Mapping[str, Delivery]:
            return self.known

        def credential(name: str) -> Credential:
            return Credential("bearer", name)

        desk = self.desk
        return Postman(desk.releases, desk.outbox, self.trail, self.brain.blobs, targets, credential, paper)

    async def drafted(self, key: str = "O1") -> ReportVersion:
        return await self.desk.releases.draft(await new_item(self.desk, key), self.brain.content, "bot")

    async def out(self, version: ReportVersion) -> ReportVersion:
        reviewed = await self.desk.releases.review(version, "Blanco, Ana", "reviewer")
        return await self.desk.releases.release(reviewed, "Blanco, Ana", "reviewer")

    async def corrected(self, version: ReportVersion, text: str) -> ReportVersion:
        sections = (version.content.sections[0].model_copy(update={"text": text}),)
        content = version.content.model_copy(update={"sections": sections})
        return await self.out(await self.desk.releases.correct(version, content, "Dr B", "reviewer", "overlooked"))


@pytest.fixture
async def house(desk: Desk, brain: Brain, ris: Hl7Box, web: WebBox, tmp_path: Path) -> House:
    (tmp_path / "referrer").mkdir()
    known: dict[str, dict[str, Any]] = {
        "ris": {"hl7": {"host": "127.0.0.1", "port": ris.port, "security": "clear"}},
        "ehr": {"fhir": {"url": f"{web.url}/fhir", "systems": {"DEMO": "urn:oid:1.2.3"}}},
        "pacs": {"dicom_web": {"url": f"{web.url}/dicom-web", "credential": "pacs"}},
        "referrer": {"folder": {"path": str(tmp_path / "referrer"), "formats": ["pdf", "text", "fhir", "hl7", "sr"]}},
    }
    return House(desk, brain, {name: Delivery(**one) for name, one in known.items()}, Told())


def status_of(message: str) -> set[str]:
    rows = [row.split("|") for row in message.strip("\r").split("\r")]
    return {row[25] for row in rows if row[0] == "OBR"} | {row[11] for row in rows if row[0] == "OBX"}


async def test_what_could_not_be_sent_while_the_clock_was_ahead_is_sent_when_it_is_right(
    house: House, ris: Hl7Box
) -> None:
    house.known = {"ris": house.known["ris"]}
    await house.out(await house.drafted())
    assert await house.postman.run(time.time() + 5 * 365 * 86_400) == Round(addressed=2, sent=1)
    later = sa.update(tables.outbox).values(state="waiting", due=time.time() + 5 * 365 * 86_400)
    await house.desk.store.write(lambda c: c.execute(later.where(tables.outbox.c.target == "ris")))
    assert (await house.postman.run()).sent == 1
    assert len(ris.taken) == 2


async def test_a_release_reaches_everybody_once_and_a_correction_all_who_got_it(
    house: House, ris: Hl7Box, web: WebBox, tmp_path: Path
) -> None:
    draft = await house.drafted()
    assert await house.postman.run() == Round()  # a draft is nobody's
    first = await house.out(draft)
    assert await house.postman.run() == Round(addressed=2, sent=4)  # reviewed: to nobody, released: to all
    assert await house.postman.run() == Round()
    (resource,) = web.resources.values()
    assert resource["status"] == "final"
    assert status_of(ris.taken[0]) == {"F"}
    assert {str(one.SOPClassUID.name) for one in web.objects.values()} == {
        "Comprehensive SR Storage", "Segmentation Storage", "Secondary Capture Image Storage",
    }  # fmt: skip
    (tmp_path / "late").mkdir()
    house.known["late"] = Delivery(folder={"path": str(tmp_path / "late"), "formats": ["text"]})  # type: ignore[arg-type]
    del house.known["ehr"]  # somebody has taken it out of site.yaml
    house.known["pacs"] = house.known["pacs"].model_copy(update={"statuses": ("reviewed",)})
    await house.corrected(first, "There is an effusion as well.")
    assert await house.postman.run() == Round(addressed=2, sent=4)
    assert status_of(ris.taken[1]) == {"C"}
    assert ris.taken[0].split("|")[9] != ris.taken[1].split("|")[9]
    reports = [one for one in web.objects.values() if one.Modality == "SR"]
    old, new = sorted(reports, key=lambda one: int(one.InstanceNumber))
    (study,) = new.PredecessorDocumentsSequence
    assert study.ReferencedSeriesSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID == old.SOPInstanceUID
    (lost,) = await house.desk.outbox.open()
    assert (lost.target, lost.state, lost.code) == ("ehr", "stopped", "NoSuchTarget")
    folders = sorted(path.name for path in (tmp_path / "referrer").iterdir())
    assert len(folders) == 2
    for path in (tmp_path / "referrer").rglob("*"):
        assert not any(value in path.name for value in ("00042", "Mu", "Jos", "A1"))
    exports = [one for one in house.trail.events if one.kind == "export"]
    assert [one.outcome for one in exports if one.system == "ris"] == ["begun", "ok", "begun", "ok"]
    assert all(one.person for one in exports)


async def test_the_ehr_has_one_resource_whose_status_goes_on(house: House, web: WebBox) -> None:
    for by in ("conditional_update", "create"):
        web.resources.clear()
        fhir = {"url": f"{web.url}/fhir", "by": by, "pdf": True}
        house.known = {"ehr": Delivery(fhir=fhir, statuses=("reviewed", "released"))}  # type: ignore[arg-type]
        draft = await house.drafted(by)
        reviewed = await house.desk.releases.review(draft, "Dr B", "reviewer")
        statuses = []

        async def seen(statuses: list[str] = statuses) -> None:
            assert (await house.postman.run()).sent == 1
            (resource,) = web.resources.values()
            statuses.append(resource["status"])

        await seen()
        released = await house.desk.releases.release(reviewed, "Dr B", "reviewer")
        await seen()
        corrected = await house.corrected(released, "Effusion.")
        await seen()
        await house.out(await house.desk.releases.addendum(corrected, "Seen with Dr C.", "Dr B", "reviewer"))
        await seen()
        assert statuses == ["preliminary", "final", "amended", "appended"]
    withdrawn = await house.desk.releases.review(await house.drafted("back"), "Dr B", "reviewer")
    await house.postman.run()
    await house.desk.releases.take_back(withdrawn, "Dr B", "reviewer", "wrong study")
    await house.postman.run()
    assert sorted(one["status"] for one in web.resources.values()) == ["appended", "cancelled"]


async def test_what_is_lost_on_the_way_is_sent_again_and_known_again(house: House, ris: Hl7Box, web: WebBox) -> None:
    ris.answers, web.lose = ["", "AE", "other"], 2  # taken, but the answer never came
    await house.out(await house.drafted())
    now = time.time()
    assert await house.postman.run(now) == Round(addressed=2, sent=1, later=3)
    assert (await house.postman.run(now + 1)).sent == 0  # not yet
    later = now
    while await house.desk.outbox.open():
        later += 4000
        assert later < now + 40_000
        await house.postman.run(later)
    assert len({message.split("|")[9] for message in ris.taken}) == 1
    assert len(set(ris.taken)) == 1
    assert len(ris.taken) == 4
    assert len(web.resources) == 1
    stored = [one for one in web.stored if one.startswith("2.25.")]
    assert sorted(web.asked) == sorted(stored) == sorted(web.objects)  # asked for, found, and not stored again
    assert len(stored) == 3


async def test_a_kill_between_sending_and_writing_it_down_loses_nothing(house: House, ris: Hl7Box) -> None:
    del house.known["pacs"], house.known["referrer"], house.known["ehr"]
    await house.out(await house.drafted())

    class Killed(BaseException):
        pass

    async def killed(*_: Any, **__: Any) -> None:
        raise Killed

    postman, now = house.postman, time.time()
    postman._outbox.arrived, arrived = killed, postman._outbox.arrived  # type: ignore[method-assign,assignment]
    with pytest.raises(Killed):
        await postman.run(now)
    house.desk.outbox.arrived = arrived  # type: ignore[method-assign]
    assert (await house.postman.run(now + 1)).sent == 0  # somebody seems to be at it
    assert (await house.postman.run(now + HOLD + 1)).sent == 1
    assert len(ris.taken) == 2
    assert ris.taken[0] == ris.taken[1]


async def test_what_a_receiver_rejects_waits_for_a_person_and_is_never_overtaken_backwards(
    house: House, ris: Hl7Box, web: WebBox
) -> None:
    del house.known["referrer"]
    ris.answers, web.away, web.fail = ["AR"], [401], 0xC000
    first = await house.out(await house.drafted())
    now = time.time()
    assert await house.postman.run(now) == Round(addressed=2, stopped=3)
    codes = {one.target: one.code for one in await house.desk.outbox.open()}
    assert codes == {"ris": "AckAR", "ehr": "Http401", "pacs": "DicomC000"}
    assert await house.postman.run(now + 90_000) == Round()  # an account that was refused is not tried again
    web.fail, web.away = 0, []
    await house.corrected(first, "Effusion.")
    assert (await house.postman.run(now + 90_001)).sent >= 1
    stopped = [one for one in await house.desk.outbox.open() if one.target == "ris"]
    assert await house.desk.outbox.again(stopped, now) == 0  # the old text would go over the new
    assert (await house.postman.run(now + 90_002)).sent == 0


async def test_a_correction_waits_for_what_it_corrects(house: House, ris: Hl7Box) -> None:
    house.known = {"ris": house.known["ris"]}
    ris.answers = ["AE"]
    first = await house.out(await house.drafted())
    now = time.time()
    await house.postman.run(now)
    await house.corrected(first, "Effusion.")
    await house.postman.run(now + 1)
    assert [status_of(message) for message in ris.taken] == [{"F"}]
    await house.postman.run(now + 4000)
    assert [status_of(message) for message in ris.taken] == [{"F"}, {"F"}, {"C"}]


async def test_two_offices_send_once_and_nothing_leaves_untold(house: House, ris: Hl7Box, desk: Desk) -> None:
    import asyncio

    house.known = {"ris": house.known["ris"]}
    await house.out(await house.drafted())
    house.trail.full = True
    assert (await house.postman.run()).later == 1
    assert ris.taken == []
    house.trail.full = False
    now = time.time() + 4000
    rounds = await asyncio.gather(*(house.postman.run(now) for _ in range(4)))
    assert sum(one.sent for one in rounds) == 1
    assert len(ris.taken) == 1
    query = sa.select(tables.outbox.c.entry).where(tables.outbox.c.entry.is_not(None))
    (entry,) = await desk.store.read(lambda connection: connection.execute(query).scalars().all())
    assert entry.startswith("w1.")


async def test_a_retraction_reaches_everybody_who_got_anything_and_what_waits_is_not_sent(
    house: House, ris: Hl7Box, web: WebBox, tmp_path: Path
) -> None:
    (tmp_path / "away").mkdir()
    house.known["away"] = Delivery(folder={"path": str(tmp_path / "gone"), "formats": ["text"]})  # type: ignore[arg-type]
    first = await house.out(await house.drafted())
    now = time.time()
    assert await house.postman.run(now) == Round(addressed=2, sent=4, later=1)
    (resource,) = web.resources.values()
    assert resource["status"] == "final"
    objects = set(web.objects)
    house.known["late"] = Delivery(folder={"path": str(tmp_path / "away"), "formats": ["text"]})  # type: ignore[arg-type]
    await house.desk.retractions.retract(first, "Dr B", "reviewer", "other patient: Anna Other")
    (tmp_path / "gone").mkdir()
    done = await house.postman.run(now + 100)
    assert (done.sent, done.stopped) == (5, 0)
    (resource,) = web.resources.values()
    assert resource["status"] == "entered-in-error"
    assert [status_of(message) for message in ris.taken] == [{"F"}, {"C", "W"}]
    (note,) = [one for uid, one in web.objects.items() if uid not in objects]
    title = note.ConceptNameCodeSequence[0]
    assert (title.CodingSchemeDesignator, title.CodeValue) == ("DCM", "113037")
    (study,) = note.CurrentRequestedProcedureEvidenceSequence
    rejected = [
        ref.ReferencedSOPInstanceUID for one in study.ReferencedSeriesSequence for ref in one.ReferencedSOPSequence
    ]
    assert set(rejected) == objects
    assert (note.PatientID, note.StudyInstanceUID) == ("00042", house.brain.content.study.uid)
    # the folder that was not mounted may have got something: it is told, and never sent the report itself
    (path,) = (tmp_path / "gone").iterdir()
    assert path.name.endswith("entered-in-error")
    assert list((tmp_path / "away").iterdir()) == [], "whoever got nothing is not told of somebody's report"
    for path in (tmp_path / "referrer").rglob("*in-error/*"):
        data = path.read_bytes()
        assert b"suspected tumour" not in data.lower()
        assert b"Anna" not in data
    assert await house.desk.outbox.open() == []
    assert [(one.what, one.person) for one in house.trail.events if one.what == "report entered_in_error"] == [
        ("report entered_in_error", "Dr B")
    ] * 10


async def test_what_was_taken_back_before_it_went_out_is_sent_to_nobody(house: House, ris: Hl7Box) -> None:
    house.known = {"ris": house.known["ris"].model_copy(update={"statuses": ("reviewed", "released")})}
    reviewed = await house.desk.releases.review(await house.drafted(), "Dr B", "reviewer")
    await house.desk.releases.take_back(reviewed, "Dr B", "reviewer", "wrong study")
    released = await house.out(await house.drafted("O2"))
    await house.desk.retractions.retract(released, "Dr B", "reviewer", "wrong study")
    assert (await house.postman.run()).sent == 0
    assert (await house.postman.run(time.time() + 90_000)).sent == 0
    assert ris.taken == []
    assert await house.desk.outbox.open() == []


async def test_a_person_who_sends_the_old_again_does_not_overtake_the_new_on_its_way(house: House, ris: Hl7Box) -> None:
    house.known = {"ris": house.known["ris"]}
    ris.answers = ["AR", ""]  # the first is refused; the correction is taken, and its answer lost
    first, now = await house.out(await house.drafted()), time.time()
    await house.postman.run(now)
    await house.corrected(first, "Effusion.")
    await house.postman.run(now + 1)
    stopped = [one for one in await house.desk.outbox.open() if one.state == "stopped"]
    assert await house.desk.outbox.again(stopped, now + 2) == 0
    await house.postman.run(now + 4000)
    assert [status_of(message) for message in ris.taken] == [{"F"}, {"C"}, {"C"}]


async def test_what_was_refused_together_is_sent_again_in_order(house: House, ris: Hl7Box) -> None:
    house.known = {"ris": house.known["ris"]}
    ris.answers = ["AR", "AR"]
    first, now = await house.out(await house.drafted()), time.time()
    await house.postman.run(now)
    await house.corrected(first, "Effusion.")
    await house.postman.run(now + 1)
    assert await house.desk.outbox.again([*reversed(await house.desk.outbox.open())], now + 2) == 2
    await house.postman.run(now + 3)
    assert [status_of(message) for message in ris.taken[2:]] == [{"F"}, {"C"}]


async def test_a_number_that_a_correction_took_out_is_taken_back_at_the_receiver(house: House, ris: Hl7Box) -> None:
    house.known = {"ris": house.known["ris"]}
    first, now = await house.out(await house.drafted()), time.time()
    await house.postman.run(now)
    (found,) = first.content.findings
    assert found.finding is not None
    finding = found.finding.model_copy(update={"measurements": found.finding.measurements[1:]})
    content = first.content.model_copy(update={"findings": (found.model_copy(update={"finding": finding}),)})
    await house.out(await house.desk.releases.correct(first, content, "Dr B", "reviewer", "measured anew"))
    await house.postman.run(now + 1)
    assert [status_of(message) for message in ris.taken] == [{"F"}, {"C", "X"}]


async def test_a_withdrawal_is_told_before_the_next_report_of_the_order(house: House, ris: Hl7Box) -> None:
    """To whoever knows a report by its order's numbers alone, a late cancellation would cancel the final report."""
    house.known = {"ris": house.known["ris"].model_copy(update={"statuses": ("reviewed", "released")})}
    draft, now = await house.drafted(), time.time()
    reviewed = await house.desk.releases.review(draft, "Dr B", "reviewer")
    await house.postman.run(now)
    ris.answers = ["AE"]
    await house.desk.releases.take_back(reviewed, "Dr B", "reviewer", "wrong words")
    await house.postman.run(now + 1)
    await house.out(await house.desk.releases.draft(draft.item, house.brain.content, "Dr B"))
    await house.out(await house.drafted("another order"))
    await house.postman.run(now + 2)
    assert len(ris.taken) == 4, "another order's does not wait for it"
    await house.postman.run(now + 4000)
    own = [status_of(message) for message in ris.taken]
    assert own[:2] == [{"P"}, {"X"}]
    assert own[4] == {"X"}
    assert own[-1] == {"F"}
    assert await house.desk.outbox.open() == []


async def test_what_may_be_in_the_archive_is_rejected_with_what_is(house: House, web: WebBox) -> None:
    """The correction was stored, and the answer lost; before it was asked for again, the report was taken back."""
    house.known = {"pacs": house.known["pacs"]}
    first, now = await house.out(await house.drafted()), time.time()
    await house.postman.run(now)
    web.lose = 1
    second = await house.corrected(first, "Effusion.")
    assert (await house.postman.run(now + 1)).later == 1
    stored = set(web.objects)
    assert len(stored) == 6
    await house.desk.retractions.retract(second, "Dr B", "reviewer", "other patient")
    await house.postman.run(now + 4000)
    (note,) = [one for uid, one in web.objects.items() if uid not in stored]
    (study,) = note.CurrentRequestedProcedureEvidenceSequence
    named = {
        ref.ReferencedSOPInstanceUID for one in study.ReferencedSeriesSequence for ref in one.ReferencedSOPSequence
    }
    assert named == stored


async def test_versions_stand_in_their_order_though_a_clock_was_set_back(house: House, desk: Desk) -> None:
    first = await house.out(await house.drafted())
    second = await house.corrected(first, "Effusion.")
    back = sa.update(tables.reports).where(tables.reports.c.id == second.id).values(made=first.made.at.timestamp() - 60)
    await desk.store.write(lambda connection: connection.execute(back))
    assert [one.number for one in await desk.releases.versions(first.report)] == [1, 2]
    with pytest.raises(ReleaseRefused, match="not the last"):
        await desk.retractions.retract(first, "Dr B", "reviewer", "other patient")
    assert (await desk.retractions.retract(second, "Dr B", "reviewer", "other patient")).number == 3
