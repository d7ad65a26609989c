"""Structured content under its Clean option: codes and measurements stay, texts are judged, names and places go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from robot_library.imaging.dataset import items
from robot_library.imaging.deidentify.dummies import WORD
from robot_library.imaging.deidentify.words import harmless

if TYPE_CHECKING:
    from robot_library.imaging.deidentify.walk import Walk

_SCHEMES = frozenset({
    "DCM", "SCT", "SRT", "SNM3", "LN", "UCUM", "RADLEX", "FMA", "NCIt", "MSH", "UMLS", "I10", "I10P", "I9C", "MDC",
    "IBSI", "NEU", "BARI", "NDC",
})  # fmt: skip
_STAY = frozenset({"CONTAINER", "CODE", "NUM", "IMAGE", "COMPOSITE", "WAVEFORM", "SCOORD", "SCOORD3D", "TCOORD"})
_NEVER = frozenset({"121020", "121021", "121022", "121029", "121030", "121031", "21112-8", "184099003"})
"""Order and accession numbers, the subject's name, number and birth date (TID 1007; LOINC, SNOMED CT)."""
_OF_PATIENT = frozenset({"121032", "121033", "30525-0", "29553-5", "63900-5", "424144002", "397669002", "46098-0"})
"""Sex and age, which stay only where the patient's characteristics do."""
_OLDEST = 89


def clean_items(content: list[Dataset], walk: Walk, path: str) -> list[Dataset]:
    """Content items, or codes, that may stay, cleaned in place; the rest is left out."""
    return [item for item in content if _clean(item, walk, path)]


def _clean(item: Dataset, walk: Walk, path: str) -> bool:
    kind = str(item.get("ValueType", ""))
    if "ReferencedContentItemIdentifier" in item:  # it counts the items before, of which some are left out
        return False
    if not kind:  # a code, or a template's item
        if "CodeValue" in item and not standard(item):
            return False
        walk.clean(item, path)
        return True
    nested = items(item, "ContentSequence")
    if nested:
        del item.ContentSequence
    concepts = items(item, "ConceptNameCodeSequence")
    if not all(map(standard, concepts)) or any(_of_person(code, item, walk) for code in concepts):
        return False
    if kind == "TEXT":
        text = str(item.get("TextValue", ""))
        del item.TextValue
        walk.clean(item, path)
        item.TextValue = text if harmless(text) else WORD
    elif kind in _STAY:
        if kind == "CODE" and not all(map(standard, items(item, "ConceptCodeSequence"))):
            return False
        walk.clean(item, path)
    else:  # PNAME, DATE, TIME, DATETIME, UIDREF: the table's own rows
        walk.clean(item, path)
    if left := clean_items(nested, walk, path):
        item.ContentSequence = Sequence(left)
    return True


def _of_person(concept: Dataset, item: Dataset, walk: Walk) -> bool:
    """Whether an item says who the patient is; an age above 89 is 90."""
    code = str(concept.get("CodeValue", ""))
    if code in _NEVER or (code in _OF_PATIENT and not walk.profile.has("retain-patient")):
        return True
    if code in _OF_PATIENT:
        for value in items(item, "MeasuredValueSequence"):
            years = [unit.get("CodeValue") for unit in items(value, "MeasurementUnitsCodeSequence")] == ["a"]
            if years and (value.get("NumericValue") or 0) > _OLDEST:
                value.NumericValue = _OLDEST + 1
                for more in ("FloatingPointValue", "RationalNumeratorValue", "RationalDenominatorValue"):
                    if more in value:
                        delattr(value, more)
    return False


def standard(code: Dataset) -> bool:
    """Whether a code is of a public coding scheme."""
    return str(code.get("CodingSchemeDesignator", "")) in _SCHEMES
