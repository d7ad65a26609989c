"""`film_dataset` writes complete, valid objects, and a MONOCHROME1 twin that shows the same film."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.pixels.processing import apply_presentation_lut, apply_voi_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from robot_library.hospital.films import FilmPatient, FilmStudy, film_dataset, make_film
from robot_library.hospital.films.dicom import age_string

MEI = FilmPatient("00123456", "DEMO", "Li^Mei=李^梅", date(2022, 2, 28), "F")
STUDY = FilmStudy("A-1001", "1.2.826.0.1.3680043.8.498.1", "1.2.826.0.1.3680043.8.498.2", date(2026, 11, 20))

# PS3.3 A.26: type 1 attributes must have a value, type 2 must be present, in every DX For Presentation object.
TYPE_1 = [
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "Modality",
    "PresentationIntentType",
    "ImageType",
    "InstanceNumber",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelData",
    "PixelIntensityRelationship",
    "PixelIntensityRelationshipSign",
    "RescaleIntercept",
    "RescaleSlope",
    "RescaleType",
    "PresentationLUTShape",
    "LossyImageCompression",
    "BurnedInAnnotation",
    "ImagerPixelSpacing",
    "ImageLaterality",
    "AnatomicRegionSequence",
    "PatientOrientation",
    "ViewCodeSequence",
    "WindowCenter",
    "WindowWidth",
]
TYPE_2 = [
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "StudyID",
    "ReferringPhysicianName",
    "SeriesNumber",
    "Manufacturer",
    "DetectorType",
    "AcquisitionContextSequence",
    "BodyPartExamined",
    "ViewPosition",
]


def reread(ds: pydicom.FileDataset) -> pydicom.FileDataset:
    """The object after a strict write and a read: what a PACS would hand out."""
    file = io.BytesIO()
    pydicom.dcmwrite(file, ds, enforce_file_format=True)
    file.seek(0)
    return pydicom.dcmread(file)


def made(**options: Any) -> pydicom.FileDataset:
    film = make_film(4, "pneumonia", rows=256, cols=300, bits=options.pop("bits", 12), view=options.pop("view", "AP"))
    return reread(film_dataset(film, patient=MEI, study=STUDY, **options))


def seen(ds: pydicom.FileDataset) -> np.ndarray[Any, Any]:
    """The standard's pipeline in an independent implementation: VOI window, then the presentation LUT once."""
    windowed = apply_voi_lut(pixel_array(ds), ds)
    return apply_presentation_lut(windowed, ds)


@pytest.mark.parametrize("view", ["AP", "PA", "LL"])
def test_a_dx_object_holds_every_required_attribute(view: str) -> None:
    ds = made(view=view)
    assert [k for k in TYPE_1 if k not in ds or ds[k].is_empty] == []
    assert [k for k in TYPE_2 if k not in ds] == []
    assert ds.ViewPosition == view
    assert ds.SOPClassUID.name == "Digital X-Ray Image Storage - For Presentation"


def test_a_cr_object_says_so_in_class_and_modality() -> None:
    ds = made(modality="CR")
    assert (ds.Modality, ds.SOPClassUID.name) == ("CR", "Computed Radiography Image Storage")
    assert ds.PresentationIntentType == "FOR PRESENTATION"


def test_the_person_is_written_as_given() -> None:
    ds = made()
    assert (ds.PatientID, ds.IssuerOfPatientID, ds.PatientSex) == ("00123456", "DEMO", "F")
    assert str(ds.PatientName.ideographic) == "李^梅"
    assert (ds.PatientBirthDate, ds.PatientAge, ds.StudyDate) == ("20220228", "004Y", "20261120")
    assert (ds.AccessionNumber, ds.StudyInstanceUID) == (STUDY.accession, STUDY.study_uid)


@pytest.mark.parametrize("name", ["O'Brien^Zoë", "Ångström^Åsa^^^", "Nguyễn^Bảo-Anh", "Doe^John"])
def test_names_survive_the_file(name: str) -> None:
    patient = FilmPatient("1", "DEMO", name, None, "O")
    film = make_film(0, "normal", rows=128, cols=128)
    ds = reread(film_dataset(film, patient=patient, study=STUDY))
    assert ds.PatientName == name
    assert ds.PatientBirthDate == ""
    assert "PatientAge" not in ds


@pytest.mark.parametrize(
    ("birth", "age"),
    [
        (date(2026, 11, 20), "000W"),
        (date(2026, 9, 1), "011W"),
        (date(2026, 8, 20), "003M"),
        (date(2024, 11, 21), "023M"),
        (date(2024, 11, 20), "002Y"),
        (date(2022, 11, 21), "003Y"),
        (date(2022, 11, 20), "004Y"),
        (date(1950, 1, 1), "076Y"),
    ],
)
def test_age_counts_completed_units(birth: date, age: str) -> None:
    assert age_string(birth, date(2026, 11, 20)) == age


def test_a_study_before_birth_is_refused_without_naming_the_date() -> None:
    with pytest.raises(ValueError, match="before the patient's birth") as caught:
        age_string(date(2026, 11, 21), date(2026, 11, 20))
    assert "2026" not in str(caught.value)


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_a_monochrome1_twin_shows_the_same_film_to_the_last_bit(bits: int) -> None:
    plain, twin = made(bits=bits), made(bits=bits, photometric="MONOCHROME1")
    assert (twin.PhotometricInterpretation, twin.PresentationLUTShape) == ("MONOCHROME1", "INVERSE")
    assert (pixel_array(plain).astype(int) + pixel_array(twin) == (1 << bits) - 1).all()
    assert float(plain.WindowCenter) != float(twin.WindowCenter)
    first, second = seen(plain), seen(twin)
    assert np.array_equal(first, second)
    top = float((1 << bits) - 1)
    assert first.min() < 0.1 * top < 0.8 * top < first.max()


SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless, JPEGLSLossless, JPEG2000Lossless]


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_every_transfer_syntax_keeps_the_pixels(syntax: str, photometric: str) -> None:
    ds = made(transfer_syntax=syntax, photometric=photometric)
    assert ds.file_meta.TransferSyntaxUID == syntax
    assert np.array_equal(pixel_array(ds), pixel_array(made(photometric=photometric)))
    assert ds.LossyImageCompression == "00"


def test_objects_are_the_same_when_made_again_and_differ_by_instance() -> None:
    assert made() == made()
    assert made().SOPInstanceUID != made(instance_number=2).SOPInstanceUID
    assert made().SOPInstanceUID != made(view="PA").SOPInstanceUID
    assert made().file_meta.MediaStorageSOPInstanceUID == made().SOPInstanceUID


def test_orders_views_and_spacing_fit_together() -> None:
    ds = made(view="LL")
    assert list(ds.PatientOrientation) == ["P", "F"]
    assert ds.ViewCodeSequence[0].CodeMeaning == "left lateral"
    assert float(ds.ImagerPixelSpacing[0]) * max(ds.Rows, ds.Columns) == pytest.approx(300, rel=1e-4)
