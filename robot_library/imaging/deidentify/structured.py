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


def clean_items(content: list[Dataset], walk: Walk, path: str) -> list[Dataset]:
    """Content items, or codes, that may stay, cleaned in place; the rest is left out."""
    return [item for item in content if _clean(item, walk, path)]


def _clean(item: Dataset, walk: Walk, path: str) -> bool:
    kind = str(item.get("ValueType", ""))
    if not kind:  # a code, or a template's item
        if "CodeValue" in item and not standard(item):
            return False
        walk.clean(item, path)
        return True
    nested = items(item, "ContentSequence")
    if nested:
        del item.ContentSequence
    if not all(map(standard, items(item, "ConceptNameCodeSequence"))):
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


def standard(code: Dataset) -> bool:
    """Whether a code is of a public coding scheme."""
    return str(code.get("CodingSchemeDesignator", "")) in _SCHEMES
