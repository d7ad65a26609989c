"""Rejection notes (IHE Imaging Object Change Management): objects of a study that its own department has taken back.

An archive that knows them hands over neither; one that does not keeps the rejected film beside the note, and hands over
both as if nothing had been said.
"""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.uid import KeyObjectSelectionDocumentStorage

from robot_library.imaging.dataset import items, text

WRONG_ORDER = "113038"
_TITLES = {
    "113001": "quality",
    "113037": "patient safety",
    WRONG_ORDER: "wrong worklist entry",
    "113039": "retention expired",
}
"""CID 7011, scheme DCM."""


def taken_back(dataset: Dataset) -> dict[str, str]:
    """SOPInstanceUID: code of the reason, of every object that this one rejects; {} if it is no rejection note."""
    if text(dataset, "SOPClassUID") != KeyObjectSelectionDocumentStorage:
        return {}
    titles = items(dataset, "ConceptNameCodeSequence")
    codes = {text(one, "CodeValue") for one in titles if text(one, "CodingSchemeDesignator") == "DCM"}
    code = next(iter(codes & _TITLES.keys()), "")
    if not code:
        return {}
    return {
        text(one, "ReferencedSOPInstanceUID"): code
        for study in items(dataset, "CurrentRequestedProcedureEvidenceSequence")
        for series in items(study, "ReferencedSeriesSequence")
        for one in items(series, "ReferencedSOPSequence")
    }


def said(code: str) -> str:
    """What is said of an image that was taken back, free of patient data."""
    return f"rejected image ({_TITLES[code]})"
