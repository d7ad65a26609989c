"""What stays, what is the same everywhere, what is written about it, and what is refused."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from robot_library.imaging.deidentify.objects import Deidentifier
from robot_library.imaging.deidentify.profile import Profile, profile_of
from robot_library.imaging.deidentify.proof import NotDeidentified, Proof
from robot_library.imaging.deidentify.pseudonyms import Pseudonyms
from tests.deidentify.sentinels import content
from tests.imaging.dicoms import dataset, written

KEY = Pseudonyms(b"k" * 32)
PIXELS = np.arange(64 * 48, dtype=np.uint16).reshape(64, 48) % 4096


def film(pixels: Any = PIXELS, **attributes: Any) -> FileDataset:
    person: dict[str, Any] = {"PatientName": "BETZ^EDITH", "PatientID": "00417832", "PatientBirthDate": "19500317"}
    return dataset(pixels, **{**person, "StudyDate": "20240301", "SeriesDate": "20240302", **attributes})


def done(
    made: FileDataset, profile: str = "basic", *options: str, key: Pseudonyms = KEY, trusted: bool = False
) -> tuple[FileDataset, Proof]:
    work = Deidentifier(profile_of(profile, options), key, trusted=trusted)
    data, proof = work.object(written(made))
    return dcmread(BytesIO(data)), proof


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_pixels_and_syntax_stay_and_the_object_says_what_it_is(syntax: str) -> None:
    made = film(syntax=syntax)
    out, proof = done(made)
    assert np.array_equal(out.pixel_array, made.pixel_array)
    assert out.file_meta.TransferSyntaxUID == syntax
    assert out.PatientIdentityRemoved == "YES"
    assert [code.CodeValue for code in out.DeidentificationMethodCodeSequence] == ["113100"]
    assert out.LongitudinalTemporalInformationModified == "REMOVED"
    assert out.SOPInstanceUID == out.file_meta.MediaStorageSOPInstanceUID != made.SOPInstanceUID
    assert str(out.PatientName) == out.PatientID == KEY.patient("|00417832")
    assert out.PatientBirthDate == ""
    assert out.StudyDate == ""
    assert proof.pixels == "looked at: no text found"


def test_one_original_has_one_stand_in_in_every_object_and_run_with_the_key() -> None:
    first, _ = done(film())
    second, _ = done(film(SeriesInstanceUID="1.2.3.4"))
    other, _ = done(film(), key=Pseudonyms(b"z" * 32))
    assert first.StudyInstanceUID == second.StudyInstanceUID != other.StudyInstanceUID
    assert first.PatientID == second.PatientID != other.PatientID
    made = film()
    reference = FileDataset("", {})
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = made.SOPClassUID, made.SOPInstanceUID
    made.ReferencedImageSequence = Sequence([reference])
    out, _ = done(made)
    assert out.ReferencedImageSequence[0].ReferencedSOPInstanceUID == out.SOPInstanceUID
    assert out.ReferencedImageSequence[0].ReferencedSOPClassUID == made.SOPClassUID


def test_shifted_dates_keep_their_distance() -> None:
    out, _ = done(film(AcquisitionDateTime="20240301101112.5+0100", AcquisitionTime="101112"), "basic", "shift-dates")
    days = KEY.days("|00417832")
    assert (out.StudyDate, out.SeriesDate) != ("20240301", "20240302")
    assert int(out.SeriesDate[-2:]) - int(out.StudyDate[-2:]) in (1, 1 - 28, 1 - 29, 1 - 30, 1 - 31)
    assert out.AcquisitionDateTime[8:] == "101112.5+0100"
    assert out.AcquisitionTime == "101112"
    assert out.PatientBirthDate == ""
    assert days < -29
    assert out.LongitudinalTemporalInformationModified == "MODIFIED"


def test_options_keep_what_they_say_and_no_more() -> None:
    made = film(
        PatientAge="094Y", PatientWeight="70", DeviceSerialNumber="SN-4711", InstitutionName="St. Elsewhere Clinic",
        StudyDescription="CT chest without contrast 5mm", SeriesDescription="axial lung Meyerhofer",
        ProtocolName="knee left",
    )  # fmt: skip
    plain, _ = done(made)
    assert not [k for k in ("PatientAge", "PatientWeight", "StudyDescription", "SeriesDescription") if k in plain]
    out, _ = done(made, "basic", "retain-patient", "retain-device", "retain-institution", "clean-descriptors")
    assert (out.PatientAge, out.PatientWeight) == ("090Y", 70)
    assert (out.DeviceSerialNumber, out.InstitutionName) == ("SN-4711", "St. Elsewhere Clinic")
    assert out.StudyDescription == "CT chest without contrast 5mm"
    assert out.ProtocolName == "knee left"
    assert "SeriesDescription" not in out, "a text goes whole: one word of it is in no code set"
    assert {code.CodeValue for code in out.DeidentificationMethodCodeSequence} == {
        "113100", "113105", "113108", "113109", "113112",
    }  # fmt: skip


def test_a_name_that_echoes_where_no_rule_looks_is_emptied() -> None:
    out, proof = done(film(ManufacturerModelName="Room of Edith Betz", SequenceName="x00417832y", ImageType="ORIGINAL"))
    assert out.ManufacturerModelName == ""
    assert out.SequenceName == ""
    assert {line.tag for line in proof.lines if line.rule == "echo"} == {"(0008,1090)", "(0018,0024)"}


def test_safe_private_numbers_stay_where_asked() -> None:
    made = film()
    block = made.private_block(0x0019, "GEMS_ACQU_01", create=True)
    block.add_new(0x23, "DS", "12.5")
    block.add_new(0x24, "LO", "a name")
    made.private_block(0x0009, "OURS", create=True).add_new(0x01, "LO", "text")
    plain, _ = done(made)
    assert not [element for element in plain if element.tag.is_private]
    out, _ = done(made, "basic", "retain-private")
    assert {str(e.tag) for e in out if e.tag.is_private} == {"(0019,0010)", "(0019,1023)"}


def test_structured_content_goes_whole_or_is_cleaned() -> None:
    from tests.deidentify.sentinels import Marks

    made = film(None)
    made.ContentSequence = content(Marks())
    made.ContentSequence[0].TextValue = "no pleural effusion"
    plain, _ = done(made)
    assert [item.TextValue for item in plain.ContentSequence] == ["REMOVED"]
    out, _ = done(made, "basic", "clean-structured")
    assert out.ContentSequence[0].TextValue == "no pleural effusion"
    assert str(out.ContentSequence[1].PersonName) == "REMOVED"
    assert len(out.ContentSequence[5].ContentSequence) == 6


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"BurnedInAnnotation": "YES"}, "burnt_in_text"),
        ({"BitsAllocated": 24}, "pixels_unseen"),
        ({"SOPInstanceUID": ""}, "unreadable"),
    ],
)
def test_in_doubt_nothing_is_written(attributes: dict[str, Any], reason: str) -> None:
    made = film()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    with pytest.raises(NotDeidentified) as refused:
        done(made)
    assert refused.value.reason == reason
    assert "BETZ" not in str(refused.value)


def test_documents_and_recordings_are_refused() -> None:
    for sop_class, reason in (
        ("1.2.840.10008.5.1.4.1.1.104.1", "document"), ("1.2.840.10008.5.1.4.1.1.9.4.1", "audio"),
        ("1.2.840.10008.1.3.10", "media"),
    ):  # fmt: skip
        for meta in (sop_class, "1.2.840.10008.5.1.4.1.1.2"):  # whichever of the two says it
            made = film(None, SOPClassUID=sop_class)
            made.file_meta.MediaStorageSOPClassUID = meta
            stream = BytesIO()
            made.save_as(stream, enforce_file_format=False)
            with pytest.raises(NotDeidentified) as refused:
                Deidentifier(profile_of("basic"), KEY, trusted=True).object(stream.getvalue())
            assert refused.value.reason == reason


def test_a_profile_that_cannot_be_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="no option 'dates'"):
        profile_of("basic", ("dates",))
    with pytest.raises(ValueError, match="no profile 'x'"):
        profile_of("x")
    with pytest.raises(ValueError, match="exclude each other"):
        Profile("x", frozenset({"retain-dates", "shift-dates"}))


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=60), st.integers(min_value=132), st.booleans())
@example(b"\x00\x00\x00T", 535, False)  # the PatientID's tag becomes that of a DetectorVector
def test_damaged_bytes_end_in_an_object_or_a_reason(noise: bytes, where: int, cut: bool) -> None:
    whole = written(film())
    place = where % (len(whole) - PIXELS.nbytes)
    data = whole[:place] + noise if cut else whole[:place] + noise + whole[place + len(noise) :]
    try:
        output, _ = Deidentifier(profile_of("research"), KEY).object(data)
    except NotDeidentified as refused:
        output = str(refused).encode()
    assert b"BETZ" not in output
    assert b"00417832" not in output
