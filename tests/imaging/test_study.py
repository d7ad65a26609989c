"""Assembling a study: one person, one study, what is missing is said."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from highdicom.ko import KeyObjectSelection, KeyObjectSelectionDocument
from highdicom.sr import CodedConcept
from pydicom.dataset import Dataset
from pydicom.uid import (
    BasicTextSRStorage,
    DigitalXRayImageStorageForPresentation,
    KeyObjectSelectionDocumentStorage,
)

from robot_library.errors import PatientMismatch, StudyIncomplete, StudyNotFound
from robot_library.imaging.received import Received
from robot_library.imaging.study import assemble, require_complete
from robot_library.model.study import Study
from tests.imaging.dicoms import STUDY, MemoryBlobs, dataset, film, gradient, written


def put_together(blobs: MemoryBlobs, *objects: bytes, **options: Any) -> Study:
    received = [Received(f"object {number}", blobs.put(data)) for number, data in enumerate(objects, start=1)]
    return assemble(received, blobs, "file", **options)


def uid_of(number: int) -> str:
    return f"{STUDY}.1.{number}"


def one(number: int, **attributes: Any) -> bytes:
    return film(gradient(), SOPInstanceUID=uid_of(number), InstanceNumber=number, **attributes)


def test_images_come_in_order_with_what_they_share(blobs: MemoryBlobs) -> None:
    study = put_together(blobs, one(2, AccessionNumber="A1"), one(1, AccessionNumber="A1"), expected=2)
    assert [image.instance_number for image in study.images] == [1, 2]
    assert (study.study_uid, study.accession) == (STUDY, "A1")
    assert study.identity.ids[0].value == "00123456"
    require_complete(study)


def test_a_damaged_object_is_refused_and_the_rest_goes_on(blobs: MemoryBlobs) -> None:
    study = put_together(blobs, one(1), one(2)[:-40], b"nonsense", one(3, PatientName=None), expected=4)
    assert len(study.images) == 2
    assert [name for name, _ in study.refused] == [f"{STUDY}.1.2", "object 3"]
    assert [reason.split(":")[0] for _, reason in study.refused] == ["truncated", "not_dicom"]
    assert all("image refused" not in reason for _, reason in study.refused), "the reason is said once"
    require_complete(study)


def test_reports_are_listed_and_colour_has_its_place(blobs: MemoryBlobs) -> None:
    report = dataset(None, SOPClassUID=BasicTextSRStorage, SOPInstanceUID=f"{STUDY}.9", Modality="SR")
    colour = one(2, PhotometricInterpretation="RGB", SamplesPerPixel=3)
    study = put_together(blobs, one(1), written(report), colour)
    assert study.others == ((f"{STUDY}.9", "Basic Text SR Storage"),)
    assert len(study.images) == 2
    assert study.refused == ()


def rejection_of(title: str, number: int) -> bytes:
    """A rejection note of film `number`, as an archive that knows no IOCM keeps it beside that."""
    title_item, film, series, study = Dataset(), Dataset(), Dataset(), Dataset()
    title_item.CodeValue, title_item.CodingSchemeDesignator, title_item.CodeMeaning = title, "DCM", "a title"
    film.ReferencedSOPClassUID, film.ReferencedSOPInstanceUID = DigitalXRayImageStorageForPresentation, uid_of(number)
    series.SeriesInstanceUID, series.ReferencedSOPSequence = STUDY + ".1", [film]
    study.StudyInstanceUID, study.ReferencedSeriesSequence = STUDY, [series]
    return written(
        dataset(
            None, SOPClassUID=KeyObjectSelectionDocumentStorage, SOPInstanceUID=f"{STUDY}.9", Modality="KO",
            ConceptNameCodeSequence=[title_item], CurrentRequestedProcedureEvidenceSequence=[study],
        )
    )  # fmt: skip


@pytest.mark.parametrize("note_first", [True, False])
@pytest.mark.parametrize("title", ["113001", "113037", "113039"])
def test_a_film_that_its_department_has_rejected_is_offered_to_nobody(
    blobs: MemoryBlobs, title: str, note_first: bool
) -> None:
    objects = [rejection_of(title, 1), one(1), one(2)]
    study = put_together(blobs, *(objects if note_first else objects[::-1]), expected=3)
    assert [image.instance_number for image in study.images] == [2]
    assert study.refused == ()
    assert dict(study.others)[uid_of(1)].startswith("rejected image (")
    require_complete(study)


def test_a_film_that_was_taken_for_another_order_stops_the_study_and_other_notes_reject_nothing(
    blobs: MemoryBlobs,
) -> None:
    study = put_together(blobs, one(1), one(2), rejection_of("113038", 1))
    assert [image.instance_number for image in study.images] == [2]
    assert [name for name, _ in study.refused] == [uid_of(1)]
    assert len(put_together(blobs, one(1), rejection_of("113000", 1)).images) == 1  # Of Interest


def test_our_own_rejection_note_is_understood(blobs: MemoryBlobs) -> None:
    known = dataset(
        gradient(), SOPInstanceUID=uid_of(1), StudyID="1", AccessionNumber="A1", StudyDate="20250103", StudyTime="",
        SeriesNumber=1, InstanceNumber=1, PatientSex="O",
    )  # fmt: skip
    title = CodedConcept("113037", "DCM", "Rejected for Patient Safety Reasons")
    note = KeyObjectSelectionDocument(
        evidence=[known], content=KeyObjectSelection(document_title=title, referenced_objects=[known]),
        series_instance_uid=f"{STUDY}.8", series_number=9, sop_instance_uid=f"{STUDY}.9", instance_number=1,
        manufacturer="wetread",
    )  # fmt: skip
    stream = BytesIO()
    note.save_as(stream, enforce_file_format=True)
    study = put_together(blobs, written(known), stream.getvalue())
    assert (study.images, study.refused) == ((), ())


def test_the_same_object_twice_counts_once_and_two_versions_count_as_none(blobs: MemoryBlobs) -> None:
    study = put_together(blobs, one(1), one(1), expected=1)
    assert len(study.images) == 1
    require_complete(study)
    study = put_together(blobs, one(1), one(1, ViewPosition="LL"), one(1), one(2))
    assert [image.instance_number for image in study.images] == [2]
    assert [name for name, _ in study.refused] == [f"{STUDY}.1.1"]


@pytest.mark.parametrize(
    "other",
    [
        {"PatientID": "00123457"},
        {"PatientName": "Müller^Anne"},
        {"PatientBirthDate": "20200103"},
        {"PatientID": None, "PatientName": None},
        {"PatientName": "Anna^Müller"},
    ],
)
def test_objects_of_two_persons_stop_the_study(blobs: MemoryBlobs, other: dict[str, Any]) -> None:
    with pytest.raises(PatientMismatch) as caught:
        put_together(blobs, one(1), one(2, **other))
    assert "Müller" not in str(caught.value)


def test_issuers_that_differ_stop_the_study(blobs: MemoryBlobs) -> None:
    with pytest.raises(PatientMismatch):
        put_together(blobs, one(1, IssuerOfPatientID="A"), one(2, IssuerOfPatientID="B"))


@pytest.mark.parametrize("by", [("IssuerOfPatientID", "A", "B"), ("PatientBirthDate", "20200102", "20200103")])
def test_objects_that_contradict_each_other_stop_the_study_whatever_the_fullest_says(
    blobs: MemoryBlobs, by: tuple[str, str, str]
) -> None:
    """The first object names neither issuer nor birth date; the others agree with it, and not with each other."""
    name, this, that = by
    first = one(1, PatientBirthDate=None)
    second, third = one(2, PatientName=None, **{name: this}), one(3, PatientName=None, **{name: that})
    assert put_together(blobs, first, second).identity.birth_date is not None
    with pytest.raises(PatientMismatch):
        put_together(blobs, first, second, third)


def test_spelling_by_case_and_missing_fields_are_no_conflict(blobs: MemoryBlobs) -> None:
    study = put_together(blobs, one(1, PatientBirthDate=None), one(2, PatientName="MÜLLER^ANNA"))
    assert study.identity.birth_date is not None


def test_a_truncated_film_still_says_whose_it_is(blobs: MemoryBlobs) -> None:
    with pytest.raises(PatientMismatch):
        put_together(blobs, one(1), one(2, PatientID="999")[:-40])


def test_two_studies_are_not_one(blobs: MemoryBlobs) -> None:
    objects = one(1), one(2, StudyInstanceUID=STUDY + ".7")
    with pytest.raises(StudyNotFound):
        put_together(blobs, *objects)
    assert len(put_together(blobs, *objects, study_uid=STUDY).images) == 1
    with pytest.raises(StudyNotFound):
        put_together(blobs, *objects, study_uid="1.2.3")


def test_accessions_that_differ_tie_to_nothing(blobs: MemoryBlobs) -> None:
    assert put_together(blobs, one(1, AccessionNumber="A"), one(2, AccessionNumber="B")).accession == ""


@pytest.mark.parametrize("expected", [1, 3, None])
def test_a_study_half_received_or_grown_is_not_complete(blobs: MemoryBlobs, expected: int | None) -> None:
    study = put_together(blobs, one(1), one(2), expected=expected)
    with pytest.raises(StudyIncomplete):
        require_complete(study)
    require_complete(study, 2)


def test_nothing_readable_is_a_study_without_a_person(blobs: MemoryBlobs) -> None:
    study = put_together(blobs, b"nonsense", study_uid=STUDY)
    assert study.identity.ids == ()
    assert study.images == ()
    with pytest.raises(StudyNotFound):
        put_together(blobs)
