"""Attributes by which people are known though the table does not name them, or an option keeps too much of them; and
outputs that stay valid objects."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from robot_library.imaging.deidentify.objects import Deidentifier
from robot_library.imaging.deidentify.profile import profile_of
from robot_library.imaging.deidentify.words import harmless
from tests.deidentify.test_objects import KEY, done, film
from tests.deidentify.test_pixels_in_doubt import CORPUS
from tests.imaging.dicoms import written


def code(value: str, meaning: str, scheme: str = "DCM") -> Dataset:
    made = Dataset()
    made.CodeValue, made.CodingSchemeDesignator, made.CodeMeaning = value, scheme, meaning
    return made


def content(kind: str, concept: Dataset, **attributes: Any) -> Dataset:
    item = Dataset()
    item.ValueType, item.RelationshipType, item.ConceptNameCodeSequence = kind, "CONTAINS", Sequence([concept])
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item


def measured(value: str, unit: Dataset) -> Sequence:
    item = Dataset()
    item.NumericValue, item.MeasurementUnitsCodeSequence = value, Sequence([unit])
    return Sequence([item])


def test_what_says_who_it_is_beyond_the_table_goes() -> None:
    encrypted = Dataset()
    encrypted.EncryptedContent = b"the original's attributes."
    made = film(
        PatientBirthDateInAlternativeCalendar="1369/12/26", PlacerOrderNumberProcedure="ORD-778812",
        EncryptedAttributesSequence=Sequence([encrypted]), ContentDescription="for Mrs Schneider",
    )  # fmt: skip
    made.add_new(0x00180060, "OB", b"BETZ^EDITH")
    out, proof = done(made)
    assert not {"PatientBirthDateInAlternativeCalendar", "PlacerOrderNumberProcedure", "KVP"} & set(out.dir())
    assert "EncryptedAttributesSequence" not in out
    assert out.ContentDescription == "REMOVED"
    assert {"(0010,0033)", "(0400,0500)"} <= {line.tag for line in proof.lines}
    assert done(film(ContentDescription="lung segmentation"))[0].ContentDescription == "lung segmentation"


@pytest.mark.parametrize("keyword", ["ContextGroupVersion", "DateOfManufacture", "DateOfLastCalibration"])
def test_a_day_that_everybody_can_look_up_does_not_say_how_far_the_others_were_moved(keyword: str) -> None:
    made = film(DateOfManufacture="20190301", DateOfLastCalibration="20240201")
    region = code("T-D3000", "Chest", "SRT")
    region.ContextGroupVersion = "20020904"
    made.AnatomicRegionSequence = Sequence([region])
    days = []
    for number in (b"k", b"z"):
        out, _ = done(made, "basic", "shift-dates", key=type(KEY)(number * 32))
        held = out.AnatomicRegionSequence[0] if keyword == "ContextGroupVersion" else out
        days.append(str(held.get(keyword, "")))
    assert days[0] == days[1]
    assert days[0][:4] in ("", "2000")


@pytest.mark.parametrize(
    ("written_as", "kept"),
    [
        ("089Y", "089Y"),
        ("090Y", "090Y"),
        ("094y", "090Y"),
        ("94Y", "090Y"),
        (" 94Y", "090Y"),
        ("094", None),
        ("011M", "011M"),
    ],
)
@pytest.mark.filterwarnings("ignore:Invalid value for VR AS")
def test_an_age_above_89_stays_hidden_however_it_is_written(written_as: str, kept: str | None) -> None:
    made = film()
    made.add_new(0x00101010, "AS", written_as)
    assert done(made, "basic", "retain-patient")[0].get("PatientAge") == kept


@pytest.mark.parametrize(
    "said",
    [
        "CT chest 12/03/50", "CT chest 12.03.50", "chest 12-03-50", "brain 3 may 50", "MR brain 069 123 45 67",
        "knee 417 832", "417",
    ],
)  # fmt: skip
def test_days_telephone_and_patient_numbers_are_not_harmless(said: str) -> None:
    assert not harmless(said)


@pytest.mark.parametrize(
    "said", ["CT chest without contrast 5mm", "T1 axial 3 mm", "chest 1.25 mm", "L4/5", "Chest 2 views"]
)
def test_sizes_and_levels_are(said: str) -> None:
    assert harmless(said)


def test_of_structured_content_the_subject_goes() -> None:
    made = film(None, PatientBirthDate="")
    items = [
        content("TEXT", code("121030", "Subject ID"), TextValue="AB 417"),
        content("DATE", code("121031", "Subject Birth Date"), Date="19300317"),
        content("CODE", code("121032", "Subject Sex"), ConceptCodeSequence=Sequence([code("F", "Female")])),
        content("NUM", code("121033", "Subject Age"), MeasuredValueSequence=measured("94", code("a", "year", "UCUM"))),
        content("TEXT", code("121071", "Finding"), TextValue="no pleural effusion"),
    ]
    made.ContentSequence = Sequence(items)
    out, _ = done(made, "basic", "clean-structured", "retain-dates")
    assert [item.ConceptNameCodeSequence[0].CodeMeaning for item in out.ContentSequence] == ["Finding"]
    out, _ = done(made, "basic", "clean-structured", "retain-dates", "retain-patient")
    ages = [
        item.MeasuredValueSequence[0].NumericValue for item in out.ContentSequence if "MeasuredValueSequence" in item
    ]
    assert ages == [90]


def test_a_reference_by_an_items_place_does_not_point_to_another() -> None:
    made = film(None)
    pointer = Dataset()
    pointer.RelationshipType, pointer.ReferencedContentItemIdentifier = "INFERRED FROM", [1, 2]
    made.ContentSequence = Sequence([
        content("TEXT", code("121030", "Subject ID"), TextValue="x"),
        content("TEXT", code("121071", "Finding"), TextValue="no effusion", ContentSequence=Sequence([pointer])),
    ])  # fmt: skip
    out, _ = done(made, "basic", "clean-structured")
    assert not [item for item in out.ContentSequence if "ContentSequence" in item]


def test_names_of_two_letters_and_names_that_stand_in_no_words() -> None:
    made = film(PatientName="LI^NA", ManufacturerModelName="room of LI NA")
    assert done(made)[0].ManufacturerModelName == ""
    made = film(PatientName="Wang^XiaoDong=王^小東", ManufacturerModelName="王小東的房間")
    made.SpecificCharacterSet = "ISO_IR 192"
    assert done(made)[0].ManufacturerModelName == ""
    made = film(PatientName="BETZ^EDITH^^MR", ManufacturerModelName="MR 750")
    assert done(made)[0].ManufacturerModelName == "MR 750", "a title is no name"


def test_a_windows_width_is_not_taken_for_a_number_of_the_study() -> None:
    out, _ = done(film(StudyID="1500", WindowCenter="40", WindowWidth="1500"))
    assert out.WindowWidth == 1500
    assert done(film(PatientID="00417832", InstanceNumber="00417832"))[0].InstanceNumber is None


def test_a_stand_in_is_not_taken_for_an_echo() -> None:
    """Whoever is called Anon, or what was de-identified before, keeps a number: else all of them become one patient."""
    out, _ = done(film(PatientName="ANON-589D19A921", PatientID="ANON-589D19A921"))
    assert str(out.PatientName) == out.PatientID == KEY.patient("|ANON-589D19A921")


def test_one_study_stays_one_patients_though_not_every_object_names_the_issuer() -> None:
    work = Deidentifier(profile_of("basic", ("shift-dates",)), KEY)
    first, second = (dcmread(BytesIO(work.object(written(made))[0])) for made in (film(IssuerOfPatientID="A"), film()))
    assert (first.PatientID, first.StudyDate) == (second.PatientID, second.StudyDate)


def test_a_private_value_of_no_kind_is_a_number_or_goes() -> None:
    for value, stays in ((b"MEYER^ED", False), (b"12.5", True)):
        made = film()
        made.private_block(0x01E1, "ELSCINT1", create=True).add_new(0x50, "UN", value)
        out, _ = done(made, "basic", "retain-private")
        assert ((0x01E1, 0x1050) in out) is stays


@pytest.mark.parametrize("name", ["rtplan.dcm", "reportsi.dcm", "waveform_ecg.dcm"])
def test_what_must_be_there_is(name: str) -> None:
    """A plan's label (type 1), a report's content (1C), two numbers where two are the least."""
    out, _ = done(dcmread(CORPUS / name), "research")
    if name == "rtplan.dcm":
        assert out.RTPlanLabel == "REMOVED"
    elif name == "reportsi.dcm":
        assert len(out.ContentSequence) > 0
    else:
        assert all(len(item.ReferencedWaveformChannels) > 1 for item in out.WaveformAnnotationSequence)
