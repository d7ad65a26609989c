"""The studies that lie in the lab's PACS, traps included, and their way into Orthanc."""

from __future__ import annotations

import base64
import io
import json
import urllib.error
import urllib.request
from collections.abc import Mapping

import numpy as np
from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

from .cases import CASES, STUDY_DAY, Case, Shot, merge_id
from .errors import LabError
from .site import Lab


def accession(case: Case, orders: Mapping[str, str]) -> str:
    """The accession number in the film's header; `orders` holds the EHR's order numbers by case key."""
    match case.filed_under:
        case None:
            return orders[case.key]
        case "nobody":
            return "999"
        case other:
            return orders[other]


def files(case: Case, orders: Mapping[str, str]) -> list[bytes]:
    """The case's DICOM files as the PACS got them."""
    shots = case.shots[:1] if case.damage == "half_received" else case.shots
    return [_file(case, shot, number, accession(case, orders)) for number, shot in enumerate(shots, 1)]


def _file(case: Case, shot: Shot, number: int, accession_number: str) -> bytes:
    person = case.header or case.person
    rng = np.random.default_rng(shot.seed)
    pixels = rng.integers(0, 4096, (512, 512), dtype=np.uint16)
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    ds.StudyInstanceUID = merge_id(case)
    ds.SeriesInstanceUID = f"{merge_id(case)}.1"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = UID(f"{merge_id(case)}.1.{number}")
    ds.PatientID, ds.PatientName = person.puid, f"{person.family}^{person.given}"
    ds.PatientBirthDate, ds.PatientSex = f"{person.born:%Y%m%d}", person.gender.upper()
    ds.AccessionNumber, ds.StudyID = accession_number, accession_number
    ds.StudyDate, ds.StudyTime, ds.Modality = f"{STUDY_DAY:%Y%m%d}", "101500", "DX"
    ds.StudyDescription, ds.SeriesDescription = "Chest X-ray", f"Chest {shot.view}"
    ds.ViewPosition, ds.BodyPartExamined, ds.InstanceNumber = shot.view, "CHEST", number
    ds.Rows, ds.Columns, ds.SamplesPerPixel = 512, 512, 1
    ds.PhotometricInterpretation = shot.photometric
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.PixelData = pixels.tobytes()
    if case.damage == "truncated":
        ds.PixelData = ds.PixelData[: len(ds.PixelData) // 3 & ~1]
    if case.damage == "half_received":
        ds.NumberOfStudyRelatedInstances = len(case.shots)
    out = io.BytesIO()
    dcmwrite(out, ds, enforce_file_format=True)
    return out.getvalue()


def store(lab: Lab, orders: Mapping[str, str]) -> int:
    """Send every case's files to Orthanc; how many it took. Raises LabError when one is not stored."""
    count = 0
    for case in CASES:
        for data in files(case, orders):
            _send(lab, case.key, data)
            count += 1
    return count


def _send(lab: Lab, key: str, data: bytes) -> None:
    login = lab.logins["pacs_admin"]
    secret = base64.b64encode(f"{login.name}:{login.password}".encode()).decode()
    headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/dicom"}
    request = urllib.request.Request(f"{lab.pacs_url}/instances", data=data, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            status = json.load(reply).get("Status")
    except (urllib.error.URLError, OSError) as e:
        raise LabError(f"storing the study of case {key}", str(e), "see state/run/pacs.log") from e
    if status not in ("Success", "AlreadyStored"):
        raise LabError(f"storing the study of case {key}", f"Orthanc said {status}", "see state/run/pacs.log")
