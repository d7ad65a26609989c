"""One DICOM object's header -> Image: what gates ask for, the role of the view, the age."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from typing import Literal

from pydicom.dataset import Dataset

from robot_library.imaging.dataset import items, number, open_dataset, reading, text
from robot_library.imaging.identity import parse_date, read_identity
from robot_library.imaging.refusal import ImageRefused
from robot_library.model.study import Image, Source

__all__ = ["GATE_ATTRIBUTES", "read_age", "read_identity", "read_image", "read_role"]

Role = Literal["frontal", "lateral", "unknown"]

GATE_ATTRIBUTES: tuple[str, ...] = (
    "Modality",
    "SOPClassUID",
    "ImageType",
    "BodyPartExamined",
    "Laterality",
    "ImageLaterality",
    "ViewPosition",
    "PatientOrientation",
    "PatientPosition",
    "PresentationIntentType",
    "PresentationLUTShape",
    "BurnedInAnnotation",
    "LossyImageCompression",
    "LossyImageCompressionRatio",
    "LossyImageCompressionMethod",
    "DerivationDescription",
    "PatientAge",
    "PatientSex",
    "ImagerPixelSpacing",
    "PixelSpacing",
    "PixelSpacingCalibrationType",
    "PhotometricInterpretation",
    "SamplesPerPixel",
    "BitsAllocated",
    "BitsStored",
    "PixelRepresentation",
    "NumberOfFrames",
    "Manufacturer",
    "ManufacturerModelName",
    "StationName",
    "SeriesDescription",
    "ProtocolName",
    "SeriesNumber",
    "InstanceNumber",
    "AcquisitionNumber",
    "StudyDate",
    "AcquisitionDateTime",
    "AcquisitionTime",
    "ExposureIndex",
    "TargetExposureIndex",
    "DeviationIndex",
    "QualityControlImage",
)

DAYS_A_YEAR = 365.2425
AGE_TOLERANCE_YEARS = 1.5

_FRONTAL_VIEWS = {"PA", "AP"}
_LATERAL_VIEWS = {"LL", "RL", "LAT", "LATERAL", "LLAT", "RLAT"}
# CID 4010, SNOMED CT and older SRT: antero-posterior, postero-anterior, frontal | lateral, left lateral, right lateral.
_FRONTAL_CODES = {"399348003", "272479007", "399033003", "R-10206", "R-10214", "R-40888", "R-10202"}
_LATERAL_CODES = {"399067008", "399173006", "399198007", "R-102CD", "R-10236", "R-10232"}
# CID 20: left, right, any lateral decubitus, lordotic. PatientPosition has the same lyings by their letters.
_LAID_CODES = {"102536004", "102535000", "32185000", "260450008", "F-10319", "F-10317", "F-10318", "R-40799"}
_LAID_POSITIONS = {"HFDL", "HFDR", "FFDL", "FFDR"}
_DAYS = {"D": 1.0, "W": 7.0, "M": DAYS_A_YEAR / 12, "Y": DAYS_A_YEAR}


def read_image(data: bytes, blob: str, source: Source) -> Image:
    """Header of a DICOM image. `blob` is the reference under which the caller keeps `data`.

    Raises ImageRefused: not_dicom, unparsable, no_pixels, missing_attribute (SOPInstanceUID, StudyInstanceUID).
    """
    return image_from(open_dataset(data), data, blob, source)


def image_from(dataset: Dataset, data: bytes, blob: str, source: Source) -> Image:
    """As `read_image`, for a data set that is open already."""
    with reading():
        if "Rows" not in dataset or "Columns" not in dataset:
            raise ImageRefused("no_pixels", "the object is no image")
        for keyword in ("SOPInstanceUID", "StudyInstanceUID"):
            if not text(dataset, keyword):
                raise ImageRefused("missing_attribute", f"{keyword} is missing")
        return Image(
            sop_instance_uid=text(dataset, "SOPInstanceUID"),
            series_uid=text(dataset, "SeriesInstanceUID"),
            study_uid=text(dataset, "StudyInstanceUID"),
            source=source,
            blob=blob,
            sha256=hashlib.sha256(data).hexdigest(),
            rows=int(number(dataset, "Rows") or 0),
            columns=int(number(dataset, "Columns") or 0),
            frames=int(number(dataset, "NumberOfFrames") or 1),
            age_years=read_age(dataset),
            role=read_role(dataset),
            instance_number=int(number(dataset, "InstanceNumber") or 0),
            header=_gate_header(dataset),
        )


def _gate_header(dataset: Dataset) -> dict[str, str]:
    found = {keyword: text(dataset, keyword) for keyword in GATE_ATTRIBUTES}
    found["TransferSyntaxUID"] = str(dataset.file_meta.TransferSyntaxUID)
    return {keyword: value for keyword, value in found.items() if value.strip("\\ ")}


def read_role(dataset: Dataset) -> Role:
    """frontal or lateral when every attribute that speaks says so; unknown when none does or they disagree.

    Decubitus (LLD, RLD), lordotic and oblique views are unknown, none is what a frontal skill was trained on; so is a
    phantom's, which the header calls AP all the same.
    """
    if text(dataset, "QualityControlImage").upper() in ("YES", "BOTH"):
        return "unknown"
    asked = (_role_of_view, _role_of_code, _role_of_orientation, _role_of_posture)
    said = {role(dataset) for role in asked} - {None}
    return said.pop() or "unknown" if len(said) == 1 else "unknown"


def _role_of_view(dataset: Dataset) -> Role | None:
    view = text(dataset, "ViewPosition").upper()
    if not view:
        return None
    return "frontal" if view in _FRONTAL_VIEWS else "lateral" if view in _LATERAL_VIEWS else "unknown"


def _role_of_code(dataset: Dataset) -> Role | None:
    views = items(dataset, "ViewCodeSequence")
    codes = {text(item, "CodeValue") for item in views} - {""}
    if not codes:
        return None
    if any(items(view, "ViewModifierCodeSequence") for view in views):
        return "unknown"  # oblique, crosstable, angled to the head or the feet
    return "frontal" if codes <= _FRONTAL_CODES else "lateral" if codes <= _LATERAL_CODES else "unknown"


def _role_of_orientation(dataset: Dataset) -> Role | None:
    """Direction of the rows, main letter first: across the body is frontal, from back to front is lateral."""
    parts = text(dataset, "PatientOrientation").upper().split("\\")
    if len(parts) != 2 or not all(parts):
        return None
    row, column = parts[0][0], parts[1][0]
    if column not in "HF":
        return "unknown"
    return "frontal" if row in "LR" else "lateral" if row in "AP" else "unknown"


def _role_of_posture(dataset: Dataset) -> Role | None:
    """A patient who lies on one side, or bends back: AP and PA say nothing of it."""
    postures = items(dataset, "PatientOrientationCodeSequence")
    laid = [one for posture in postures for one in items(posture, "PatientOrientationModifierCodeSequence")]
    codes = {text(one, "CodeValue") for one in (*postures, *laid)}
    return "unknown" if codes & _LAID_CODES or text(dataset, "PatientPosition") in _LAID_POSITIONS else None


def read_age(dataset: Dataset) -> float | None:
    """Age in years: from birth date and study date, else PatientAge; None when neither is valid.

    The dates come first: they are exact to the day, where PatientAge is rounded, or that of an earlier visit. None too
    when the two contradict each other by more than 1.5 years: one of them is another person's.
    """
    stated, lived = _stated_age(text(dataset, "PatientAge")), _lived_age(dataset)
    if stated is None or lived is None:
        return lived if stated is None else stated
    return lived if abs(stated - lived) <= AGE_TOLERANCE_YEARS else None


def _stated_age(value: str) -> float | None:
    match = re.fullmatch(r"(\d{1,3})([DWMY])", value.upper(), re.ASCII)
    return int(match[1]) * _DAYS[match[2]] / DAYS_A_YEAR if match else None


def _lived_age(dataset: Dataset) -> float | None:
    born = parse_date(text(dataset, "PatientBirthDate"))
    dates = (parse_date(text(dataset, keyword)) for keyword in ("AcquisitionDate", "ContentDate", "StudyDate"))
    taken = next((day for day in dates if day is not None), None)
    if born is None or taken is None or taken < born:
        return None
    # By birthdays: counted in days, a child would still be five on the day on which it is six.
    years = taken.year - born.year
    last = _birthday(born, born.year + years)
    if last > taken:
        years -= 1
        last = _birthday(born, born.year + years)
    return years + (taken - last).days / (_birthday(born, born.year + years + 1) - last).days


def _birthday(born: date, year: int) -> date:
    """In that year; of whoever was born on 29 February, in other years, 1 March."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)
