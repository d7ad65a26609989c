"""A film as a complete DICOM object: Digital X-Ray Image Storage - For Presentation, or Computed Radiography."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Literal

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    ComputedRadiographyImageStorage,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    generate_uid,
)

from robot_library.hospital.films.film import Film, FilmPatient, FilmStudy, View

Modality = Literal["CR", "DX"]
Photometric = Literal["MONOCHROME1", "MONOCHROME2"]

_SOP_CLASS = {"CR": ComputedRadiographyImageStorage, "DX": DigitalXRayImageStorageForPresentation}
_NATIVE = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)
_PLATE_MM = 300.0
_CHEST = ("816094009", "Chest")
_VIEW_CODES: dict[View, tuple[str, str]] = {
    "AP": ("399348003", "antero-posterior"),
    "PA": ("272479007", "postero-anterior"),
    "LL": ("399173006", "left lateral"),
}
_ORIENTATION: dict[View, list[str]] = {"AP": ["L", "F"], "PA": ["L", "F"], "LL": ["P", "F"]}


def film_dataset(
    film: Film,
    *,
    patient: FilmPatient,
    study: FilmStudy,
    photometric: Photometric = "MONOCHROME2",
    transfer_syntax: str = ExplicitVRLittleEndian,
    instance_number: int = 1,
    modality: Modality = "DX",
) -> pydicom.FileDataset:
    """`film` under the name of `patient`, as one instance of `study`.

    A MONOCHROME1 object stores the inverted values with the mirrored window: it shows, and reads, exactly as its
    MONOCHROME2 twin. `transfer_syntax` is a UID; compressed ones (RLE Lossless, JPEG-LS Lossless, JPEG 2000 Lossless)
    are encoded without loss. UIDs follow from the film's seed and the study, so a hospital built twice is the same.
    """
    sop_uid = generate_uid(entropy_srcs=[study.series_uid, str(instance_number), film.kind, film.view, str(film.seed)])
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = _SOP_CLASS[modality]
    meta.MediaStorageSOPInstanceUID = sop_uid
    meta.TransferSyntaxUID = UID(transfer_syntax if transfer_syntax in _NATIVE else ExplicitVRLittleEndian)
    ds = pydicom.FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, sop_uid
    _identify(ds, patient, study)
    _describe_study(ds, study, modality, instance_number)
    _describe_view(ds, film.view, modality)
    _pixels(ds, film, photometric)
    if transfer_syntax not in _NATIVE:
        ds.compress(transfer_syntax, generate_instance_uid=False)
    return ds


def _identify(ds: Dataset, patient: FilmPatient, study: FilmStudy) -> None:
    ds.PatientID, ds.IssuerOfPatientID = patient.patient_id, patient.issuer
    ds.PatientName, ds.PatientSex = patient.name, patient.sex
    ds.PatientBirthDate = patient.birth_date.strftime("%Y%m%d") if patient.birth_date else ""
    if patient.birth_date:
        ds.PatientAge = age_string(patient.birth_date, study.study_date)


def age_string(birth: date, on: date) -> str:
    """DICOM Age String in completed units: weeks to 3 months, months to 2 years, then years. ValueError if unborn."""
    if on < birth:
        raise ValueError("The study's date lies before the patient's birth; give a later study date.")
    months = (on.year - birth.year) * 12 + on.month - birth.month - (on.day < birth.day)
    if months < 3:
        return f"{(on - birth).days // 7:03d}W"
    return f"{months:03d}M" if months < 24 else f"{months // 12:03d}Y"


def _describe_study(ds: Dataset, study: FilmStudy, modality: Modality, number: int) -> None:
    when = study.study_date.strftime("%Y%m%d")
    minute = int.from_bytes(hashlib.sha256(study.study_uid.encode()).digest()[:2], "big") % 600
    clock = f"{8 + minute // 60:02d}{minute % 60:02d}"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = study.study_uid, study.series_uid
    ds.StudyID, ds.AccessionNumber = study.accession[:16], study.accession
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = when
    ds.StudyTime, ds.SeriesTime = f"{clock}00", f"{clock}20"
    ds.AcquisitionTime = ds.ContentTime = f"{clock}{30 + number % 30:02d}"
    ds.StudyDescription, ds.SeriesDescription = study.description, "CHEST"
    ds.ReferringPhysicianName = study.referring
    ds.Modality, ds.SeriesNumber, ds.InstanceNumber = modality, 1, number
    ds.AcquisitionNumber = number
    ds.Manufacturer, ds.ManufacturerModelName = "wetread", "synthetic film generator"
    ds.InstitutionName, ds.StationName = "Demo Hospital", "DEMOXR1"
    ds.DeviceSerialNumber, ds.SoftwareVersions = "1", "1"
    ds.KVP = "66"


def _describe_view(ds: Dataset, view: View, modality: Modality) -> None:
    ds.BodyPartExamined, ds.ViewPosition = "CHEST", view
    ds.PatientOrientation = _ORIENTATION[view]
    ds.PresentationIntentType = "FOR PRESENTATION"
    ds.ImageType = ["ORIGINAL", "PRIMARY", ""]
    if modality == "CR":
        ds.PlateType, ds.CassetteOrientation = "STORAGE PHOSPHOR", "LANDSCAPE"
        return
    ds.ImageLaterality, ds.DetectorType = "U", "DIRECT"
    ds.AnatomicRegionSequence = [_code(*_CHEST)]
    view_code = _code(*_VIEW_CODES[view])
    view_code.ViewModifierCodeSequence = []
    ds.ViewCodeSequence = [view_code]
    ds.AcquisitionContextSequence = []


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", meaning
    return item


def _pixels(ds: Dataset, film: Film, photometric: Photometric) -> None:
    centre, width = film.window
    stored, shape = film.pixels, "IDENTITY"
    if photometric == "MONOCHROME1":
        top = 1 << film.bits
        stored, centre, shape = (top - 1 - film.pixels).astype(np.uint16), top - centre, "INVERSE"
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, photometric
    ds.Rows, ds.Columns = film.pixels.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, film.bits, film.bits - 1, 0
    spacing = f"{_PLATE_MM / max(film.pixels.shape):.6g}"
    ds.ImagerPixelSpacing = ds.PixelSpacing = [spacing, spacing]
    # No VOILUTFunction: absent means LINEAR, and a viewer in use shows nothing where that is written out.
    ds.WindowCenter, ds.WindowWidth = str(centre), str(width)
    ds.WindowCenterWidthExplanation = "STANDARD"
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "0", "1", "US"
    ds.PresentationLUTShape = shape
    ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "LOG", 1 if shape == "INVERSE" else -1
    ds.BurnedInAnnotation, ds.LossyImageCompression = "NO", "00"
    ds.PixelData = stored.astype("<u2").tobytes()
