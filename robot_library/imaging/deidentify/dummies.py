"""What stands where a value must stand and the real one may not: one value for each VR, saying nothing."""

from __future__ import annotations

from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from robot_library.imaging.deidentify.pseudonyms import STANDARD_UIDS, Pseudonyms
from robot_library.imaging.deidentify.table import row_of

WORD = "REMOVED"
_VALUES: dict[str, Any] = {
    "DA": "20000101", "TM": "000000", "DT": "20000101000000", "AS": "000Y", "DS": "0", "IS": "0",
    "US": 0, "SS": 0, "UL": 0, "SL": 0, "UV": 0, "SV": 0, "FL": 0.0, "FD": 0.0, "AT": 0x00000000,
    "OB": b"\0\0", "OW": b"\0\0", "OF": b"\0" * 4, "OD": b"\0" * 8, "OL": b"\0" * 4, "OV": b"\0" * 8, "UN": b"\0\0",
}  # fmt: skip
_ENUMERATED = frozenset(
    {"PIXEL", "DISPLAY", "MATRIX", "POINT", "POLYLINE", "INTERPOLATED", "CIRCLE", "ELLIPSE", "MULTIPOINT", "Y", "N"}
    | {"YES", "NO", "CONTAINS", "TEXT", "CODE", "NUM", "SEPARATE", "CONTINUOUS", "LEFT", "RIGHT", "CENTER"}
)
"""Words of the standard that a drawing or a content item must have; they say nothing of a person."""


def dummy(vr: str) -> Any:
    """A value that fits the VR. Not for SQ and UI."""
    return _VALUES.get(vr, WORD)


def content_item() -> Dataset:
    """A structured report's only content, where its content goes: a text that says so."""
    item, concept = Dataset(), Dataset()
    concept.CodeValue, concept.CodingSchemeDesignator, concept.CodeMeaning = "121106", "DCM", "Comment"
    item.RelationshipType, item.ValueType, item.TextValue = "CONTAINS", "TEXT", WORD
    item.ConceptNameCodeSequence = Sequence([concept])
    return item


def blanked(item: Dataset, pseudonyms: Pseudonyms) -> Dataset:
    """An item of the same shape with nothing in it: one item of each nested sequence, dummies, remapped UIDs."""
    bare = Dataset()
    for element in item:
        row = row_of(element.tag)
        basic = row.basic.split("/")[-1] if row else ""
        if element.tag.is_private or element.keyword == "" or basic == "X":
            continue
        if basic == "Z":
            bare.add_new(element.tag, element.VR, Sequence() if element.VR == "SQ" else "")
        elif element.VR == "SQ":
            bare.add_new(element.tag, "SQ", Sequence([blanked(nested, pseudonyms) for nested in element.value[:1]]))
        elif element.VR == "UI":
            uid = str(element.value or "")
            kept = uid.startswith(STANDARD_UIDS)
            bare.add_new(element.tag, "UI", uid if kept else pseudonyms.uid(uid))
        elif element.VR == "CS" and str(element.value) in _ENUMERATED:
            bare.add_new(element.tag, "CS", element.value)
        else:
            values = [dummy(element.VR)] * max(1, element.VM)
            bare.add_new(element.tag, element.VR, values if element.VM > 1 else values[0])
    return bare


_SHAPE = (
    "GraphicAnnotationUnits", "GraphicDimensions", "NumberOfGraphicPoints", "GraphicData", "GraphicType",
    "GraphicFilled",
)  # fmt: skip


def drawn(item: Dataset, pseudonyms: Pseudonyms) -> Dataset:
    """A graphic annotation with all its lines and none of its texts: written objects go, the layer's name goes."""
    bare = blanked(item, pseudonyms)
    for keyword in ("TextObjectSequence", "CompoundGraphicSequence", "GraphicObjectSequence"):
        if keyword in bare:
            delattr(bare, keyword)
    shapes = [_shape(one) for one in item.get("GraphicObjectSequence") or []]
    if shapes:
        bare.GraphicObjectSequence = Sequence(shapes)
    return bare


def _shape(original: Dataset) -> Dataset:
    shape = Dataset()
    for keyword in _SHAPE:
        if keyword in original:
            element = original[keyword]
            if element.VR != "CS" or str(element.value) in _ENUMERATED:
                shape.add(element)
    return shape
