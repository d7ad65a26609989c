"""One object: bytes in, bytes and proof out, or NotDeidentified with a reason. Nothing here touches a disk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO

from pydicom.datadict import keyword_for_tag
from pydicom.dataset import FileDataset

from robot_library.imaging.dataset import open_dataset, reading, text
from robot_library.imaging.deidentify import echo, marks, verify
from robot_library.imaging.deidentify.burnt import Box, Finder, blank, outside_regions, shapes_of_letters, written
from robot_library.imaging.deidentify.graphics import overlays_in_pixels, silent_overlays
from robot_library.imaging.deidentify.profile import Profile
from robot_library.imaging.deidentify.proof import Line, NotDeidentified, Proof
from robot_library.imaging.deidentify.pseudonyms import Pseudonyms
from robot_library.imaging.deidentify.raster import Raster, put
from robot_library.imaging.deidentify.walk import Walk
from robot_library.imaging.refusal import ImageRefused

MEDIA = "1.2.840.10008.1.3.10"
_DOCUMENTS = "1.2.840.10008.5.1.4.1.1.104."
_AUDIO = frozenset(f"1.2.840.10008.5.1.4.1.1.9.4.{last}" for last in (1, 2))
_VIDEO = re.compile(r"1\.2\.840\.10008\.1\.2\.4\.10[0-8](\.1)?")
"""Transfer syntaxes of MPEG-2, MPEG-4 and HEVC."""


@dataclass(frozen=True)
class Deidentifier:
    """A profile, a key and a way to find text. `trusted`: a person answers for pixels that cannot be shown clean."""

    profile: Profile
    pseudonyms: Pseudonyms
    find: Finder = shapes_of_letters
    trusted: bool = False

    def object(self, data: bytes) -> tuple[bytes, Proof]:
        """The object de-identified, its proof without a file's name. NotDeidentified with the reason."""
        try:
            dataset = open_dataset(data)
            with reading(NotDeidentified):
                _refuse_kind(dataset)
                return self._done(dataset)
        except NotDeidentified:
            raise
        except ImageRefused as refused:
            raise NotDeidentified("unreadable", refused.message) from None

    def path_of(self, data: bytes) -> str:
        """Where an object goes: study/series/object, each a keyed hash, so that no name tells anything."""
        dataset = open_dataset(data, headers_only=True)
        with reading():
            study, series, sop = (text(dataset, f"{what}InstanceUID") for what in ("Study", "Series", "SOP"))
        name = self.pseudonyms.name
        return f"{name(study)[:8]}/{name(series)[:8]}/{name(sop)}.dcm"

    def _done(self, dataset: FileDataset) -> tuple[bytes, Proof]:
        known = echo.identifiers(dataset, self.profile)
        said, clean = self._pixels(dataset)
        masked = overlays_in_pixels(dataset)
        graphics = silent_overlays(dataset, self.find) if self.profile.has("clean-graphics") else frozenset()
        walk = Walk(self.profile, self.pseudonyms, patient_of(dataset), graphics)
        original = str(dataset.SOPInstanceUID)
        walk.clean(dataset)
        for item, tag in list(echo.echoes(dataset, known)):
            if str(item[tag].value) != self.pseudonyms.patient(patient_of(dataset)):
                item[tag].value = ""
                walk.counts[f"({tag >> 16:04X},{tag & 0xFFFF:04X})", "emptied", "echo"] += 1
        marks.mark(dataset, self.profile, pixels_clean=clean)
        out = _bytes(dataset)
        checks = verify.verify(out, self.profile, known, original)
        lines = tuple(_line(key, count) for key, count in sorted(walk.counts.items()))
        return out, Proof("", str(dataset.SOPClassUID), lines, said + masked, checks)

    def _pixels(self, dataset: FileDataset) -> tuple[str, bool]:
        """What the proof says of the pixels, and whether they were cleaned."""
        if "PixelData" not in dataset:
            return "no pixels", False
        if _VIDEO.fullmatch(str(dataset.file_meta.TransferSyntaxUID)):
            if not self.trusted:
                raise NotDeidentified("video", "it is a video, in which text cannot be looked for.", _TRUST)
            return "not looked at: a video; a person answers for it", False
        header = text(dataset, "BurnedInAnnotation").upper()
        clean = self.profile.has("clean-pixels")
        if not clean and header == "YES" and not self.trusted:
            raise NotDeidentified("burnt_in_text", "its header says that text is burnt into the pixels.", _CURE)
        if text(dataset, "BitsAllocated") in ("1", "32", "64"):
            return "no picture for reading (a mask, doses or the like)", False
        try:
            raster = Raster(dataset)
            boxes = written(raster, self.find)
        except ImageRefused as refused:
            return self._unseen(header, refused), False
        if not clean:
            return self._looked(boxes), False
        kept = outside_regions(dataset)
        if not boxes and kept is None:
            return "looked at: no text found", True
        pixels = raster.all()
        put(dataset, blank(pixels, boxes, kept, raster.colours), raster.colours)
        outside = ", and all outside the ultrasound regions" if kept is not None else ""
        return f"blanked: {len(boxes)} places{outside}", True

    def _unseen(self, header: str, refused: ImageRefused) -> str:
        if not self.trusted and (header != "NO" or self.profile.has("clean-pixels")):
            raise NotDeidentified("pixels_unseen", f"its pixels cannot be looked at: {refused.message}", _TRUST)
        return "not looked at: " + ("a person answers for them" if self.trusted else "the header says no text")

    def _looked(self, boxes: list[Box]) -> str:
        if not boxes:
            return "looked at: no text found"
        if self.trusted:
            return f"looked at: {len(boxes)} places like text; a person answers for them"
        raise NotDeidentified("burnt_in_text", f"{len(boxes)} places in its pixels look like text.", _CURE)


_TRUST = "Look at it; if nobody can be known by its pixels, say --trust-pixels."
_CURE = "Say --option clean-pixels to blank it, or look at it and say --trust-pixels."


def patient_of(dataset: FileDataset) -> str:
    """Whose object it is, for stand-ins: issuer and number, else name and birth date, else the study."""
    number = text(dataset, "PatientID").upper()
    if number:
        return f"{text(dataset, 'IssuerOfPatientID').upper()}|{number}"
    name = text(dataset, "PatientName").upper()
    return f"{name}|{text(dataset, 'PatientBirthDate')}" if name else text(dataset, "StudyInstanceUID")


def _refuse_kind(dataset: FileDataset) -> None:
    sop_class = str(dataset.file_meta.get("MediaStorageSOPClassUID", "")) or text(dataset, "SOPClassUID")
    if sop_class == MEDIA or "DirectoryRecordSequence" in dataset:
        raise NotDeidentified("media", "it is a DICOMDIR: a list of names and of files that are written anew.")
    if sop_class.startswith(_DOCUMENTS) or "EncapsulatedDocument" in dataset:
        raise NotDeidentified("document", "it holds a document (PDF, CDA, a model), which cannot be cleaned.")
    if sop_class in _AUDIO:
        raise NotDeidentified("audio", "it holds a recording, by whose voice people are known.")
    for keyword in ("SOPClassUID", "SOPInstanceUID"):
        if not text(dataset, keyword):
            raise NotDeidentified("unreadable", f"{keyword} is missing.")


def _bytes(dataset: FileDataset) -> bytes:
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _line(key: tuple[str, str, str], count: int) -> Line:
    tag, done, rule = key
    last = tag.rsplit("/", 1)[-1]
    number = int(last[1:5] + last[6:10], 16)
    return Line(tag, keyword_for_tag(number), done, rule, count)
