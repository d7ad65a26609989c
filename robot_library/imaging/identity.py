"""Who a DICOM header says the patient is. What cannot be read for certain is left out, never guessed."""

from __future__ import annotations

from datetime import date

from pydicom.dataset import Dataset
from pydicom.valuerep import PersonName as DicomName

from robot_library.imaging.dataset import items, reading, text
from robot_library.model.person import Identity, PatientId, PersonName


def read_identity(dataset: Dataset) -> Identity:
    """Patient module -> Identity (source and system "dicom").

    ids: PatientID with its issuer, then those of OtherPatientIDsSequence. names: the alphabetic, ideographic and
    phonetic group of PatientName, each by component. A malformed birth date is None. Raises ImageRefused("unparsable").
    """
    with reading():
        found = [_patient_id(dataset)]
        found += [_patient_id(item) for item in items(dataset, "OtherPatientIDsSequence")]
        return Identity(
            source="dicom",
            system="dicom",
            ids=tuple(dict.fromkeys(one for one in found if one is not None)),
            names=_names(dataset.get("PatientName")),
            birth_date=parse_date(text(dataset, "PatientBirthDate")),
        )


def _patient_id(dataset: Dataset) -> PatientId | None:
    value = text(dataset, "PatientID")
    # A backslash separates values: one number was expected, so which of them it is, is unknown.
    if not value or "\\" in value:
        return None
    return PatientId(value=value, issuer=_issuer(dataset))


def _issuer(dataset: Dataset) -> str | None:
    named = text(dataset, "IssuerOfPatientID")
    if named:
        return named
    for qualifier in items(dataset, "IssuerOfPatientIDQualifiersSequence"):
        entity = text(qualifier, "UniversalEntityID")
        if entity:
            return entity
    return None


def _names(value: object) -> tuple[PersonName, ...]:
    if not isinstance(value, DicomName):
        return ()
    return tuple(name for group in str(value).split("=")[:3] if (name := _name(group)) is not None)


def _name(group: str) -> PersonName | None:
    parts = [" ".join(part.split()) for part in group.strip("\0").split("^")]
    if not any(parts) or len(parts) > 5:
        return None
    family, given, middle, prefix, suffix = (*parts, "", "", "", "")[:5]
    return PersonName(family=family, given=given, middle=middle, prefix=prefix, suffix=suffix)


def parse_date(value: str) -> date | None:
    """A DA value (YYYYMMDD, or the retired YYYY.MM.DD); None for anything else, ranges and impossible days included."""
    digits = value.replace(".", "") if value[4:5] == "." and value[7:8] == "." else value
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
