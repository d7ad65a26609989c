"""Pixels that may name somebody though nobody sees it at first: captures of one bit, palettes, colours, a header that
knows more than the finder, comments and Exif within compressed frames, overlays in odd bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pydicom
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian

from robot_library.imaging.deidentify.bitstream import silence
from robot_library.imaging.deidentify.burnt import shapes_of_letters
from robot_library.imaging.deidentify.proof import NotDeidentified
from robot_library.imaging.sources.capture import text_blanked
from tests.deidentify.test_burnt import scan, ultrasound
from tests.deidentify.test_objects import done, film
from tests.imaging.dicoms import dataset

CORPUS = Path(pydicom.__file__).parent / "data" / "test_files"


def refused(made: FileDataset, *how: str) -> str:
    with pytest.raises(NotDeidentified) as why:
        done(made, *how)
    return why.value.reason


def codes(made: FileDataset) -> set[str]:
    return {str(code.CodeValue) for code in made.DeidentificationMethodCodeSequence}


def test_where_the_header_says_text_and_none_is_found_nothing_is_called_clean() -> None:
    made = ultrasound(scan(text=""))
    made.BurnedInAnnotation = "YES"
    assert refused(made, "clean") == "burnt_in_text"
    out, _ = done(made, "clean", trusted=True)
    assert out.BurnedInAnnotation == "YES", "a person answers; nobody has cleaned"
    assert "113101" not in codes(out)


def test_a_slide_with_its_label_in_the_picture_is_refused() -> None:
    assert refused(film(SpecimenLabelInImage="YES"), "clean") == "burnt_in_text"


def test_a_header_that_says_no_text_does_not_open_what_cannot_be_looked_at() -> None:
    made = film(BurnedInAnnotation="NO")
    made.PixelData += b"BETZ^EDITH" * 2
    assert refused(made) == "pixels_unseen"


def test_a_capture_of_one_bit_or_of_32_is_a_picture() -> None:
    made = film(None, Rows=240, Columns=320, BitsAllocated=1, BitsStored=1, HighBit=0)
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7.1"
    made.add_new(0x7FE00010, "OB", np.packbits(scan()[0] > 150, bitorder="little").tobytes())
    assert refused(made) == "pixels_unseen"
    assert refused(dcmread(CORPUS / "SC_rgb_rle_32bit.dcm")) == "pixels_unseen"
    _, proof = done(dcmread(CORPUS / "liver_1frame.dcm"))
    assert proof.pixels.startswith("no picture"), "a segmentation is none"


def test_of_pixels_that_a_person_answers_for_the_object_does_not_say_they_were_cleaned() -> None:
    made = ultrasound(scan(text=""))
    made.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.102"
    made.PixelData = encapsulate([b"12345678"])
    made["PixelData"].is_undefined_length = True
    out, _ = done(made, "clean", trusted=True)
    assert codes(out) == {"113100"}


def lettered(back: tuple[int, ...], letters: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    picture = np.dstack([scan(text="")[0]] * 3)
    picture[:40] = back
    cv2.putText(picture, "BETZ EDITH", (12, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.6, letters, 1)
    return picture


@pytest.mark.parametrize(
    ("back", "letters"),
    [((85, 85, 85), (255, 0, 0)), ((120, 120, 120), (0, 200, 160)), ((255, 255, 255), (255, 255, 0))],
)
@pytest.mark.parametrize("colours", ["RGB", "YBR_FULL"])
def test_letters_that_stand_out_by_their_colour_alone(back: Any, letters: Any, colours: str) -> None:
    picture = lettered(back, letters)
    if colours != "RGB":
        picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)[..., [0, 2, 1]], np.uint8)
    made = ultrasound(picture[None], colour=True)
    made.PhotometricInterpretation = colours
    assert refused(made) == "burnt_in_text"


def test_of_a_picture_of_the_screen_too() -> None:
    picture = lettered((76, 76, 76), (0, 0, 255))  # red, of the same grey
    png = bytes(cv2.imencode(".png", picture)[1])
    blanked, places = text_blanked(png, shapes_of_letters)
    assert places
    after = np.asarray(cv2.imdecode(np.frombuffer(blanked, np.uint8), cv2.IMREAD_COLOR))
    assert not (after[..., 2] > after[..., 1]).any()


def test_a_palette_is_looked_at_as_it_is_shown() -> None:
    """Letters of value 129 on 128, shown white on black."""
    picture = scan(text="")[0]
    picture[200:] = np.arange(320) % 256
    letters = lettered((0, 0, 0), (255, 255, 255))[:40, :, 0] > 127
    picture[:40] = 128 + letters
    made = ultrasound(picture[None])
    table = np.arange(256, dtype="<u2") * 257
    table[128], table[129] = 0, 65535
    made.PhotometricInterpretation = "PALETTE COLOR"
    for colour in ("Red", "Green", "Blue"):
        setattr(made, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(made, f"{colour}PaletteColorLookupTableData", table.tobytes())
    assert refused(made) == "burnt_in_text"


SAID = b"BETZ^EDITH 52.52N 13.40E"


def segment(marker: int, said: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(said) + 2).to_bytes(2) + said


@pytest.mark.parametrize("name", ["SC_rgb_jpeg_dcmtk.dcm", "SC_rgb_dcmtk_+eb+cr.dcm", "JPEG2000.dcm", "693_J2KI.dcm"])
@pytest.mark.parametrize("cut", [0, 30])
def test_comments_and_exif_in_compressed_frames_go_and_no_pixel_changes(name: str, cut: int) -> None:
    """As jpg2dcm leaves them in pictures from a camera. `cut`: the frame lies in two fragments."""
    made = dcmread(CORPUS / name)
    (frame,) = generate_frames(made.PixelData, number_of_frames=1)
    if frame.startswith(b"\xff\xd8"):
        frame = frame[:2] + segment(0xE1, b"Exif\0\0" + SAID) + segment(0xFE, SAID) + frame[2:]
    else:
        place = frame.index(b"\xff\x52")
        frame = frame[:place] + segment(0x64, b"\0\x01" + SAID) + frame[place:]
    frame = frame.rstrip(b"\0") + SAID
    made.PixelData = encapsulate([frame], fragments_per_frame=2 if cut else 1)
    before = dcmread(CORPUS / name).pixel_array
    out, proof = done(made, trusted=True)
    assert b"BETZ" not in out.PixelData
    assert np.array_equal(out.pixel_array, before)
    assert "comments within compressed frames overwritten" in proof.pixels
    assert out.file_meta.TransferSyntaxUID == made.file_meta.TransferSyntaxUID


@pytest.mark.parametrize(
    "name", ["SC_rgb_jls_lossy_line.dcm", "SC_rgb_jpeg_app14_dcmd.dcm", "MR_small_jpeg_ls_lossless.dcm"]
)
def test_what_a_decoder_needs_to_know_stays(name: str) -> None:
    made = dcmread(CORPUS / name)
    out, proof = done(made, trusted=True)
    assert out.PixelData == made.PixelData
    assert "comments" not in proof.pixels


def test_a_tile_whose_length_leads_back_is_no_circle() -> None:
    made = dcmread(CORPUS / "JPEG2000.dcm")
    (frame,) = generate_frames(made.PixelData, number_of_frames=1)
    tile = frame.index(b"\xff\x90")
    damaged = frame[: tile + 6] + (12).to_bytes(4) + frame[tile + 10 : tile + 12] + b"\xff\x93" + frame[tile + 14 :]
    made.PixelData = encapsulate([damaged])
    assert "overwritten" in silence(made)


@pytest.mark.parametrize("bit", [0, 1])
def test_an_overlay_below_pixels_that_fill_the_highest_bits(bit: int) -> None:
    pixels = (np.arange(64 * 64, dtype=np.uint16).reshape(64, 64) % 4096) << 4
    made = dataset(pixels | (1 << bit), HighBit=15)
    for element, value in ((0x10, 64), (0x11, 64), (0x100, 16), (0x102, bit)):
        made.add_new(0x60000000 | element, "US", value)
    out, proof = done(made)
    assert np.array_equal(np.frombuffer(out.PixelData, "<u2").reshape(64, 64), pixels)
    assert "overlays in unused bits cleared" in proof.pixels


def test_pixels_within_a_sequence_go() -> None:
    made = film()
    nested = Dataset()
    nested.ReferencedSOPClassUID, nested.ReferencedSOPInstanceUID = made.SOPClassUID, "1.2.3"
    nested.add_new(0x7FE00010, "OW", b"BETZ^EDITH!!")
    made.ReferencedImageSequence = Sequence([nested])
    out, _ = done(made)
    assert "PixelData" not in out.ReferencedImageSequence[0]


def test_blanking_what_is_big_endian_is_refused_in_words() -> None:
    pixels = scan()[0].astype(np.uint16) * 16
    made = film(pixels, syntax=ExplicitVRBigEndian)
    made.PixelData = pixels.astype(">u2").tobytes()
    with pytest.raises(NotDeidentified, match="big endian"):
        done(made, "clean")
