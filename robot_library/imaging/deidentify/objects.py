"""One object: bytes in, bytes and proof out, or NotDeidentified with a reason. Nothing here touches a disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO

from pydicom.datadict import keyword_for_tag
from pydicom.dataset import FileDataset

from robot_library.imaging.dataset import open_dataset, reading, text
from robot_library.imaging.deidentify import echo, marks, verify
from robot_library.imaging.deidentify.bitstream import silence
from robot_library.imaging.deidentify.burnt import Finder, shapes_of_letters
from robot_library.imaging.deidentify.graphics import overlays_in_pixels, silent_overlays
from robot_library.imaging.deidentify.looking import Looking
from robot_library.imaging.deidentify.profile import Profile
from robot_library.imaging.deidentify.proof import Line, NotDeidentified, Proof
from robot_library.imaging.deidentify.pseudonyms import Pseudonyms
from robot_library.imaging.deidentify.walk import Walk
from robot_library.imaging.refusal import ImageRefused

MEDIA = "1.2.840.10008.1.3.10"
_DOCUMENTS = "1.2.840.10008.5.1.4.1.1.104."
_AUDIO = frozenset(f"1.2.840.10008.5.1.4.1.1.9.4.{last}" for last in (1, 2))


@dataclass(frozen=True)
class Deidentifier:
    """A profile, a key and a way to find text. `trusted`: a person answers for pixels that cannot be shown clean."""

    profile: Profile
    pseudonyms: Pseudonyms
    find: Finder = shapes_of_letters
    trusted: bool = False
    _patients: dict[tuple[str, str], str] = field(default_factory=dict, init=False, repr=False, compare=False)

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
        said, clean = Looking(self.profile, self.find, self.trusted).at(dataset)
        said += overlays_in_pixels(dataset) + silence(dataset)
        graphics = silent_overlays(dataset, self.find) if self.profile.has("clean-graphics") else frozenset()
        patient = self._patient(dataset)
        walk = Walk(self.profile, self.pseudonyms, patient, graphics)
        original = str(dataset.SOPInstanceUID)
        walk.clean(dataset)
        for item, tag in list(echo.echoes(dataset, known)):
            if str(item[tag].value) != self.pseudonyms.patient(patient):
                item[tag].value = ""
                walk.counts[f"({tag >> 16:04X},{tag & 0xFFFF:04X})", "emptied", "echo"] += 1
        marks.mark(dataset, self.profile, clean)
        out = _bytes(dataset)
        checks = verify.verify(out, self.profile, known, original)
        lines = tuple(_line(key, count) for key, count in sorted(walk.counts.items()))
        return out, Proof("", str(dataset.SOPClassUID), lines, said, checks)

    def _patient(self, dataset: FileDataset) -> str:
        """As `patient_of`. A number in one study is one patient's, though not each of its objects names the issuer."""
        key = text(dataset, "StudyInstanceUID"), text(dataset, "PatientID").upper()
        return self._patients.setdefault(key, patient_of(dataset)) if all(key) else patient_of(dataset)


def patient_of(dataset: FileDataset) -> str:
    """Whose object it is, for stand-ins: issuer and number, else name and birth date, else the study."""
    number = text(dataset, "PatientID").upper()
    if number:
        return f"{text(dataset, 'IssuerOfPatientID').upper()}|{number}"
    name = text(dataset, "PatientName").upper()
    return f"{name}|{text(dataset, 'PatientBirthDate')}" if name else text(dataset, "StudyInstanceUID")


def _refuse_kind(dataset: FileDataset) -> None:
    classes = {str(dataset.file_meta.get("MediaStorageSOPClassUID", "")), text(dataset, "SOPClassUID")}
    if MEDIA in classes or "DirectoryRecordSequence" in dataset:
        raise NotDeidentified("media", "it is a DICOMDIR: a list of names and of files that are written anew.")
    if any(one.startswith(_DOCUMENTS) for one in classes) or "EncapsulatedDocument" in dataset:
        raise NotDeidentified("document", "it holds a document (PDF, CDA, a model), which cannot be cleaned.")
    if classes & _AUDIO:
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
