"""One reported brain: real DICOM slices, a mask on their grid, a picture; and versions of its report at every step."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from robot_library.delivery.parcel import Parcel
from robot_library.engine.desk import Desk
from robot_library.hospital.films import FilmPatient, FilmStudy
from robot_library.hospital.heads import make_head
from robot_library.hospital.heads.dicom import MRSeries, slice_dataset
from robot_library.model.finding import Finding, Measurement
from robot_library.model.person import PatientId, PersonName
from robot_library.model.release import Content, OrderRef, Reported, ReportVersion, Section, Signed, StudyRef, Subject
from robot_library.model.skill.outputs import Code
from robot_library.model.study import Image
from robot_library.reports.outputs.codes import FINDINGS, IMPRESSION
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson
from robot_library.skills.tasks.outline import mask_file

KEY = SiteKey(bytes(range(32)))
SEALER = SealedJson(KEY)
ROOT = "1.2.826.0.1.3680043.8.498.77"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NASTY = "A|B^C&D~E\\F and \\F\\ and \\.br\\ too\nsecond line, º µ 胸"
NEOPLASM = Code(scheme="SNOMED CT", value="108369006", meaning="Neoplasm")


@dataclass(frozen=True)
class Brain:
    """content: what is reported; mask: bool (i, j, k) of the lesion; uids: its slices."""

    content: Content
    mask: NDArray[np.bool_]
    uids: tuple[str, ...]
    blobs: FileBlobs

    def version(self, status: Any = "released", **more: Any) -> ReportVersion:
        signed = Signed(who="Blanco, Ana", role="reviewer", at=AT)
        values: dict[str, Any] = {
            "id": "a" * 24, "report": "b" * 32, "number": 1, "item": "i", "bot": "tiny", "status": status,
            "content": self.content, "made": Signed(who="bot", role="bot", at=AT), "changed": AT, "step": 3,
            "reviewed": signed, "released": signed if status == "released" else None,
        }  # fmt: skip
        return ReportVersion(**{**values, **more})

    def parcel(self, version: ReportVersion, **more: Any) -> Parcel:
        async def paper(html: str) -> bytes:
            return b"%PDF-1.7\n" + html.encode()

        return Parcel(version, f"{version.id}.{version.step}", self.blobs, paper, **more)


@pytest.fixture(scope="session")
def brain(tmp_path_factory: pytest.TempPathFactory) -> Brain:
    blobs = FileBlobs(tmp_path_factory.mktemp("blobs"), KEY)
    patient = FilmPatient(patient_id="00042", issuer="DEMO", name="Muñoz^José", sex="M", birth_date=date(1990, 1, 2))
    study = FilmStudy(
        study_uid=ROOT, series_uid=f"{ROOT}.2", accession="A1", study_date=date(2026, 3, 2), description="MR Brain",
        referring="Who^Dr",
    )  # fmt: skip
    head = make_head(3, lesion_ml=30, slices=16)
    series = MRSeries(f"{ROOT}.2", 1, "flair", "FLAIR", f"{ROOT}.9")
    images = []
    for place in range(16):
        dataset = slice_dataset(head, place, f"{ROOT}.2.{place + 1}", series=series, patient=patient, study=study)
        stream = io.BytesIO()
        dataset.save_as(stream, enforce_file_format=True)
        data = stream.getvalue()
        images.append(Image(
            sop_instance_uid=f"{ROOT}.2.{place + 1}", source="dicom", blob=blobs.put(data), series_uid=f"{ROOT}.2",
            sha256=hashlib.sha256(data).hexdigest(), study_uid=ROOT, rows=int(dataset.Rows),
            columns=int(dataset.Columns),
        ))  # fmt: skip
    uids, mask = tuple(image.sop_instance_uid for image in images), np.transpose(head.lesion, (2, 1, 0))
    png = cv2.imencode(".png", np.full((300, 200, 3), (0, 128, 255), np.uint8))[1].tobytes()
    finding = Finding(
        skill="brain", skill_version="1.0.0", model_sha256="0" * 64, provider="cpu", label="tumour", score=0.9,
        decision="positive", operating_point="m", image_uid=uids[8], image_uids=uids,
        measurements=(
            Measurement(name="tumour.volume", value=30.125, unit="mL", code="SCT:118565006"),
            Measurement(name="tumour.diameter", value=40.0, unit="mm", code="SCT:103339001"),
            Measurement(name="tumour.centre_x", value=4.0, unit="mm"),
        ),
        evidence={"overlay": blobs.put(png), "mask": blobs.put(mask_file({"tumour": mask}, np.eye(4), uids))},
    )  # fmt: skip
    content = Content(
        subject=Subject(
            id=PatientId(value="00042", issuer="DEMO"), name=PersonName(family="Muñoz", given="José"),
            birth_date=date(1990, 1, 2), sex="M",
        ),
        order=OrderRef(accession="A1", placer="P1", filler="F1", procedure="MR Brain"),
        study=StudyRef(uid=ROOT, started=AT, modality="MR"), template="brain", title="MR brain",
        sections=(
            Section(id="findings", title="Findings", text=NASTY, code=FINDINGS),
            Section(id="impression", title="Impression", text="Suspected tumour.", code=IMPRESSION),
        ),
        findings=(Reported(
            label="tumour", decision="positive", by="person", who="Blanco, Ana", code=NEOPLASM, finding=finding
        ),),
        images=tuple(images),
    )  # fmt: skip
    return Brain(content, mask, uids, blobs)


def two_segments(brain: Brain) -> Content:
    """As if the skill had measured one more segment, inside the first."""
    (found,) = brain.content.findings
    assert found.finding is not None
    core = Measurement(name="core.volume", value=5.5, unit="mL", code="SCT:118565006")
    measured = (*found.finding.measurements, core)
    finding = found.finding.model_copy(update={"measurements": measured})
    return brain.content.model_copy(update={"findings": (found.model_copy(update={"finding": finding}),)})


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with Desk(tmp_path / "home", SEALER, SEALER.fingerprint) as desk:
        yield desk


async def new_item(desk: Desk, key: str = "O1") -> str:
    row = desk.items.row("tiny", "w", {"order": key}, key, priority=10, due=None)
    await desk.store.write(lambda connection: desk.items.insert(connection, row))
    return str(row["id"])
