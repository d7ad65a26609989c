"""C-STORE to a real receiver; what a bot left as a report's first draft; how long reports are kept; the commands."""

from __future__ import annotations

import dataclasses
import gc
import json
import time
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydicom import dcmread

from robot_library.cli.main import run_cli
from robot_library.delivery.cstore import send as by_cstore
from robot_library.delivery.gathered import gathered
from robot_library.delivery.routes import receivers
from robot_library.engine.database import tables
from robot_library.engine.desk import Desk
from robot_library.engine.old_reports import OldReports
from robot_library.engine.records.journal import ItemJournal
from robot_library.errors import NeedsPerson, NotDelivered
from robot_library.imaging.sources.dimse import storage_scp
from robot_library.interfaces import PersonAnswer
from robot_library.model.delivery import Delivery, DicomTarget
from robot_library.model.finding import Accepted
from robot_library.model.person import Identity, PatientId, PersonName
from robot_library.model.record import Record
from robot_library.model.report import Report
from robot_library.model.study import Study
from robot_library.parsing.library import Library
from robot_library.reports.mrrt import Section, load_template, parse_template
from robot_library.reports.outputs.content import content, sections
from robot_library.reports.outputs.fhir import diagnostic_report
from robot_library.reports.outputs.hl7 import oru_r01
from robot_library.safeguards.acceptance import AcceptanceGuard
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import site_key
from tests.delivery.conftest import SEALER, Brain, new_item


async def test_objects_are_stored_over_an_association(brain: Brain, tmp_path: Path) -> None:
    from robot_library.imaging.dataset import open_dataset
    from tests.delivery.conftest import KEY

    blobs = FileBlobs(tmp_path / "pacs", KEY)
    with storage_scp(blobs, senders=["WETREAD"], aet="ARCHIVE") as pacs:
        target = DicomTarget(host="127.0.0.1", port=pacs.port, aet="ARCHIVE", security="clear")
        receipt = await by_cstore(target, brain.parcel(brain.version()))
        kept = [open_dataset(blobs.get(one.blob)) for one in pacs.received()]
    assert {str(one.SOPInstanceUID) for one in kept} == set(receipt["objects"])
    assert {one.Modality for one in kept} == {"SR", "SEG", "OT"}


# pynetdicom leaves the socket of a refused connection to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
async def test_a_pacs_that_is_away_is_asked_again(brain: Brain) -> None:
    with pytest.raises(NotDelivered) as lost:
        await by_cstore(DicomTarget(host="127.0.0.1", port=9, aet="X", security="clear"), brain.parcel(brain.version()))
    gc.collect()
    assert lost.value.again


def test_what_a_bot_left_becomes_the_first_version(brain: Brain) -> None:
    finding = brain.content.findings[0].finding
    assert finding is not None
    accepted = Accepted(finding=finding, by="person", who="Dr A", decision="positive", note="model fooled by a clip")
    dicom = Identity(
        source="dicom", system="dicom", ids=(PatientId(value="00042"),), names=(PersonName(family="MUNOZ"),)
    )
    ehr = Identity(
        source="screen:ehr.order", system="ehr", birth_date=date(1990, 1, 2),
        ids=(PatientId(value="7", issuer="OLD"), PatientId(value="00042", issuer="DEMO")),
        names=(PersonName(family="Muñoz", given="José"),),
    )  # fmt: skip
    study = Study(study_uid=brain.content.study.uid, source="dicomweb", identity=dicom, images=brain.content.images,
                  study_date="20260302", accession="A1", description="MR Brain")  # fmt: skip
    template = load_template(Library.find().path("template", "chest-xray"))
    fields = {"procedure": "MR", "findings": "A tumour.", "impression": "Tumour.", "basis": " "}
    report = Report(template="chest-xray", title="MR", fields=fields, text="…", images=brain.uids[8:9])
    made = content(
        report, template, [accepted], study, [ehr], {"order": "P1"}, {"tumour": brain.content.findings[0].code}
    )  # type: ignore[dict-item]
    assert (made.subject.id.value, made.subject.id.issuer, made.subject.name.family) == ("00042", "DEMO", "Muñoz")
    assert (made.order.placer, made.order.accession, made.study.started) == ("P1", "A1", date(2026, 3, 2))
    assert [one.code.value if one.code else "" for one in made.sections] == ["", "59776-5", "19005-8"]
    assert len(made.images) == 16
    assert made.findings[0].who == "Dr A"
    assert "model fooled by a clip" not in made.model_dump_json(), "a word for whoever reads the run, not the referrer"
    assert [one.name for one in made.findings[0].measured] == ["tumour.volume", "tumour.diameter", "tumour.centre_x"]
    (typed,) = [one for one in template.fields().values() if one.id == "impression"]
    number = dataclasses.replace(typed, id="size", finding="tumour", measurement="volume")
    measuring = dataclasses.replace(template, sections=(Section("Findings", (typed, number)),))
    by_hand = accepted.model_copy(update={"edits": {"size": "12 ml"}})
    corrected = content(report, measuring, [by_hand], study, [ehr], {"order": "P1"})
    assert [one.name for one in corrected.findings[0].measured] == ["tumour.diameter", "tumour.centre_x"]
    nobody = study.model_copy(update={"identity": Identity(source="dicom", system="dicom")})
    with pytest.raises(NeedsPerson):
        content(report, template, [accepted], nobody, [], {})


async def test_only_a_typed_item_with_held_seals_becomes_a_report(desk: Desk, brain: Brain) -> None:
    finding = brain.content.findings[0].finding
    assert finding is not None
    ehr = Identity(source="screen:ehr.order", system="ehr", ids=(PatientId(value="00042", issuer="DEMO"),))
    answer = PersonAnswer(verdict="accept", who="Dr A")
    accepted = AcceptanceGuard(SEALER.mac).by_person(finding, answer)
    study = Study(study_uid=brain.content.study.uid, source="dicomweb", images=brain.content.images,
                  identity=Identity(source="dicom", system="dicom", ids=(PatientId(value="00042"),)))  # fmt: skip
    report = Report(template="chest-xray", title="MR", fields={"findings": "x"}, text="x", images=brain.uids[8:9])
    order = Record(source="screen:ehr.order", fields={"accession": "A1"}, identity=ehr)
    whole: dict[str, Any] = {"4": order, "5": study, "8": accepted, "9": report}
    stranger = order.model_copy(update={"identity": ehr.model_copy(update={"ids": (PatientId(value="7"),)})})
    forged = accepted.model_copy(update={"decision": "negative"})
    cases: list[tuple[dict[str, Any], str | None, str]] = [
        (whole, "typed", ""), (whole, "refused", "not typed"), (whole, "shadow", "not typed"),
        (whole, None, "not typed"),
        ({**whole, "8": forged}, "typed", "seal"), ({**whole, "4.5": stranger}, "typed", "no one patient"),
        ({**whole, "5": 1}, "typed", "0 studies"), ({"4": order}, "typed", "no report"),
    ]  # fmt: skip
    for number, (values, outcome, said) in enumerate(cases):
        item = await new_item(desk, f"G{number}")
        await ItemJournal(desk.store, SEALER, item, 0).put_all(values)
        change = sa.update(tables.items).where(tables.items.c.id == item).values(outcome=outcome)
        await desk.store.write(lambda connection, change=change: connection.execute(change))
        if not said:
            made = await gathered(desk, SEALER, item, Library.find())
            assert (made.subject.id.value, made.order.accession) == ("00042", "A1")
            continue
        with pytest.raises(NeedsPerson, match=said):
            await gathered(desk, SEALER, item, Library.find())


async def test_a_report_is_kept_as_long_as_it_must_be(desk: Desk, brain: Brain) -> None:
    draft = await desk.releases.draft(await new_item(desk), brain.content, "bot")
    released = await desk.releases.release(await desk.releases.review(draft, "Dr A", "reviewer"), "Dr A", "reviewer")
    old, later = OldReports(desk.store, SEALER), time.time() + 10
    wanted = {image.blob for image in brain.content.images}
    assert wanted <= await old.references(time.time() - 60)
    assert wanted <= await old.references(later), "it is under way"
    assert await old.old(later) == []
    for letter in await desk.outbox.unaddressed():
        await desk.outbox.address(letter, {}, [], later)
    assert await old.references(later) == set()
    assert await old.old(later) == [released.report]
    assert await old.old(time.time() - 60) == []
    await old.forget([released.report], later)
    assert await desk.releases.of(released.item) == []
    for table in (tables.reports, tables.report_steps, tables.outbox):
        count = sa.select(sa.func.count()).select_from(table)
        assert await desk.store.read(lambda connection, count=count: connection.execute(count).scalar_one()) == 0


def test_a_preliminary_correction_goes_to_nobody(brain: Brain) -> None:
    known = {"ehr": Delivery(fhir={"url": "https://a.example"}, statuses=("reviewed", "released"))}  # type: ignore[arg-type]
    assert receivers(brain.version("reviewed"), known, []) == ({"ehr": "fhir"}, [])
    assert receivers(brain.version("reviewed", number=2, relation="correction"), known, []) == ({}, [])
    assert receivers(brain.version("taken_back"), known, []) == ({}, [])


async def _filled(home: Path, brain: Brain) -> str:
    from robot_library.cli.site import open_desk

    site_key(home, create=True)
    async with open_desk(home) as desk:
        item = await new_item(desk)
        draft = await desk.releases.draft(item, brain.content, "bot")
        reviewed = await desk.releases.review(draft, "Dr A", "reviewer")
        await desk.releases.release(reviewed, "Dr A", "reviewer")
        return item


def test_the_commands_show_and_send_and_say_no_name(
    brain: Brain, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    home, project = tmp_path / "home", tmp_path / "project"
    home.mkdir()
    (project / "bots").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    (project / "bots" / "tiny.yaml").write_text(
        "bot: tiny\nabout: Reads.\nworkflow: look\napps:\n  ehr: {map: ehr, url: 'http://localhost:1'}\n", "utf-8"
    )
    (project / "site.yaml").write_text(
        "deliveries:\n  referrer: {folder: {path: '${OUT_OF_HERE}', formats: [text]}}\n", "utf-8"
    )
    monkeypatch.setenv("OUT_OF_HERE", str(tmp_path / "out"))
    item = asyncio.run(_filled(home, brain))
    where = ["--home", str(home), "--json"]

    def told(*words: str, code: int = 0) -> Any:
        assert run_cli(["reports", *words, *where]) == code
        out = capsys.readouterr().out
        for value in ("Muñoz", "00042", "Suspected tumour"):
            assert value not in out
        return json.loads(out)

    assert told("deliver", "--project", str(project)) == {"addressed": 2, "sent": 1, "later": 0, "stopped": 0}
    ((version,), (folder,)) = told("list", "--status", "released"), [*(tmp_path / "out").iterdir()]
    assert "Suspected tumour." in (folder / "report.txt").read_text("utf-8")
    assert [one["state"] for one in version["deliveries"]] == ["sent"]
    assert [one["status"] for one in told("show", version["version"][:8])["steps"]] == ["draft", "reviewed", "released"]
    written = told("write", version["version"], "--as", "hl7", "--out", str(tmp_path / "w"))
    assert (tmp_path / "w" / written["folder"] / "report.hl7").is_file()
    assert run_cli(["reports", "take-back", version["version"], "--who", "x", *where[:2]]) == 1
    assert "never changed" in capsys.readouterr().err
    result = told("critical", "found", item, "--what", "x", "--who", "Dr A")["id"]
    told("critical", "told", result[:6], "--whom", "Dr B", "--how", "telephone", "--who", "Dr A")
    assert told("critical", "ack", result[:6], "--who", "Dr B")["acknowledged"]["who"] == "Dr B"
    assert told("critical", "list") == []


async def test_after_a_merger_receivers_get_the_number_that_is_left(brain: Brain) -> None:
    """The images bear the number that the EHR's record says was merged: their own objects stay with them."""
    finding = brain.content.findings[0].finding
    assert finding is not None
    accepted = Accepted(finding=finding, by="person", who="Dr A", decision="positive")
    images = Identity(source="dicom", system="dicom", ids=(PatientId(value="00042", issuer="DEMO"),),
                      names=(PersonName(family="Muñoz"),))  # fmt: skip
    listed = images.model_copy(update={"source": "screen:pacs.study", "system": "pacs"})
    ehr = Identity(source="screen:ehr.order", system="ehr", ids=(PatientId(value="00099", issuer="DEMO"),),
                   merged_ids=(PatientId(value="00042", issuer="DEMO"),))  # fmt: skip
    study = Study(study_uid=brain.content.study.uid, source="dicomweb", identity=images, images=brain.content.images)
    template = load_template(Library.find().path("template", "chest-xray"))
    report = Report(template="chest-xray", title="MR", fields={"findings": "x"}, text="x", images=brain.uids[8:9])
    made = content(report, template, [accepted], study, [ehr, listed], {})
    assert (made.subject.id.value, made.subject.borne) == ("00099", "00042")
    assert made.subject.numbers == ("00099", "00042"), "by both of which it is found, as for shredding"
    version = brain.version(content=made)
    assert "PID|1||00099^^^DEMO^MR" in oru_r01(version, "v.3")
    assert json.loads(diagnostic_report(version, {}))["subject"]["identifier"]["value"] == "00099"
    (file,) = brain.parcel(version).dicom(("sr",))
    assert dcmread(BytesIO(file.data)).PatientID == "00042", "as the rest of its study in the archive"
    stranger = ehr.model_copy(update={"merged_ids": ()})
    unknown = content(report, template, [accepted], study, [stranger], {})
    assert unknown.subject.borne == ""


def test_what_was_read_stands_by_itself_and_the_words_can_be_corrected() -> None:
    """As docs/new-template.md has it: the image and the finding in one section."""
    html = """<section data-section-name="Findings">
        <label for="images">Image read</label><textarea id="images"></textarea>
        <label for="findings">Pneumonia</label><select id="findings" data-finding="pneumonia"></select></section>
        <section data-section-name="Basis">
        <label for="basis">Reading</label><textarea id="basis"></textarea></section>"""
    made = sections(parse_template(html, "t"), {"images": "1.2.3", "findings": "No opacity.", "basis": "by a person"})
    assert [(one.id, one.title, one.text) for one in made] == [
        ("findings", "Findings", "Pneumonia: No opacity."), ("images", "Image read", "1.2.3"),
        ("basis", "Basis", "by a person"),
    ]  # fmt: skip
