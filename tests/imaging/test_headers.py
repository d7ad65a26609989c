"""Image and Identity from headers: what is missing or contradicts itself stays unknown."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from robot_library.imaging.dataset import open_dataset
from robot_library.imaging.headers import read_identity, read_image, read_role
from robot_library.imaging.identity import parse_date
from robot_library.imaging.refusal import ImageRefused
from robot_library.model.person import PatientId, PersonName
from tests.imaging.dicoms import dataset, film, gradient, written


def item(**attributes: Any) -> Dataset:
    made = Dataset()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made


OBLIQUE = Sequence([item(CodeValue="272479007", ViewModifierCodeSequence=Sequence([item(CodeValue="399182000")]))])


def lying(code: str) -> Sequence:
    """PatientOrientationCodeSequence: recumbent, and how."""
    return Sequence(
        [item(CodeValue="102538003", PatientOrientationModifierCodeSequence=Sequence([item(CodeValue=code)]))]
    )


def identity_of(**attributes: Any) -> Any:
    return read_identity(open_dataset(film(gradient(), **attributes)))


def test_the_header_holds_what_is_there_and_nothing_else() -> None:
    data = film(
        gradient(),
        ViewPosition="PA",
        BodyPartExamined="CHEST",
        PatientAge="003Y",
        PatientSex="",
        PixelSpacing=[0.1, 0.2],
    )
    image = read_image(data, "ref", "file")
    assert image.header["PixelSpacing"] == "0.1\\0.2"
    assert image.header["TransferSyntaxUID"] == "1.2.840.10008.1.2.1"
    assert image.header["Modality"] == "DX"
    assert {"PatientSex", "BurnedInAnnotation", "PatientName", "PatientID"}.isdisjoint(image.header)
    assert (image.rows, image.columns, image.frames, image.role, image.age_years) == (8, 16, 1, "frontal", 3.0)
    assert (image.blob, image.source) == ("ref", "file")


@pytest.mark.parametrize(
    ("attributes", "role"),
    [
        ({"ViewPosition": "PA"}, "frontal"),
        ({"ViewPosition": "ap"}, "frontal"),
        ({"ViewPosition": "LL"}, "lateral"),
        ({"ViewPosition": "LLD"}, "unknown"),
        ({"ViewPosition": "RLD"}, "unknown"),
        ({"ViewPosition": "LPO"}, "unknown"),
        ({}, "unknown"),
        ({"PatientOrientation": ["L", "F"]}, "frontal"),
        ({"PatientOrientation": ["R", "F"]}, "frontal"),
        ({"PatientOrientation": ["A", "F"]}, "lateral"),
        ({"PatientOrientation": ["PL", "FR"]}, "lateral"),
        ({"PatientOrientation": ["L", "P"]}, "unknown"),
        ({"PatientOrientation": ["L"]}, "unknown"),
        ({"ViewPosition": "PA", "PatientOrientation": ["A", "F"]}, "unknown"),
        ({"ViewPosition": "PA", "PatientOrientation": ["L", "F"]}, "frontal"),
        ({"ViewCodeSequence": Sequence([item(CodeValue="272479007", CodingSchemeDesignator="SCT")])}, "frontal"),
        ({"ViewCodeSequence": Sequence([item(CodeValue="R-10236")])}, "lateral"),
        ({"ViewCodeSequence": Sequence([item(CodeValue="399006002")])}, "unknown"),
        ({"ViewCodeSequence": Sequence([item(CodeValue="R-10236")]), "ViewPosition": "PA"}, "unknown"),
        ({"ViewCodeSequence": Sequence([item(CodeValue="399348003", ViewModifierCodeSequence=Sequence())])}, "frontal"),
        ({"ViewCodeSequence": OBLIQUE, "ViewPosition": "PA"}, "unknown"),
        ({"ViewPosition": "AP", "PatientOrientationCodeSequence": lying("102536004")}, "unknown"),
        ({"ViewPosition": "AP", "PatientOrientationCodeSequence": lying("F-10317")}, "unknown"),
        ({"ViewPosition": "AP", "PatientOrientationCodeSequence": lying("40199007")}, "frontal"),  # supine
        ({"ViewPosition": "AP", "PatientPosition": "HFDL"}, "unknown"),
        ({"ViewPosition": "AP", "PatientPosition": "HFS"}, "frontal"),
        ({"ViewPosition": "AP", "QualityControlImage": "YES"}, "unknown"),
        ({"ViewPosition": "AP", "QualityControlImage": "NO"}, "frontal"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_role_of_the_view(attributes: dict[str, Any], role: str) -> None:
    assert read_role(open_dataset(film(gradient(), **attributes))) == role


@pytest.mark.parametrize(
    ("attributes", "years"),
    [
        ({"PatientAge": "003Y", "PatientBirthDate": ""}, 3.0),
        ({"PatientAge": "018M", "PatientBirthDate": ""}, 1.5),
        ({"PatientAge": "010D", "PatientBirthDate": ""}, 10 / 365.2425),
        ({"PatientAge": "3", "PatientBirthDate": ""}, None),
        ({"PatientAge": "003Y", "PatientBirthDate": "20200102", "StudyDate": "20231201"}, 3 + 333 / 365),
        ({"PatientAge": "005Y", "PatientBirthDate": "20200102", "StudyDate": "20260601"}, 6 + 150 / 365),
        ({"PatientAge": "001Y", "PatientBirthDate": "20200102", "StudyDate": "20201101"}, 304 / 366),
        ({"PatientBirthDate": "20200102", "StudyDate": "20240102"}, 4.0),
        ({"PatientBirthDate": "20210301", "StudyDate": "20270301"}, 6.0),  # 2191 days: 5.9988 years, by days
        ({"PatientBirthDate": "20210301", "StudyDate": "20270228"}, 5 + 364 / 365),
        ({"PatientBirthDate": "20250301", "StudyDate": "20260301"}, 1.0),
        ({"PatientBirthDate": "20200229", "StudyDate": "20260228"}, 5 + 364 / 365),
        ({"PatientBirthDate": "20200229", "StudyDate": "20260301"}, 6.0),
        ({"PatientBirthDate": "20200102", "StudyDate": "20190102"}, None),
        ({"PatientBirthDate": "20200102"}, None),
        ({"PatientBirthDate": "2020", "StudyDate": "20240102"}, None),
        ({"PatientAge": "003Y", "PatientBirthDate": "19700102", "StudyDate": "20240102"}, None),
        ({"PatientAge": "054Y", "PatientBirthDate": "20200102", "StudyDate": "20240102"}, None),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_age(attributes: dict[str, Any], years: float | None) -> None:
    assert read_image(film(gradient(), **attributes), "", "file").age_years == pytest.approx(years, abs=1e-9)


def test_identity_with_issuers_and_name_groups() -> None:
    other = item(PatientID="77", IssuerOfPatientID="LAB", TypeOfPatientID="TEXT")
    qualified = item(UniversalEntityID="1.2.3", UniversalEntityIDType="ISO")
    found = identity_of(
        PatientID="00123456",
        IssuerOfPatientIDQualifiersSequence=Sequence([qualified]),
        OtherPatientIDsSequence=Sequence([other]),
        PatientName="Yamada^Tarou^^Dr^Jr=山田^太郎=やまだ^たろう",
    )
    assert found.system == "dicom"
    assert found.ids == (PatientId(value="00123456", issuer="1.2.3"), PatientId(value="77", issuer="LAB"))
    assert found.names == (
        PersonName(family="Yamada", given="Tarou", prefix="Dr", suffix="Jr"),
        PersonName(family="山田", given="太郎"),
        PersonName(family="やまだ", given="たろう"),
    )
    assert found.birth_date == date(2020, 1, 2)
    assert found.looked_up_by == frozenset()


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_cannot_be_read_for_certain_is_left_out() -> None:
    found = identity_of(PatientID="1\\2", PatientName="", PatientBirthDate="00000000")
    assert (found.ids, found.names, found.birth_date) == ((), (), None)
    found = identity_of(PatientID=" 007 ", PatientName="O'Neill-Đặng ^ Zoë  Ann", IssuerOfPatientID="HOSP")
    assert found.ids == (PatientId(value="007", issuer="HOSP"),)
    assert found.names == (PersonName(family="O'Neill-Đặng", given="Zoë Ann"),)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("20200229", date(2020, 2, 29)),
        ("2020.02.29", date(2020, 2, 29)),
        ("20190229", None),
        ("2020-02-29", None),
        ("2020022", None),
        ("20200229-", None),
        ("٢٠٢٠٠٢٢٩", None),
        ("", None),
    ],
)
def test_dates(value: str, expected: date | None) -> None:
    assert parse_date(value) == expected


@given(st.text(max_size=12))
def test_any_text_is_a_date_or_none(value: str) -> None:
    found = parse_date(value)
    assert found is None or found.strftime("%Y%m%d").zfill(8) == value.replace(".", "")


def test_objects_that_are_no_images_are_refused() -> None:
    for made in (dataset(None), dataset(gradient(), StudyInstanceUID=None), dataset(gradient(), SOPInstanceUID=None)):
        with pytest.raises(ImageRefused):
            read_image(written(made), "", "file")
