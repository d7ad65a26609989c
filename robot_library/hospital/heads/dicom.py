"""One slice of a synthetic head as a complete DICOM object: MR Image Storage (PS3.3 A.4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage

from robot_library.hospital.films import FilmPatient, FilmStudy
from robot_library.hospital.films.dicom import age_string
from robot_library.hospital.heads.head import SIDE, Head, Sequence

THICKNESS_MM = 5.0
_SETTINGS: dict[Sequence, tuple[str, str, float, float, float]] = {
    "pre": ("SE", "", 550, 12, 0),
    "flair": ("IR", "", 9000, 120, 2400),
    "post": ("SE", "GADOLINIUM", 550, 12, 0),
}
"""ScanningSequence, ContrastBolusAgent, RepetitionTime, EchoTime, InversionTime (ms)."""


@dataclass(frozen=True)
class MRSeries:
    """A series as its header describes it. `sequence` is what it really is, `description` what it is called."""

    uid: str
    number: int
    sequence: Sequence
    description: str
    frame_of_reference: str


def slice_dataset(
    head: Head,
    index: int,
    sop_uid: str,
    *,
    series: MRSeries,
    patient: FilmPatient,
    study: FilmStudy,
    shift: float = 0.0,
) -> pydicom.FileDataset:
    """Slice `index` (from 0, lowest) of one sequence, `shift` mm above its even place. No rescale, no window LUT."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = MRImageStorage, UID(sop_uid)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = pydicom.FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID, ds.SOPInstanceUID = MRImageStorage, UID(sop_uid)
    _identify(ds, patient, study)
    _describe(ds, study, series, index)
    _place(ds, head, index, shift, series)
    _pixels(ds, head, series.sequence, index)
    return ds


def _identify(ds: Dataset, patient: FilmPatient, study: FilmStudy) -> None:
    ds.PatientID, ds.IssuerOfPatientID = patient.patient_id, patient.issuer
    ds.PatientName, ds.PatientSex = patient.name, patient.sex
    ds.PatientBirthDate = patient.birth_date.strftime("%Y%m%d") if patient.birth_date else ""
    if patient.birth_date:
        ds.PatientAge = age_string(patient.birth_date, study.study_date)


def _describe(ds: Dataset, study: FilmStudy, series: MRSeries, index: int) -> None:
    when = study.study_date.strftime("%Y%m%d")
    ds.StudyInstanceUID, ds.SeriesInstanceUID = study.study_uid, series.uid
    ds.StudyID, ds.AccessionNumber = study.accession[:16], study.accession
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = when
    ds.StudyTime, ds.SeriesTime = "100000", f"10{series.number * 5:02d}00"
    ds.AcquisitionTime = ds.ContentTime = f"10{series.number * 5:02d}30"
    ds.StudyDescription, ds.SeriesDescription = study.description, series.description
    ds.ProtocolName = series.description
    ds.ReferringPhysicianName = study.referring
    ds.Modality, ds.SeriesNumber, ds.InstanceNumber = "MR", series.number, index + 1
    ds.AcquisitionNumber = 1
    ds.Manufacturer, ds.ManufacturerModelName = "wetread", "synthetic head generator"
    ds.InstitutionName, ds.StationName = "Demo Hospital", "DEMOMR1"
    ds.DeviceSerialNumber, ds.SoftwareVersions = "1", "1"
    ds.BodyPartExamined, ds.PatientPosition = "BRAIN", "HFS"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "SE"]
    scanning, agent, repetition, echo, inversion = _SETTINGS[series.sequence]
    ds.ScanningSequence, ds.SequenceVariant, ds.ScanOptions = scanning, "NONE", ""
    ds.MRAcquisitionType, ds.MagneticFieldStrength = "2D", "1.5"
    ds.RepetitionTime, ds.EchoTime, ds.EchoTrainLength = f"{repetition:g}", f"{echo:g}", "1"
    if inversion:
        ds.InversionTime = f"{inversion:g}"
    if agent:
        ds.ContrastBolusAgent = agent


def _place(ds: Dataset, head: Head, index: int, shift: float, series: MRSeries) -> None:
    """Axial, the volume's centre at the origin; columns run to the patient's left, rows to the back."""
    edge = -(SIDE - 1) / 2 * head.spacing
    height = (index - (head.slices - 1) / 2) * head.between + shift
    ds.ImagePositionPatient = [f"{edge:.5g}", f"{edge:.5g}", f"{height:.5g}"]
    ds.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = UID(series.frame_of_reference), ""
    ds.PixelSpacing = [f"{head.spacing:.6g}"] * 2
    ds.SliceThickness, ds.SpacingBetweenSlices = f"{THICKNESS_MM:g}", f"{head.between:g}"
    ds.SliceLocation = f"{height:.5g}"


def _pixels(ds: Dataset, head: Head, sequence: Sequence, index: int) -> None:
    stored = head.stored[sequence][index]
    volume = head.stored[sequence]
    top = float(np.percentile(volume[::2, ::4, ::4], 99.5))
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = stored.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.WindowCenter, ds.WindowWidth = f"{top / 2:.0f}", f"{top:.0f}"
    ds.BurnedInAnnotation, ds.LossyImageCompression = "NO", "00"
    ds.PixelData = stored.astype("<u2").tobytes()
