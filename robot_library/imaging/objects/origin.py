"""What the objects made here have in common: whose they are, who made them, identifiers that stay the same.

Identifiers are made from the report's own, so that what is sent again is the same object and the archive knows it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from io import BytesIO
from typing import Any

from pydicom.dataset import Dataset

from robot_library.errors import NotDelivered
from robot_library.imaging.dataset import open_dataset, reading, text
from robot_library.model.release import Content
from robot_library.model.skill.outputs import Code
from robot_library.model.study import Image

MAKER = "wetread"
PRIVATE = "99WETREAD"
"""Scheme of terms that have no public code."""
_SCHEMES = {"LOINC": "LN", "LN": "LN", "SNOMED CT": "SCT", "SCT": "SCT", "RadLex": "RADLEX", "RADLEX": "RADLEX",
            "DCM": "DCM", "UCUM": "UCUM"}  # fmt: skip
_OFFSET = re.compile(r"([+-])(0\d|1[0-4])([0-5]\d)")
_CODE_LENGTH, _TEXT_LENGTH = 16, 64
_MAY_BE_EMPTY = (
    "PatientName", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID", "AccessionNumber",
    "ReferringPhysicianName",
)  # fmt: skip
"""Of type 2 in the Patient and General Study modules: there, if empty. Many an archive leaves them out all the same."""


def uid(*parts: str) -> str:
    """An identifier below 2.25 (a UUID as a number) that is the same for the same parts."""
    return f"2.25.{int.from_bytes(hashlib.sha256('|'.join(parts).encode()).digest()[:16], 'big')}"


def sources(content: Content, read: Callable[[Image], bytes], wanted: Sequence[str] = ()) -> list[Dataset]:
    """Headers of the images that were read (or of those `wanted`, in that order), each held against the report.

    NotDelivered if an image is gone or changed, of another study, or names another patient number: a person looks.
    """
    known = {image.sop_instance_uid: image for image in content.images}
    if missing := [one for one in wanted if one not in known]:
        raise NotDelivered("ImagesGone", f"{len(missing)} images of the report are not among its images.", again=False)
    images = [known[one] for one in wanted] if wanted else [*known.values()]
    found = [_source(content, image, read(image)) for image in images]
    if not found:
        raise NotDelivered("ImagesGone", "the report names no images that DICOM objects could refer to.", again=False)
    return found


def _source(content: Content, image: Image, data: bytes) -> Dataset:
    if hashlib.sha256(data).hexdigest() != image.sha256:
        raise NotDelivered("ImagesGone", "a kept image is not what was received.", again=False)
    dataset: Dataset = open_dataset(data, headers_only=True)
    with reading():
        study, number = text(dataset, "StudyInstanceUID"), text(dataset, "PatientID")
    if study != content.study.uid or number not in content.subject.numbers:
        raise NotDelivered(
            "PatientDiffers", "an image names another patient number or study than the report.", again=False,
            cure="Look whether the patient was merged; the report does not go out as DICOM.",
        )  # fmt: skip
    # UTF-8 whatever the scanner wrote: our own texts need it.
    with reading():
        dataset.decode()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    for name in _MAY_BE_EMPTY:
        if name not in dataset:
            setattr(dataset, name, "")
    return dataset


def made_by() -> dict[str, Any]:
    """Attributes of the equipment module."""
    from robot_library import __version__

    return {"manufacturer": MAKER, "manufacturer_model_name": MAKER, "software_versions": __version__,
            "device_serial_number": MAKER}  # fmt: skip


def dated(dataset: Dataset, at: datetime, like: Dataset) -> None:
    """The moment of the report's step and identifiers of its own, so that what is made again is the same. In the time
    zone of the images (`like`): their study's date and time stand in the same object, which has one zone for all."""
    moment = at.astimezone(_zone(like))
    day, clock = moment.strftime("%Y%m%d"), moment.strftime("%H%M%S.%f")
    for name in ("ContentDate", "InstanceCreationDate", "SeriesDate", "DateOfSecondaryCapture"):
        if name in dataset or name == "SeriesDate":
            setattr(dataset, name, day)
    for name in ("ContentTime", "InstanceCreationTime", "SeriesTime", "TimeOfSecondaryCapture"):
        if name in dataset or name == "SeriesTime":
            setattr(dataset, name, clock)
    for item in dataset.get("ContributingEquipmentSequence", []):
        if "ContributionDateTime" in item:
            item.ContributionDateTime = f"{day}{clock}"
    for name in ("DimensionOrganizationSequence", "DimensionIndexSequence"):
        for item in dataset.get(name, []):
            item.DimensionOrganizationUID = uid(str(dataset.SOPInstanceUID), "dimensions")
    dataset.TimezoneOffsetFromUTC = f"{moment:%z}"


def _zone(like: Dataset) -> tzinfo:
    """As an image says, else this machine's, which is the hospital's, as it was at the time of the study."""
    with reading():
        said, day, clock = (text(like, name) for name in ("TimezoneOffsetFromUTC", "StudyDate", "StudyTime"))
    if offset := _OFFSET.fullmatch(said):
        past = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(-past if offset[1] == "-" else past)
    try:
        then = datetime.strptime(day + (clock[:4] or "1200"), "%Y%m%d%H%M").astimezone()
    except (ValueError, OverflowError, OSError):
        return UTC
    return timezone(timedelta(minutes=(then.utcoffset() or timedelta()) // timedelta(minutes=1)))


def as_bytes(dataset: Dataset) -> bytes:
    """A DICOM file."""
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def line(words: str, longest: int = _TEXT_LENGTH) -> str:
    """Text for an attribute of one short value: one line, no backslash, which would part it into several."""
    return " ".join(words.replace("\\", "/").split())[:longest]


def concept(code: Code | None, words: str) -> Any:
    """A coded term of highdicom; one without a public code under our own scheme."""
    from highdicom.sr import CodedConcept

    if code is None or len(code.value) > _CODE_LENGTH:
        return CodedConcept(_short(words), PRIVATE, line(words) or "unnamed")
    return CodedConcept(code.value, _SCHEMES.get(code.scheme, PRIVATE), line(code.meaning or words) or "unnamed")


def _short(words: str) -> str:
    """A code value of at most 16 characters, the same for the same words."""
    plain = "".join(letter for letter in words.upper() if letter.isascii() and letter.isalnum())
    if len(plain) <= _CODE_LENGTH and plain:
        return plain
    return plain[:8] + hashlib.sha256(words.encode()).hexdigest()[:8].upper()
