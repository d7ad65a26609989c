"""SR, SEG and picture, judged by programs that are not ours: dciodvfy (dicom3tools), dsrdump (dcmtk), pydicom."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import subprocess
import time
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from robot_library.delivery.parcel import DicomFile
from robot_library.errors import NotDelivered
from robot_library.imaging.objects.seg import outline
from robot_library.model.delivery import DicomObject
from robot_library.model.person import PatientId
from robot_library.model.release import Signed
from tests.conftest import lacking
from tests.delivery.conftest import AT, NEOPLASM, ROOT, Brain, two_segments


def made(brain: Brain, **more: object) -> dict[str, DicomFile]:
    version = brain.version(**more)  # type: ignore[arg-type]
    earlier = [(brain.version(step=2), {})]
    return {one.name: one for one in brain.parcel(version, earlier=earlier).dicom(get_args(DicomObject))}


def note(brain: Brain) -> DicomFile:
    """What rejects the objects of a report that was entered in error."""
    back = brain.version("entered_in_error", id="c" * 24, number=2, relation="retraction", step=1)
    (note,) = brain.parcel(back, earlier=[(brain.version(step=2), {}), (brain.version(), {})]).dicom(("sr", "picture"))
    return note


@pytest.fixture(scope="module")
def objects(brain: Brain) -> dict[str, DicomFile]:
    return {**made(brain), "rejection": note(brain)}


def said_by(tool: str, file: DicomFile, folder: Path, options: Sequence[str] = ()) -> str:
    if shutil.which(tool) is None:
        lacking(f"{tool} is not installed (Debian: dicom3tools, dcmtk)")
    path = folder / "object.dcm"
    path.write_bytes(file.data)
    done = subprocess.run([tool, *options, str(path)], capture_output=True, check=False, timeout=120)
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def opened(file: DicomFile) -> Dataset:
    return dcmread(BytesIO(file.data))


def tracked(file: DicomFile) -> set[bool]:
    """Of each UID that groups of measurements are tracked by, whether one of its groups has coordinates."""
    tree = opened(file).ContentSequence
    (measurements,) = [one for one in tree if one.ConceptNameCodeSequence[0].CodeValue == "126010"]
    found: dict[str, bool] = {}
    for group in measurements.ContentSequence:
        ident = next(one.UID for one in group.ContentSequence if one.ValueType == "UIDREF")  # as OHIF takes it
        drawn = any(one.ValueType == "SCOORD" for one in group.ContentSequence)
        found[ident] = found.get(ident, False) or drawn
    return set(found.values())


@pytest.mark.parametrize("name", ["sr", "narrative", "seg-tumour", "picture-tumour", "rejection"])
def test_an_independent_validator_finds_no_error(objects: dict[str, DicomFile], name: str, tmp_path: Path) -> None:
    said = said_by("dciodvfy", objects[name], tmp_path, ["-new"])
    assert "Error" not in said, said
    kinds = {
        "sr": "ComprehensiveSR",
        "narrative": "EnhancedSR",
        "seg-tumour": "Segmentation",
        "picture-tumour": "SCImage",
    }
    assert {**kinds, "rejection": "KeyObjectSelection"}[name] in said
    one = opened(objects[name])
    assert (one.PatientID, str(one.PatientName), one.StudyInstanceUID) == ("00042", "Muñoz^José", ROOT)


def test_the_structured_report_says_what_was_found_measured_and_by_whom(
    brain: Brain, objects: dict[str, DicomFile], tmp_path: Path
) -> None:
    said = said_by("dsrdump", objects["sr"], tmp_path)
    for line in (
        'CODE:(,,"Finding")=(108369006,SCT,"Neoplasm")', 'NUM:(,,"volume")="30.125" (mL,UCUM,"mL")',
        'CODE:(,,"Presence")=(52101004,SCT,"Present")', "Verification Flag   : VERIFIED", "Blanco^Ana",
        "Predecessor Docs    : 1", "Preliminary Flag    : FINAL",
    ):  # fmt: skip
        assert line in said, said
    assert "SCOORD" in said, "where it is, for viewers that draw no segmentation"
    assert tracked(objects["sr"]) == {True}, "OHIF loads no report of which a lesion has no coordinates"
    sr, seg = opened(objects["sr"]), opened(objects["seg-tumour"])
    assert (sr.ContentTemplateSequence[0].TemplateIdentifier, sr.ConceptNameCodeSequence[0].CodeValue) \
        == ("1500", "126000")  # fmt: skip
    (study,) = sr.CurrentRequestedProcedureEvidenceSequence
    studies = [study, *sr.get("PertinentOtherEvidenceSequence", [])]
    rows = [series for one in studies for series in one.ReferencedSeriesSequence]
    evidence = {item.ReferencedSOPInstanceUID for series in rows for item in series.ReferencedSOPSequence}
    assert evidence == {*brain.uids, seg.SOPInstanceUID}
    preliminary = said_by("dsrdump", made(brain, status="reviewed", step=2)["sr"], tmp_path)
    assert "UNVERIFIED" in preliminary
    assert "PRELIMINARY" in preliminary


def test_of_what_a_person_found_absent_the_structured_report_has_no_number(brain: Brain, tmp_path: Path) -> None:
    absent = brain.content.findings[0].model_copy(update={"decision": "negative"})
    found = made(brain, content=brain.content.model_copy(update={"findings": (absent,)}))
    said = said_by("dsrdump", found["sr"], tmp_path)
    assert 'CODE:(,,"Presence")=(2667000,SCT,"Absent")' in said
    assert "NUM:" not in said


def test_the_structured_report_tells_segments_apart(brain: Brain, tmp_path: Path) -> None:
    said = said_by("dsrdump", made(brain, content=two_segments(brain))["sr"], tmp_path)
    assert 'NUM:(,,"volume")="30.125" (mL,UCUM,"mL")' in said
    assert 'NUM:(,,"core volume")="5.5" (mL,UCUM,"mL")' in said


def test_the_narrative_says_every_section_word_for_word(
    brain: Brain, objects: dict[str, DicomFile], tmp_path: Path
) -> None:
    one = opened(objects["narrative"])
    said = {
        heading.ConceptNameCodeSequence[0].CodeMeaning: heading.ContentSequence[0].TextValue
        for heading in one.ContentSequence if heading.ValueType == "CONTAINER"
    }  # fmt: skip
    assert next(iter(said)) == "Status"
    assert [text.replace("\r\n", "\n") for text in list(said.values())[1:]] == [
        section.text for section in brain.content.sections
    ]
    preliminary = made(brain, status="reviewed")["narrative"]
    assert (opened(preliminary).PreliminaryFlag, opened(preliminary).VerificationFlag) == ("PRELIMINARY", "UNVERIFIED")
    assert "preliminary" in said_by("dsrdump", preliminary, tmp_path).lower()
    assert "PredecessorDocumentsSequence" in one
    earlier = [(brain.version(step=2), {"objects": {"2.25.1": "a structured report, and no narrative"}})]
    (first,) = brain.parcel(brain.version(), earlier=earlier).dicom(["narrative"])
    assert "PredecessorDocumentsSequence" not in opened(first), "the receiver has nothing that it could follow"


def test_a_narrative_that_was_sent_is_rejected_with_the_rest(brain: Brain) -> None:
    """What a report entered in error said goes on in no object."""
    back = brain.version("entered_in_error", id="c" * 24, number=2, relation="retraction", step=1)
    sent = made(brain)
    (note,) = brain.parcel(back, earlier=[(brain.version(), {})]).dicom(get_args(DicomObject))
    evidence = opened(note).CurrentRequestedProcedureEvidenceSequence
    named = {
        one.ReferencedSOPInstanceUID
        for study in evidence for series in study.ReferencedSeriesSequence for one in series.ReferencedSOPSequence
    }  # fmt: skip
    assert {file.instance for file in sent.values()} == named
    assert b"Suspected tumour" not in note.data


def test_the_segmentation_lies_on_the_grid_of_its_series(brain: Brain, objects: dict[str, DicomFile]) -> None:
    import highdicom

    seg = highdicom.seg.segread(BytesIO(objects["seg-tumour"].data))
    back = seg.get_pixels_by_source_instance(
        [*brain.uids], ignore_spatial_locations=False, assert_missing_frames_are_empty=True
    )
    assert np.array_equal(back[..., 0].astype(bool), np.transpose(brain.mask, (2, 1, 0)))
    volume = seg.get_volume()
    ml = float(np.prod(volume.spacing)) * float((volume.array > 0).sum()) / 1000
    assert ml == pytest.approx(30, rel=0.2)
    (segment,) = seg.SegmentSequence
    assert segment.SegmentAlgorithmType == "AUTOMATIC"
    assert segment.SegmentedPropertyTypeCodeSequence[0].CodeValue == "108369006"


def test_the_outline_runs_around_the_largest_slice(brain: Brain) -> None:
    uid, points = outline(brain.mask, brain.uids)
    k = brain.uids.index(uid)
    plane = brain.mask[:, :, k]
    assert plane.sum() == max(brain.mask[:, :, each].sum() for each in range(16))
    assert np.array_equal(points[0], points[-1])
    columns, rows = (points - 0.5).astype(int).T
    assert plane[columns, rows].all(), "columns first, then rows"
    inside = np.argwhere(plane)
    assert (columns.min(), columns.max()) == (inside[:, 0].min(), inside[:, 0].max())
    assert (rows.min(), rows.max()) == (inside[:, 1].min(), inside[:, 1].max())


def test_the_picture_says_that_it_is_one(brain: Brain, objects: dict[str, DicomFile]) -> None:
    one = opened(objects["picture-tumour"])
    assert list(one.ImageType[:2]) == ["DERIVED", "SECONDARY"]
    assert one.BurnedInAnnotation == "YES"
    assert one.SourceImageSequence[0].ReferencedSOPInstanceUID == brain.uids[8]
    assert one.pixel_array.shape == (300, 200, 3)
    assert tuple(one.pixel_array[0, 0]) == (255, 128, 0)


def test_what_is_made_again_is_the_same_object_and_another_step_another(
    brain: Brain, objects: dict[str, DicomFile]
) -> None:
    again = {**made(brain), "rejection": note(brain)}
    assert {name: one.data for name, one in again.items()} == {name: one.data for name, one in objects.items()}
    later = made(brain, step=5)
    assert not {one.instance for one in later.values()} & {one.instance for one in objects.values()}
    assert {one.series for one in later.values()} == {objects[name].series for name in later}


def test_words_that_dicom_takes_amiss_stay_words(brain: Brain, tmp_path: Path) -> None:
    order = brain.content.order.model_copy(update={"procedure": "MR\\brain\nwith ^ and = " * 9})
    odd = brain.content.model_copy(update={"title": "a\\b" * 40, "order": order, "code": NEOPLASM})
    signed = Signed(who="Dr. A^B=C\\D, Ä", role="reviewer", at=AT)
    for name, one in made(brain, content=odd, reviewed=signed, released=signed).items():
        assert "Error" not in said_by("dciodvfy", one, tmp_path, ["-new"]), name
        assert "\\" not in str(opened(one).SeriesDescription)


def test_images_of_another_patient_or_changed_ones_go_nowhere(brain: Brain) -> None:
    subject = brain.content.subject.model_copy(update={"id": PatientId(value="00043", issuer="DEMO")})
    images = tuple(image.model_copy(update={"sha256": "0" * 64}) for image in brain.content.images)
    gone = tuple(image.model_copy(update={"blob": "0" * 64}) for image in brain.content.images)
    for code, change in (("PatientDiffers", {"subject": subject}), ("ImagesGone", {"images": images}),
                         ("ImagesGone", {"images": gone})):  # fmt: skip
        with pytest.raises(NotDelivered) as refused:
            made(brain, content=brain.content.model_copy(update=change))
        assert (refused.value.reason, refused.value.again) == (code, False)
        assert "00043" not in str(refused.value)
    with pytest.raises(NotDelivered, match="not withdrawn by itself"):
        brain.parcel(brain.version("taken_back")).dicom(("sr",))


def test_images_without_what_may_be_empty_are_reported_all_the_same(brain: Brain, tmp_path: Path) -> None:
    """Many an archive leaves out what the standard lets be empty."""
    left_out = ("PatientSex", "PatientBirthDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName")
    bare = []
    for image in brain.content.images:
        dataset = dcmread(BytesIO(brain.blobs.get(image.blob)))
        for name in left_out:
            del dataset[name]
        stream = BytesIO()
        dataset.save_as(stream)
        data = stream.getvalue()
        changed = {"blob": brain.blobs.put(data), "sha256": hashlib.sha256(data).hexdigest()}
        bare.append(image.model_copy(update=changed))
    content = brain.content.model_copy(update={"images": tuple(bare)})
    objects = made(dataclasses.replace(brain, content=content))
    assert set(objects) == {"sr", "narrative", "seg-tumour", "picture-tumour"}
    for file in objects.values():
        assert all(opened(file)[name].is_empty for name in left_out)
        assert "Error" not in (said := said_by("dciodvfy", file, tmp_path, ["-new"])), said


@pytest.mark.parametrize(
    ("said", "machine", "zone", "day", "clock"),
    [("-0500", "UTC", "-0500", "20260302", "040000"), ("+1000", "UTC", "+1000", "20260302", "190000"),
     ("", "Europe/Madrid", "+0100", "20260302", "100000"), ("", "UTC", "+0000", "20260302", "090000"),
     ("odd", "America/New_York", "-0500", "20260302", "040000")],
)  # fmt: skip
def test_the_study_keeps_its_hour(
    brain: Brain, monkeypatch: pytest.MonkeyPatch, said: str, machine: str, zone: str, day: str, clock: str
) -> None:
    """One object has one time zone: the study's date and time, taken from the images, would be said to be UTC."""
    monkeypatch.setenv("TZ", machine)
    time.tzset()
    images = []
    try:
        for image in brain.content.images:
            dataset = dcmread(BytesIO(brain.blobs.get(image.blob)))
            dataset.add_new("TimezoneOffsetFromUTC", "SH", said)
            dataset.StudyTime = "113000"
            stream = BytesIO()
            dataset.save_as(stream)
            data = stream.getvalue()
            changed = {"blob": brain.blobs.put(data), "sha256": hashlib.sha256(data).hexdigest()}
            images.append(image.model_copy(update=changed))
        content = brain.content.model_copy(update={"images": tuple(images)})
        for file in made(dataclasses.replace(brain, content=content)).values():
            one = opened(file)
            assert (one.TimezoneOffsetFromUTC, one.StudyDate, one.StudyTime) == (zone, "20260302", "113000")
            assert (one.SeriesDate, one.SeriesTime[:6]) == (day, clock)
    finally:
        monkeypatch.undo()
        time.tzset()
