"""Synthetic DICOM objects for the tests of this room."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    generate_uid,
)

STUDY = "1.2.826.0.1.3680043.10.1338.1"


class MemoryBlobs:
    """A real, if forgetful, BlobStore."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    def put(self, data: bytes) -> str:
        self.kept.append(data)
        return str(len(self.kept) - 1)

    def get(self, ref: str) -> bytes:
        return self.kept[int(ref)]


def dataset(
    stored: npt.NDArray[Any] | None = None,
    *,
    bits: int = 12,
    allocated: int = 16,
    signed: bool = False,
    syntax: str = ExplicitVRLittleEndian,
    frames: list[bytes] | None = None,
    **attributes: Any,
) -> FileDataset:
    """A DX film; `stored` are its stored values (frames, rows, columns) or (rows, columns). None: no pixel data.

    `frames` replaces the pixel data by encoded frames. Attributes given as None are left out.
    """
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(syntax)
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = attributes.get("SOPInstanceUID") or generate_uid()
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    base: dict[str, Any] = {
        "SOPClassUID": DigitalXRayImageStorageForPresentation,
        "SOPInstanceUID": meta.MediaStorageSOPInstanceUID,
        "StudyInstanceUID": STUDY,
        "SeriesInstanceUID": STUDY + ".1",
        "Modality": "DX",
        "PatientID": "00123456",
        "PatientName": "Müller^Anna",
        "PatientBirthDate": "20200102",
        "SpecificCharacterSet": "ISO_IR 192",
        "PhotometricInterpretation": "MONOCHROME2",
        "SamplesPerPixel": 1,
        "BitsAllocated": allocated,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": int(signed),
    }
    if stored is not None:
        base |= {"Rows": stored.shape[-2], "Columns": stored.shape[-1]}
        if stored.ndim == 3:
            base["NumberOfFrames"] = stored.shape[0]
        kind = f"<{'i' if signed else 'u'}{allocated // 8}"
        base["PixelData"] = stored.astype(kind).tobytes()
    if frames is not None:
        base["PixelData"] = encapsulate(frames)
    for keyword, value in (base | attributes).items():
        if value is not None:
            setattr(made, keyword, value)
    if "PixelData" in made:
        made["PixelData"].VR = "OW" if allocated > 8 else "OB"
        made["PixelData"].is_undefined_length = frames is not None
        if frames is None and len(made.PixelData) % 2:
            made.PixelData += b"\0"
    return made


def written(made: FileDataset) -> bytes:
    """The data set as a Part 10 object."""
    stream = BytesIO()
    if made.file_meta.TransferSyntaxUID == ExplicitVRBigEndian:
        dcmwrite(stream, made, implicit_vr=False, little_endian=False, force_encoding=True)
    elif made.file_meta.TransferSyntaxUID.is_transfer_syntax:
        dcmwrite(stream, made, enforce_file_format=True)
    else:
        dcmwrite(stream, made, implicit_vr=False, little_endian=True)
    return stream.getvalue()


def film(stored: npt.NDArray[Any], **options: Any) -> bytes:
    """`dataset`, written."""
    return written(dataset(stored, **options))


def lut(first: int, entries: list[int], bits: int) -> Dataset:
    """A LUT item; its data as US values, as OW words where US cannot hold them."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US" if first >= 0 else "SS", [len(entries) & 0xFFFF, first, bits])
    if len(entries) < 32_768:
        item.add_new("LUTData", "US", entries)
    else:
        item.add_new("LUTData", "OW", np.array(entries, "<u2").tobytes())
    return item


def gradient(rows: int = 8, columns: int = 16, top: int = 4095) -> npt.NDArray[np.int64]:
    """Values 0 … top, row by row."""
    return np.linspace(0, top, rows * columns).round().astype(np.int64).reshape(rows, columns)
