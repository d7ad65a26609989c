"""Slices of heads, and every picture among pydicom's own DICOM files."""

from __future__ import annotations

import gzip
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.skills.wrong_inputs.chests import grey
from tests.skills.wrong_inputs.pictures import Wrong, named

Array = np.ndarray[Any, Any]


def brains(data: Path, each: int) -> Iterator[Wrong]:
    """Slices of 12 patients of TCGA-LGG, an archive that the view skill was not fitted on."""
    folders = sorted(path for path in (data / "brain_lgg").iterdir() if path.is_dir())
    for folder in folders:
        slices = sorted(file for file in folder.glob("*.png") if "mask" not in file.name)
        chosen = [slices[k] for k in np.linspace(2, len(slices) - 3, each).astype(int)]
        found = ((f"{folder.name}/{file.name}", grey(file)) for file in chosen)
        yield from named("slices of a brain (MR)", found)


def volume(data: Path, each: int) -> Iterator[Wrong]:
    """A brain in three planes and four sequences; nothing was fitted on this patient."""
    for file in sorted((data / "brain_nifti" / "TCGA-DU-7294").glob("*_bet.nii.gz")):
        voxels = _nifti(gzip.decompress(file.read_bytes()))
        for axis in range(3):
            planes = np.moveaxis(voxels, axis, 0)
            at = np.linspace(len(planes) * 0.3, len(planes) * 0.7, each).astype(int)
            found = ((f"{file.name} axis {axis} slice {k}", np.rot90(planes[k])) for k in at)
            yield from named("planes of a brain (MR volume)", found)


def _nifti(raw: bytes) -> Array:
    i, j, k = (int(side) for side in np.frombuffer(raw[42:48], "<i2"))
    start, kind = int(np.frombuffer(raw[108:112], "<f4")[0]), int(np.frombuffer(raw[70:72], "<i2")[0])
    dtype = {2: "u1", 4: "<i2", 8: "<i4", 16: "<f4", 64: "<f8", 512: "<u2"}[kind]
    return np.frombuffer(raw, dtype, i * j * k, start).reshape((i, j, k), order="F").astype(np.float32)


CHESTS = ("RG1_J2KI.dcm", "1.2.276.0.7230010.3.1.4.8323329.6904.1517875201.850819.dcm")
"""Of the larger files, those that are frontal chest films."""
FEW = ("CT_small.dcm", "MR_small.dcm", "examples_jpeg2k.dcm", "JPEG2000.dcm")


def dicom(data: Path, *, few: bool = False) -> Iterator[Wrong]:
    """Every distinct picture of pydicom's wheel and of the larger files, but for the chest films; one frame each."""
    files = [file for file in _bundled() if not few or file.name in FEW]
    files += [] if few else sorted((data / "dicom").glob("*.dcm"))
    seen: list[Array] = []
    for file in (file for file in files if file.name not in CHESTS):
        pixels = _decoded(file)
        if pixels is None or min(pixels.shape[:2]) < 32:
            continue
        plane = pixels.astype(np.float32) if pixels.ndim == 2 else pixels[..., :3].astype(np.float32).mean(axis=2)
        small = cv2.resize(plane, (16, 16), interpolation=cv2.INTER_AREA)
        small = (small - small.mean()) / (small.std() + 1e-6)
        if any(float(np.abs(small - other).mean()) < 0.05 for other in seen):
            continue  # the same picture, stored in another way
        seen.append(small)
        yield from named("DICOM of other kinds (CT, MR, US, NM, OT)", iter([(file.name, pixels)]))


def _bundled() -> list[Path]:
    """The DICOM files of pydicom's wheel, found without pydicom's own search, which would fetch more of them."""
    import pydicom.data

    return sorted((Path(str(pydicom.data.__file__)).parent / "test_files").rglob("*.dcm"))


def _decoded(file: Path) -> Array | None:
    """The first frame as it looks, or None where pydicom cannot read one: many of these files are broken on purpose."""
    from pydicom import dcmread
    from pydicom.pixels.utils import pixel_array

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            data = dcmread(file)
            pixels = pixel_array(data, index=0) if "Rows" in data else None
        except Exception:  # whatever a file that was made to be wrong raises
            return None
    if pixels is None or pixels.ndim not in (2, 3):
        return None
    upside = data.get("PhotometricInterpretation") == "MONOCHROME1"
    return pixels.max() - pixels if upside else np.asarray(pixels)
