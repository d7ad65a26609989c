"""Text written into pixels: found, refused or blanked, and not one other sample changed."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pydicom
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.pixels import get_encoder
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

from robot_library.imaging.deidentify.burnt import shapes_of_letters
from robot_library.imaging.deidentify.objects import Deidentifier
from robot_library.imaging.deidentify.profile import profile_of
from robot_library.imaging.deidentify.proof import NotDeidentified
from robot_library.imaging.deidentify.pseudonyms import Pseudonyms
from tests.conftest import lacking
from tests.imaging.dicoms import dataset, written

KEY = Pseudonyms(b"k" * 32)
CORPUS = Path(pydicom.__file__).parent / "data" / "test_files"


def scan(frames: int = 1, *, colour: bool = False, text: str = "BETZ EDITH") -> npt.NDArray[np.uint8]:
    """(frames, rows, columns[, 3]): soft echoes, the name at the top."""
    rng = np.random.default_rng(5)
    made = []
    for number in range(frames):
        base = cv2.GaussianBlur(rng.uniform(20, 90, (240, 320)).astype(np.float32), (0, 0), 4)
        picture = np.dstack([base, base, base]).astype(np.uint8)
        cv2.putText(picture, text, (12, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (230, 230, 230), 1)
        picture[200 + number % 20, 100] = 255
        made.append(picture if colour else picture[..., 0])
    return np.stack(made)


def ultrasound(pixels: npt.NDArray[np.uint8], *, colour: bool = False) -> FileDataset:
    made = dataset(pixels[..., 0] if colour else pixels, bits=8, allocated=8, Modality="US")
    if colour:
        made.SamplesPerPixel, made.PlanarConfiguration, made.PhotometricInterpretation = 3, 0, "RGB"
        made.PixelData = pixels.tobytes()
    return made


def clean(made: FileDataset) -> tuple[FileDataset, str]:
    data, proof = Deidentifier(profile_of("clean"), KEY).object(written(made))
    return dcmread(BytesIO(data)), proof.pixels


def test_without_the_option_what_shows_text_is_refused() -> None:
    with pytest.raises(NotDeidentified) as refused:
        Deidentifier(profile_of("basic"), KEY).object(written(ultrasound(scan())))
    assert refused.value.reason == "burnt_in_text"
    assert "clean-pixels" in refused.value.cure
    _, proof = Deidentifier(profile_of("basic"), KEY, trusted=True).object(written(ultrasound(scan())))
    assert "a person answers" in proof.pixels


@pytest.mark.parametrize("colour", [False, True])
def test_blanked_in_every_frame_and_nowhere_else(colour: bool) -> None:
    pixels = scan(11, colour=colour)
    out, said = clean(ultrasound(pixels, colour=colour))
    after = out.pixel_array
    changed = np.any(after != pixels, axis=(0, 3) if colour else 0)
    rows, columns = np.nonzero(changed)
    assert rows.max() < 45, "only where the name stood"
    assert columns.max() < 170
    assert shapes_of_letters(np.ascontiguousarray(after[5][..., 0] if colour else after[5])) == []
    assert np.array_equal(after[:, 45:], pixels[:, 45:])
    assert out.BurnedInAnnotation == "NO"
    assert said.startswith("blanked")
    assert "113101" in {code.CodeValue for code in out.DeidentificationMethodCodeSequence}


def test_compressed_frames_are_written_anew_without_loss() -> None:
    pixels = scan(2)
    encoder = get_encoder(RLELossless)
    made = ultrasound(pixels)
    frames = [
        encoder.encode(frame.tobytes(), rows=240, columns=320, samples_per_pixel=1, number_of_frames=1,
                       bits_allocated=8, bits_stored=8, photometric_interpretation="MONOCHROME2",
                       pixel_representation=0)
        for frame in pixels
    ]  # fmt: skip
    packed = dataset(pixels, bits=8, allocated=8, syntax=RLELossless, frames=frames, Modality="US")
    assert np.array_equal(packed.pixel_array, made.pixel_array)
    out, _ = clean(packed)
    assert out.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert np.array_equal(out.pixel_array[:, 45:], pixels[:, 45:])
    assert not np.array_equal(out.pixel_array[:, :45], pixels[:, :45])


def test_of_an_ultrasound_only_its_regions_stay() -> None:
    made = ultrasound(scan(text=""))
    region = Dataset()
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 40, 60
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 279, 219
    made.SequenceOfUltrasoundRegions = Sequence([region])
    out, said = clean(made)
    assert np.array_equal(out.pixel_array[60:220, 40:280], made.pixel_array[60:220, 40:280])
    assert len(np.unique(out.pixel_array[:60])) == 1
    assert "outside the ultrasound regions" in said


def test_an_overlay_in_the_unused_bits_is_cleared() -> None:
    pixels = (np.arange(64 * 64).reshape(64, 64) % 4096).astype(np.uint16)
    made = dataset(pixels | 0x8000)
    made.add_new(0x60000010, "US", 64)
    made.add_new(0x60000011, "US", 64)
    made.add_new(0x60000100, "US", 16)
    made.add_new(0x60000102, "US", 15)
    data, proof = Deidentifier(profile_of("basic"), KEY).object(written(made))
    out = dcmread(BytesIO(data))
    assert np.array_equal(out.pixel_array, pixels)
    assert not [element for element in out if element.tag.group == 0x6000]
    assert "overlays in unused bits cleared" in proof.pixels


def test_noise_and_gradients_are_no_text() -> None:
    rng = np.random.default_rng(2)
    for picture in (rng.integers(0, 255, (128, 160)), np.tile(np.arange(160), (128, 1)), np.zeros((64, 64))):
        assert shapes_of_letters(picture.astype(np.uint8)) == []


@pytest.mark.parametrize("name", ["examples_palette.dcm", "examples_ybr_color.dcm", "examples_rgb_color.dcm"])
def test_real_ultrasound_with_writing_is_not_let_through(name: str) -> None:
    data = (CORPUS / name).read_bytes()
    with pytest.raises(NotDeidentified) as refused:
        Deidentifier(profile_of("basic"), KEY).object(data)
    assert refused.value.reason == "burnt_in_text"
    out, proof = Deidentifier(profile_of("clean"), KEY).object(data)
    assert proof.pixels.startswith("blanked")
    after, before = dcmread(BytesIO(out)).pixel_array, dcmread(BytesIO(data)).pixel_array
    assert after.shape == before.shape
    assert np.median(np.abs(after.astype(int) - before.astype(int))) <= 1, "the colours are what they were"


def test_a_reading_model_finds_what_letters_shapes_miss() -> None:
    from robot_library.ocr.reader import Reader, installed

    if not installed():
        lacking("the extra `ocr` is not installed")
    reader = Reader()
    picture = scan(text="EB")[0]
    assert shapes_of_letters(picture) == [], "two letters are a side marker to this one"
    assert [text.text for text in reader.read(picture)] == ["EB"]
    box = reader.read(picture)[0]
    assert picture[box.y : box.y + box.height, box.x : box.x + box.width].max() > 200
    assert reader.read(np.zeros((8, 300), np.uint8)) == []
