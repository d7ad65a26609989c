"""QIDO-RS: which attributes can be asked for, how they match, what is answered (PS3.18 10.6, PS3.4 C.2.2.2)."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

Attributes = dict[str, dict[str, Any]]

KEYWORDS = {
    "StudyDate": "00080020", "StudyTime": "00080030", "AccessionNumber": "00080050", "Modality": "00080060",
    "ModalitiesInStudy": "00080061", "ReferringPhysicianName": "00080090", "StudyDescription": "00081030",
    "SeriesDescription": "0008103E", "PatientName": "00100010", "PatientID": "00100020",
    "IssuerOfPatientID": "00100021", "PatientBirthDate": "00100030", "PatientSex": "00100040",
    "ViewPosition": "00185101", "StudyInstanceUID": "0020000D", "SeriesInstanceUID": "0020000E", "StudyID": "00200010",
    "SeriesNumber": "00200011", "InstanceNumber": "00200013", "SOPClassUID": "00080016", "SOPInstanceUID": "00080018",
}  # fmt: skip
NOT_FILTERS = {"limit", "offset", "includefield", "fuzzymatching"}
SERIES = ("Modality", "SeriesDescription", "SeriesInstanceUID", "SeriesNumber")
INSTANCE = (
    "SOPClassUID", "SOPInstanceUID", "InstanceNumber", "ViewPosition",
)  # fmt: skip
_BOOKS = {"AccessionNumber": "accession", "PatientID": "mrn", "StudyInstanceUID": "study_uid"}
PIXELS = ("00280010", "00280011", "00280100", "00280101", "00280004")


class BadQuery(ValueError):
    """The question cannot be understood; becomes 400."""


def study_attributes(study: sqlite3.Row, first: sqlite3.Row) -> Attributes:
    """A study as the archive's own books have it; what they do not hold comes from its first object."""
    header: Attributes = json.loads(first["metadata"])
    return {
        "00080005": _one("CS", "ISO_IR 192"),
        "00080020": _one("DA", study["study_date"]),
        "00080030": header.get("00080030", _one("TM", "")),
        "00080050": _one("SH", study["accession"]),
        "00080061": _one("CS", study["modality"]),
        "00080090": _name(study["referring"]),
        "00081030": _one("LO", study["description"]),
        "00100010": _name(study["patient_name"]),
        "00100020": _one("LO", study["mrn"]),
        "00100021": _one("LO", study["issuer"]),
        "00100030": _one("DA", study["birth_date"]),
        "00100040": _one("CS", study["sex"]),
        "0020000D": _one("UI", study["study_uid"]),
        "00200010": header.get("00200010", _one("SH", "")),
        "00201206": _one("IS", study["series"]),
        "00201208": _one("IS", study["received"]),
    }


def series_attributes(study: Attributes, first: sqlite3.Row, count: int) -> Attributes:
    """A series: its own attributes from its first object, below those of its study."""
    header: Attributes = json.loads(first["metadata"])
    own = {KEYWORDS[k]: header[KEYWORDS[k]] for k in SERIES if KEYWORDS[k] in header}
    return {**study, **own, "00201209": _one("IS", count)}


def instance_attributes(study: Attributes, instance: sqlite3.Row) -> Attributes:
    """An object: what its header says of itself, below the attributes of its study."""
    header: Attributes = json.loads(instance["metadata"])
    wanted = [KEYWORDS[k] for k in SERIES + INSTANCE] + list(PIXELS)
    return {**study, **{tag: header[tag] for tag in wanted if tag in header}}


def _one(vr: str, value: str | int) -> dict[str, Any]:
    return {"vr": vr, "Value": [value]} if value != "" else {"vr": vr}


def _name(written: str) -> dict[str, Any]:
    groups = dict(zip(("Alphabetic", "Ideographic", "Phonetic"), written.split("="), strict=False))
    return {"vr": "PN", "Value": [{k: v for k, v in groups.items() if v}]} if written else {"vr": "PN"}


def exactly(query: Mapping[str, str]) -> dict[str, str]:
    """Columns of the archive's books that a question asks for to the letter: the rest need not be looked at."""
    asked = {KEYWORDS.get(key, key.upper()): wanted for key, wanted in query.items()}
    found = {column: asked.get(KEYWORDS[keyword], "") for keyword, column in _BOOKS.items()}
    return {column: wanted for column, wanted in found.items() if wanted and not re.search(r"[*?\[\\,]", wanted)}


def matches(attributes: Attributes, query: Mapping[str, str]) -> bool:
    """Whether an answer fits every filter of the question. Raises ``BadQuery`` for an attribute never heard of."""
    return all(_fits(attributes, key, wanted) for key, wanted in query.items() if key not in NOT_FILTERS)


def _fits(attributes: Attributes, key: str, wanted: str) -> bool:
    tag = KEYWORDS.get(key, key.upper())
    if not re.fullmatch(r"[0-9A-F]{8}", tag):
        raise BadQuery(f"unknown attribute {key}")
    entry = attributes.get(tag)
    if entry is None or wanted in ("", "*"):
        return entry is not None
    values = entry.get("Value", [])
    if entry["vr"] == "UI":
        return any(str(v) in re.split(r"[,\\]", wanted) for v in values)
    if entry["vr"] == "DA" and "-" in wanted:
        low, _, high = wanted.partition("-")
        return any((not low or v >= low) and (not high or v <= high) for v in values)
    if entry["vr"] == "PN":
        groups = [g for v in values for g in v.values()]
        return any(fnmatchcase(g.casefold(), wanted.casefold()) for g in groups)
    return any(fnmatchcase(str(v), wanted) for v in values)


def page(found: list[Attributes], query: Mapping[str, str]) -> list[Attributes]:
    """The part of the answers that ``limit`` and ``offset`` ask for."""
    try:
        start = int(query.get("offset", 0))
        limit = int(query["limit"]) if "limit" in query else len(found)
    except ValueError as error:
        raise BadQuery("limit and offset are numbers") from error
    return found[start : start + limit]
