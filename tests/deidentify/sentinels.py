"""Objects with one unique mark in everything that can hold one: what survives can be searched for, byte by byte."""

from __future__ import annotations

import base64
import re
from datetime import date, timedelta
from io import BytesIO

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from robot_library.imaging.deidentify.table import rows

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_FIRST_DAY = date(1931, 1, 1)
_WORDS = {"LO", "SH", "PN", "ST", "LT", "UT", "UC", "UR", "AE", "CS"}
_BYTES = {"OB", "OW", "UN"}


class Marks:
    """Draws marks and remembers them: mark → where it stands."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}

    def word(self, place: str) -> str:
        return self._kept(f"ZQ{len(self.places):05d}XK", place)

    def uid(self, place: str) -> str:
        return self._kept(f"1.3.6.1.4.1.99999.{70000 + len(self.places)}", place)

    def day(self, place: str) -> str:
        return self._kept(f"{_FIRST_DAY + timedelta(days=2 * len(self.places)):%Y%m%d}", place)

    def _kept(self, mark: str, place: str) -> str:
        self.places[mark] = place
        return mark

    def value(self, vr: str, place: str) -> object:
        """A value of a VR with a mark in it; None where the VR cannot hold one."""
        if vr in _WORDS:
            return self.word(place)
        if vr == "UI":
            return self.uid(place)
        if vr in ("DA", "DT"):
            return self.day(place) + ("101112" if vr == "DT" else "")
        if vr in _BYTES:
            mark = self.word(place).encode()
            return mark + b" " * (len(mark) % 2)
        if vr == "SQ":
            item = Dataset()
            item.CodeMeaning = self.word(place + " / CodeMeaning")
            return Sequence([item])
        return None


def _vr(tag: int) -> str:
    try:
        return dictionary_VR(tag).split(" or ")[0]
    except KeyError:
        return "LO"  # newer than pydicom's dictionary


_SET_APART = frozenset({"0020000d", "0020000e", "00080018", "0040a730", "00420011"})


def fill(dataset: Dataset, marks: Marks, where: str) -> None:
    """Every attribute of the table, marked, but for what makes it another kind of object."""
    for row in rows().values():
        if row.tag in _SET_APART or "x" in row.tag or row.tag.startswith(("0000", "0002", "fffc")):
            continue
        tag = int(row.tag, 16)
        value = marks.value(_vr(tag), f"{where} {row.tag} {row.name}")
        if value is not None:
            dataset[tag] = DataElement(tag, _vr(tag), value)
    block = dataset.private_block(0x0009, marks.word(f"{where} private creator"), create=True)
    block.add_new(0x01, "LO", marks.word(f"{where} private"))
    inside = Dataset()
    inside.SeriesDescription = marks.word(f"{where} in a private sequence")
    block.add_new(0x02, "SQ", Sequence([inside]))
    dataset.add_new(0x0020FFEE, "LO", marks.word(f"{where} unknown to the dictionary"))


def drawn_over(dataset: Dataset, marks: Marks) -> None:
    """Overlays and curves with marks in their data, labels and comments."""
    for group in (0x6000, 0x6002):
        dataset.add_new((group, 0x0010), "US", 8)
        dataset.add_new((group, 0x0011), "US", 8)
        for element, vr in ((0x0022, "LO"), (0x1500, "LO"), (0x4000, "LT"), (0x3000, "OB")):
            dataset.add_new((group, element), vr, marks.value(vr, f"overlay {element:04x}"))
    dataset.add_new((0x5000, 0x0022), "LO", marks.word("curve description"))
    dataset.add_new((0x5000, 0x3000), "OB", marks.value("OB", "curve data"))


def content(marks: Marks, depth: int = 3) -> Sequence:
    """Structured content with marks in texts, names, dates, codes and containers within containers."""
    items = []
    for kind, keyword, vr in (
        ("TEXT", "TextValue", "UT"), ("PNAME", "PersonName", "PN"), ("DATE", "Date", "DA"), ("UIDREF", "UID", "UI"),
        ("DATETIME", "DateTime", "DT"),
    ):  # fmt: skip
        item, concept = Dataset(), Dataset()
        concept.CodeValue, concept.CodingSchemeDesignator, concept.CodeMeaning = "121071", "DCM", "Finding"
        item.ValueType, item.RelationshipType = kind, "CONTAINS"
        item.ConceptNameCodeSequence = Sequence([concept])
        setattr(item, keyword, marks.value(vr, f"content {kind} {depth}"))
        items.append(item)
    if depth:
        box = Dataset()
        box.ValueType, box.RelationshipType, box.ContentSequence = "CONTAINER", "CONTAINS", content(marks, depth - 1)
        items.append(box)
    return Sequence(items)


def marked(*, nested: bool) -> tuple[bytes, Marks]:
    """An object with marks at the top, or only within three sequences the table leaves alone; meta and preamble too."""
    marks = Marks()
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID = SECONDARY_CAPTURE, ExplicitVRLittleEndian
    meta.SourceApplicationEntityTitle = marks.word("meta AE title")
    meta.PrivateInformationCreatorUID = marks.uid("meta private creator")
    meta.PrivateInformation = marks.value("OB", "meta private")
    dataset = FileDataset("", {}, file_meta=meta, preamble=marks.word("preamble").encode().ljust(128, b"\0"))
    if nested:
        inner, middle, outer = Dataset(), Dataset(), Dataset()
        fill(inner, marks, "deep")
        inner.ContentSequence = content(marks)
        fill(middle, marks, "middle")
        middle.PurposeOfReferenceCodeSequence = Sequence([inner])
        outer.ReferencedInstanceSequence = Sequence([middle])
        dataset.ReferencedSeriesSequence = Sequence([outer])
    else:
        fill(dataset, marks, "top")
        dataset.ContentSequence = content(marks)
        drawn_over(dataset, marks)
        dataset.add_new(0xFFFCFFFC, "OB", marks.value("OB", "trailing padding"))
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        setattr(dataset, keyword, marks.uid(keyword))
    dataset.SOPClassUID = SECONDARY_CAPTURE
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=False)
    return stream.getvalue(), marks


def survivors(output: bytes, marks: Marks) -> list[str]:
    """Where the marks stood that are found in bytes: plain, as UTF-16, as base64 in each of its three alignments."""
    found = []
    output = re.sub(rb"2\.25\.\d{10,39}", b"", output)  # in a stand-in's 39 digits a day may stand by chance
    for mark, place in marks.places.items():
        plain = mark.encode()
        forms = [plain, mark.encode("utf-16-le"), mark.encode("utf-16-be")]
        forms += [base64.b64encode(b"\0" * shift + plain)[(shift * 4 + 2) // 3 + 1 : -4] for shift in range(3)]
        if any(form in output for form in forms):
            found.append(place)
    return found
