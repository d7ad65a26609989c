"""Pixel truth: every image of pydicom's corpus, and of WETREAD_DATA, is bit-exact or refused with the right reason.

The reference shares no code with ours: GDCM parses and decodes the whole file (where ours uses GDCM, Pillow or the
decoder of lossless_jpeg instead), and `reference` computes in rational numbers.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import gdcm
import numpy as np
import numpy.typing as npt
import pydicom
import pytest
from PIL import Image as Picture
from pydicom import uid
from pydicom.encaps import generate_frames

from robot_library.imaging.pixels import read_grayscale
from robot_library.imaging.refusal import ImageRefused
from tests.imaging import lossless_jpeg
from tests.imaging.reference import shown

CORPUS = Path(pydicom.__file__).parent / "data"
FILES = sorted(path for path in CORPUS.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc"))

# Grayscale images, or what pretends to be one, that must be refused: file -> reason.
REFUSED = {
    "J2K_pixelrep_mismatch.dcm": "bits_lie",
    "JPEG-lossy.dcm": "unsupported_syntax",
    "JPGExtended.dcm": "unsupported_syntax",
    "JPEG2000-embedded-sequence-delimiter.dcm": "too_large",
    "MR_small_padded.dcm": "size_mismatch",
    "MR_truncated.dcm": "truncated",
    "badVR.dcm": "unsupported_pixels",
    "liver_1frame.dcm": "unsupported_pixels",
    "liver_expb_1frame.dcm": "unsupported_pixels",
    "meta_missing_tsyntax.dcm": "missing_attribute",
    "nested_priv_SQ.dcm": "missing_attribute",
    "rtdose.dcm": "unsupported_pixels",
    "rtdose_1frame.dcm": "unsupported_pixels",
    "rtdose_expb.dcm": "unsupported_pixels",
    "rtdose_expb_1frame.dcm": "unsupported_pixels",
    "rtdose_rle.dcm": "unsupported_pixels",
    "rtdose_rle_1frame.dcm": "unsupported_pixels",
    # of WETREAD_DATA
    "693_J2KR.dcm": "bits_lie",
    "emri_small_jpeg_ls_lossless.dcm": "missing_attribute",
}
JPEG = (uid.JPEGBaseline8Bit, uid.JPEGLossless, uid.JPEGLosslessSV1)


def reference_stored(path: Path, dataset: pydicom.FileDataset) -> npt.NDArray[Any]:
    """Stored values (frames, rows, columns) by another road than ours."""
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax in JPEG:
        frames = list(generate_frames(dataset.PixelData, number_of_frames=int(dataset.get("NumberOfFrames", 1))))
        decode = _pillow if syntax == uid.JPEGBaseline8Bit else lossless_jpeg.decode
        return np.stack([decode(frame) for frame in frames])
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    image = reader.GetImage()
    kind = {gdcm.PixelFormat.UINT8: "u1", gdcm.PixelFormat.UINT16: "u2", gdcm.PixelFormat.INT16: "i2"}
    buffer = image.GetBuffer().encode("utf-8", "surrogateescape")
    values = np.frombuffer(buffer, kind[image.GetPixelFormat().GetScalarType()])
    return values.reshape(-1, image.GetDimension(1), image.GetDimension(0))


def _pillow(frame: bytes) -> npt.NDArray[Any]:
    from io import BytesIO

    return np.asarray(Picture.open(BytesIO(frame)))


def is_gray_image(path: Path) -> bool:
    """By GDCM's account, not ours: an image of one sample that is MONOCHROME."""
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    return bool(reader.Read()) and str(reader.GetImage().GetPhotometricInterpretation()).startswith("MONOCHROME")


def judge(path: Path) -> str:
    """ "exact", or the reason of the refusal; fails when pixels differ or the refusal is not the expected one."""
    data = path.read_bytes()
    try:
        images = [read_grayscale(data)]
    except ImageRefused as error:
        return _judge_refusal(path, error.reason)
    assert path.name not in REFUSED
    dataset = pydicom.dcmread(path)
    stored = reference_stored(path, dataset)
    images += [read_grayscale(data, frame) for frame in range(1, int(dataset.get("NumberOfFrames") or 1))]
    assert len(images) == len(stored)
    for image, values in zip(images, stored, strict=True):
        assert np.array_equal(image.pixels, shown(dataset, values))
    return "exact"


def _judge_refusal(path: Path, reason: str) -> str:
    expected = REFUSED.get(path.name)
    if expected is None:
        assert reason in ("not_dicom", "no_pixels", "colour")
        assert not is_gray_image(path)
    else:
        assert reason == expected
    return reason


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CORPUS)))
def test_every_file_of_pydicoms_corpus(path: Path) -> None:
    judge(path)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_corpus_is_mostly_read_not_mostly_refused() -> None:
    counts = Counter(judge(path) for path in FILES)
    assert counts["exact"] >= 57, counts
    gray = sum(1 for path in FILES if path.name in REFUSED)
    assert gray <= 17, counts


@pytest.mark.data
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_every_real_dicom_of_the_data_folder(data_dir: Path) -> None:
    files = sorted((data_dir / "dicom").iterdir())
    counts = Counter(judge(path) for path in files)
    assert counts == {"exact": 5, "bits_lie": 1, "missing_attribute": 1}


@pytest.mark.data
def test_a_flipped_tag_flips_the_picture_once(data_dir: Path) -> None:
    # Fake_MONOHR1 is the other file with MONOCHROME1 in its header and the same pixels.
    names = ("1.2.276.0.7230010.3.1.4.8323329.6904.1517875201.850819.dcm", "Fake_MONOHR1.dcm")
    film, fake = (read_grayscale((data_dir / "dicom" / name).read_bytes()) for name in names)
    assert np.array_equal((film.pixels.astype(float) * 255).round(), (255 - fake.pixels.astype(float) * 255).round())
