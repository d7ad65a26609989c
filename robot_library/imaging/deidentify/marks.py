"""What a de-identified object says of itself, and a file meta that says nothing of where it came from."""

from __future__ import annotations

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID

from robot_library.imaging.deidentify.looking import Pixels
from robot_library.imaging.deidentify.profile import Profile
from robot_library.imaging.deidentify.table import EDITION


def mark(dataset: FileDataset, profile: Profile, pixels: Pixels) -> None:
    """(0012,0062), the method in words and codes, (0028,0303), and (0028,0301) where the pixels were cleaned. Where a
    person answers for pixels, the object does not say that they were cleaned."""
    if pixels == "answered":
        profile = Profile(profile.name, profile.options - {"clean-pixels"})
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = [f"wetread {EDITION}", *sorted(profile.options)][:10]
    dataset.DeidentificationMethodCodeSequence = Sequence([_code(*code) for code in profile.codes()])
    dataset.LongitudinalTemporalInformationModified = (
        "UNMODIFIED" if profile.has("retain-dates") else "MODIFIED" if profile.has("shift-dates") else "REMOVED"
    )
    if pixels == "clean":
        dataset.BurnedInAnnotation = "NO"
    dataset.file_meta = bare_meta(dataset)
    dataset.preamble = b"\0" * 128


def bare_meta(dataset: FileDataset) -> FileMetaDataset:
    """Only what a reader needs: no AE title, no private information, no other implementation's name."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = dataset.file_meta.TransferSyntaxUID
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    meta.ImplementationVersionName = "WETREAD"
    return meta


def _code(value: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "DCM", meaning
    return code
