"""The grayscale pipeline on synthetic films: every branch of PS3.3 C.11, and every refusal."""

from __future__ import annotations

import math
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
)

from robot_library.imaging.dataset import Limits
from robot_library.imaging.pixels import read_grayscale, read_values
from robot_library.imaging.refusal import ImageRefused
from tests.imaging.dicoms import dataset, film, gradient, lut, written
from tests.imaging.reference import shown


def refused(data: bytes, frame: int = 0, **options: Any) -> str:
    """The reason, or the test fails."""
    with pytest.raises(ImageRefused) as caught:
        read_grayscale(data, frame, **options)
    assert caught.value.code == "StudyUnreadable"
    return caught.value.reason


def test_without_a_window_the_whole_range_of_bits_stored_is_shown() -> None:
    image = read_grayscale(film(gradient()))
    assert image.pixels.dtype == np.float32
    assert image.pixels.shape == (8, 16)
    assert np.array_equal(image.pixels, (gradient() / 4095).astype(np.float32))
    assert image.notes[0] == "voi: none, whole range of BitsStored"


def test_the_standards_own_example_of_linear() -> None:
    # PS3.3 C.11.2.1.2.1 note: centre 2048, width 4096 -> identity over 0…4095; centre 0, width 1 -> threshold at 0.
    values = np.array([[0, 1, 2048, 4095]])
    image = read_grayscale(film(values, WindowCenter=2048, WindowWidth=4096))
    assert np.array_equal(image.pixels, (values / 4095).astype(np.float32))
    threshold = read_grayscale(film(np.array([[-1, 0, 1, 5]]), signed=True, WindowCenter=1, WindowWidth=1))
    assert threshold.pixels.tolist() == [[0, 0, 1, 1]]


def test_the_first_of_several_windows_is_used_and_said() -> None:
    one = read_grayscale(film(gradient(), WindowCenter=1000, WindowWidth=500))
    two = read_grayscale(film(gradient(), WindowCenter=[1000, 3000], WindowWidth=[500, 100]))
    assert np.array_equal(one.pixels, two.pixels)
    assert two.notes[0] == "voi: first of 2 windows, LINEAR"


def test_a_voi_lut_is_preferred_to_a_window() -> None:
    item = lut(0, [(4095 - entry) * 16 for entry in range(4096)], 16)
    image = read_grayscale(film(gradient(), VOILUTSequence=Sequence([item]), WindowCenter=1000, WindowWidth=500))
    assert np.array_equal(image.pixels, ((4095 - gradient()) * 16 / 65535).astype(np.float32))
    assert image.notes[:2] == ("voi: first of 1 LUTs", "voi: a window was there too")


def test_a_lut_of_65536_entries_is_written_as_zero() -> None:
    item = lut(0, [min(entry, 1023) for entry in range(65536)], 10)
    values = np.array([[0, 1023, 65535]])
    image = read_grayscale(film(values, bits=16, ModalityLUTSequence=Sequence([item])))
    assert image.pixels.tolist() == [[0, 1, 1]]


def test_values_outside_a_lut_take_its_ends() -> None:
    item = lut(-2, [10, 20, 30, 40], 8)
    values = read_values(film(np.array([[-5, -2, 0, 1, 9]]), signed=True, ModalityLUTSequence=Sequence([item])))
    assert values.values.tolist() == [[10, 10, 30, 40, 40]]


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_a_monochrome1_twin_is_the_same_picture_bit_for_bit(function: str) -> None:
    values = np.arange(4096).reshape(64, 64)
    # LINEAR's middle is half a step below its centre (C.11.2.1.2.1), so the mirrored centre is too.
    middle = 4096 if function == "LINEAR" else 4095
    first = read_grayscale(film(values, WindowCenter=1234.5, WindowWidth=777.7, VOILUTFunction=function))
    twin = read_grayscale(
        film(
            4095 - values,
            WindowCenter=middle - 1234.5,
            WindowWidth=777.7,
            VOILUTFunction=function,
            PhotometricInterpretation="MONOCHROME1",
            PresentationLUTShape="INVERSE",
        )
    )
    assert np.array_equal(first.pixels, twin.pixels)
    assert "inverted once: MONOCHROME1" in twin.notes


@pytest.mark.parametrize("slope", ["1", "-0.37", "2.5"])
def test_twins_agree_without_a_window_too(slope: str) -> None:
    values = np.arange(4096).reshape(64, 64)
    rescale = {"RescaleSlope": slope, "RescaleIntercept": "-17.3"}
    first = read_grayscale(film(values, **rescale))
    twin = read_grayscale(film(4095 - values, PhotometricInterpretation="MONOCHROME1", **rescale))
    assert np.array_equal(first.pixels, twin.pixels)
    rising = values if float(slope) > 0 else 4095 - values
    assert np.array_equal(first.pixels, (rising / 4095).astype(np.float32))


def test_sigmoid_is_the_standards_formula() -> None:
    values = np.arange(4096).reshape(64, 64)
    image = read_grayscale(film(values, WindowCenter=1000, WindowWidth=300, VOILUTFunction="SIGMOID"))
    expected = [1 / (1 + math.exp(min(700, -4 * (value - 1000) / 300))) for value in range(4096)]
    assert np.allclose(image.pixels.ravel(), expected, rtol=1e-6, atol=0)


def test_padding_is_black_in_both_polarities_and_nan_in_values() -> None:
    values = np.array([[0, 5, 4000, 4095]])
    for photometric in ("MONOCHROME1", "MONOCHROME2"):
        data = film(values, PixelPaddingValue=4000, PixelPaddingRangeLimit=4095, PhotometricInterpretation=photometric)
        image = read_grayscale(data)
        assert image.pixels[0, 2:].tolist() == [0, 0]
        assert image.padding is not None
        assert image.padding.tolist() == [[False, False, True, True]]
        assert "padding: 2 pixels masked" in image.notes
        assert np.isnan(read_values(data).values[0, 2:]).all()


def test_padding_written_with_the_wrong_sign_is_the_same_bits() -> None:
    made = dataset(np.array([[-2000, 0]]), bits=16, signed=True)
    made.add_new("PixelPaddingValue", "US", 65536 - 2000)
    image = read_grayscale(written(made))
    assert image.padding is not None
    assert image.padding.tolist() == [[True, False]]


def test_frames_have_their_own_transforms() -> None:
    def group(slope: float, center: float) -> Dataset:
        pixel, frame, measures, item = Dataset(), Dataset(), Dataset(), Dataset()
        pixel.RescaleSlope, pixel.RescaleIntercept, pixel.RescaleType = slope, 0, "HU"
        frame.WindowCenter, frame.WindowWidth = center, 100
        measures.PixelSpacing = [slope, 1]
        item.PixelValueTransformationSequence = Sequence([pixel])
        item.FrameVOILUTSequence = Sequence([frame])
        item.PixelMeasuresSequence = Sequence([measures])
        return item

    data = film(
        np.stack([gradient(), gradient()]),
        PerFrameFunctionalGroupsSequence=Sequence([group(1, 100), group(2, 300)]),
    )
    for frame, (slope, center) in enumerate([(1, 100), (2, 300)]):
        image = read_grayscale(data, frame)
        expected = np.clip((gradient() * slope - (center - 0.5)) / 99 + 0.5, 0, 1).astype(np.float32)
        assert np.array_equal(image.pixels, expected)
        assert image.spacing_mm == (slope, 1)
        assert read_values(data, frame).unit == "HU"
    assert refused(data, 2) == "size_mismatch"


@pytest.mark.parametrize("lacking", [0, 1, 2])
def test_a_frame_that_lacks_the_transform_of_the_others_is_not_taken_as_it_is_stored(lacking: int) -> None:
    groups = []
    for frame in range(3):
        pixel, item = Dataset(), Dataset()
        pixel.RescaleSlope, pixel.RescaleIntercept, pixel.RescaleType = 1, -1024, "HU"
        item.PixelValueTransformationSequence = Sequence([] if frame == lacking else [pixel])
        groups.append(item)
    data = film(np.stack([gradient()] * 3), PerFrameFunctionalGroupsSequence=Sequence(groups))
    for frame in range(3):
        if frame == lacking:
            assert refused(data, frame) == "missing_attribute"
        else:
            assert np.array_equal(read_values(data, frame).values, gradient() - 1024)


def test_big_endian_bytes_and_words() -> None:
    made = dataset(gradient(), syntax=ExplicitVRBigEndian)
    made.PixelData = gradient().astype(">u2").tobytes()
    assert np.array_equal(read_grayscale(written(made)).pixels, (gradient() / 4095).astype(np.float32))
    small = gradient(2, 3, 255)
    made = dataset(small, syntax=ExplicitVRBigEndian, bits=8, allocated=8)
    made.PixelData = np.frombuffer(small.astype("u1").tobytes(), "<u2").byteswap().tobytes()
    made["PixelData"].VR = "OW"
    assert np.array_equal(read_grayscale(written(made)).pixels, (small / 255).astype(np.float32))


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("sequence", ["ModalityLUTSequence", "VOILUTSequence"])
def test_a_luts_words_are_in_the_order_of_the_files_bytes(syntax: str, sequence: str) -> None:
    """Read the wrong way round, a table of 16 bits is a table still."""
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    entries = np.linspace(7, 65_535, 16).round().astype(f"{order}u2")
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [16, 0, 16])
    item.add_new("LUTData", "OW", entries.tobytes())
    made = dataset(np.arange(16).reshape(2, 8), syntax=syntax, **{sequence: Sequence([item])})
    made.PixelData = np.arange(16).astype(f"{order}u2").tobytes()
    assert np.array_equal(read_grayscale(written(made)).pixels.reshape(-1), (entries / 65_535).astype(np.float32))


def test_a_luts_single_bytes_may_lie_either_way_in_big_endian_words() -> None:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [16, 0, 8])
    item.add_new("LUTData", "OW", bytes(range(16)))
    made = dataset(np.arange(16).reshape(2, 8), syntax=ExplicitVRBigEndian, VOILUTSequence=Sequence([item]))
    made.PixelData = np.arange(16).astype(">u2").tobytes()
    assert refused(written(made)) == "ambiguous_transform"


@pytest.mark.parametrize(
    ("spacing", "expected", "note"),
    [
        ({"PixelSpacing": [0.2, 0.1]}, (0.2, 0.1), None),
        ({"ImagerPixelSpacing": [0.2, 0.1]}, (0.2, 0.1), "spacing: at the detector, not in the patient"),
        ({"PixelSpacing": [0.2, 0.2], "ImagerPixelSpacing": [0.3, 0.3]}, (0.2, 0.2), "spacing: differs from the"),
        (
            {"PixelSpacing": [0.2, 0.2], "ImagerPixelSpacing": [0.3, 0.3], "PixelSpacingCalibrationType": "FIDUCIAL"},
            (0.2, 0.2),
            "spacing: calibrated",
        ),
        ({"PixelSpacing": [0.2, 0.2], "ImagerPixelSpacing": [0.2, 0.2]}, (0.2, 0.2), "spacing: at the detector"),
        ({"PixelSpacing": [0, 0.2]}, None, "spacing: none"),
        ({}, None, "spacing: none"),
    ],
)
def test_spacing(spacing: dict[str, Any], expected: tuple[float, float] | None, note: str | None) -> None:
    image = read_grayscale(film(gradient(), **spacing))
    assert image.spacing_mm == expected
    assert note is None or any(said.startswith(note) for said in image.notes)


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"PhotometricInterpretation": "RGB", "SamplesPerPixel": 3}, "colour"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "colour"),
        ({"PixelPresentation": "COLOR"}, "colour"),
        ({"PixelPresentation": "MIXED"}, "colour"),
        ({"PhotometricInterpretation": None}, "missing_attribute"),
        ({"Rows": None}, "missing_attribute"),
        ({"BitsStored": None}, "missing_attribute"),
        ({"PixelRepresentation": None}, "missing_attribute"),
        ({"PixelRepresentation": 2}, "bad_attribute"),
        ({"BitsStored": 17}, "bits_lie"),
        ({"BitsStored": 11, "HighBit": 10}, "bits_lie"),
        ({"HighBit": 15}, "bits_lie"),
        ({"BitsAllocated": 32}, "unsupported_pixels"),
        ({"Rows": 9}, "truncated"),
        ({"Rows": 7}, "size_mismatch"),
        ({"Rows": 0}, "bad_attribute"),
        ({"PixelData": None}, "no_pixels"),
        ({"Rows": 65535, "Columns": 65535}, "too_large"),
        ({"NumberOfFrames": 2_000_000_000}, "too_large"),
        ({"WindowCenter": [1, 2], "WindowWidth": 3}, "ambiguous_transform"),
        ({"WindowCenter": 5}, "ambiguous_transform"),
        ({"WindowCenter": 5, "WindowWidth": 0}, "bad_attribute"),
        ({"WindowCenter": 5, "WindowWidth": 0, "VOILUTFunction": "SIGMOID"}, "bad_attribute"),
        ({"WindowCenter": 5, "WindowWidth": 9, "VOILUTFunction": "CUBIC"}, "bad_attribute"),
        ({"RescaleSlope": 1}, "ambiguous_transform"),
        ({"RescaleIntercept": 1}, "ambiguous_transform"),
        ({"RescaleSlope": 0, "RescaleIntercept": 1}, "bad_attribute"),
        ({"PresentationLUTShape": "INVERSE"}, "ambiguous_transform"),
        ({"PresentationLUTShape": "IDENTITY", "PhotometricInterpretation": "MONOCHROME1"}, "ambiguous_transform"),
        ({"PixelPaddingRangeLimit": 4}, "ambiguous_transform"),
        ({"Modality": "RTDOSE"}, "unsupported_pixels"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.4.1"}, "missing_attribute"),
        (
            {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.12.1", "RescaleSlope": 1, "RescaleIntercept": 0},
            "ambiguous_transform",
        ),
        ({"ModalityLUTSequence": Sequence([lut(0, [1, 2], 8)]), "RescaleSlope": 1}, "ambiguous_transform"),
        ({"ModalityLUTSequence": Sequence([lut(0, [1, 256], 8)])}, "bad_attribute"),
        ({"ModalityLUTSequence": Sequence([Dataset()])}, "bad_attribute"),
    ],
)
def test_refused_with_a_reason(attributes: dict[str, Any], reason: str) -> None:
    assert refused(film(gradient(), **attributes)) == reason


def test_a_lut_shorter_than_its_descriptor_is_refused() -> None:
    item = lut(0, [1, 2, 3], 8)
    item.LUTDescriptor = [4, 0, 8]
    assert refused(film(gradient(), VOILUTSequence=Sequence([item]))) == "bad_attribute"


def test_a_voi_lut_on_fractions_is_refused() -> None:
    attributes = {"RescaleSlope": 0.5, "RescaleIntercept": 0, "VOILUTSequence": Sequence([lut(0, [1, 2], 8)])}
    assert refused(film(gradient(), **attributes)) == "ambiguous_transform"


def test_unused_bits_must_be_unused_unless_an_overlay_is_declared() -> None:
    dirty = gradient() | 0x8000
    assert refused(film(dirty)) == "bits_lie"
    made = dataset(dirty)
    made.add_new((0x6000, 0x0102), "US", 15)
    assert np.array_equal(read_grayscale(written(made)).pixels, (gradient() / 4095).astype(np.float32))


def test_limits_hold_before_anything_is_allocated() -> None:
    data = film(gradient())
    assert refused(data, limits=Limits(frame_pixels=100)) == "too_large"
    assert refused(data, limits=Limits(object_bytes=100)) == "too_large"


@pytest.mark.parametrize("nested", [False, True])
def test_an_object_of_nothing_but_elements_is_refused_while_it_is_read(nested: bool) -> None:
    """Its bytes are few; what each costs to keep is not."""
    good = film(gradient())
    assert read_grayscale(good, limits=Limits(reads=400)).pixels.shape == (8, 16)
    at = good.find(b"\xe0\x7f\x10\x00")
    if nested:
        empty = b"\xfe\xff\x00\xe0\0\0\0\0" * 1000
        many = b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff" + empty + b"\xfe\xff\xdd\xe0\0\0\0\0"
    else:
        many = b"".join(b"\x41\x00" + number.to_bytes(2, "little") + b"LO\0\0" for number in range(0x1000, 0x1400))
    assert read_grayscale(good[:at] + many + good[at:]).pixels.shape == (8, 16)
    assert refused(good[:at] + many + good[at:], limits=Limits(reads=400)) == "too_large"


@pytest.mark.parametrize("length", [None, 0, 2**32 - 256], ids=["true", "none", "beyond the end"])
def test_a_deflated_bomb_is_refused_before_it_is_inflated(length: int | None) -> None:
    """Whatever the object says of the length of its own beginning."""
    film = dataset(gradient(), syntax=DeflatedExplicitVRLittleEndian)
    good = written(film)
    assert read_grayscale(good).pixels.shape == (8, 16)
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    begins = 128 + 4 + 12 + int.from_bytes(good[140:144], "little")
    bomb = good[:begins] + b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(80)) + squeeze.flush()
    if length is not None:
        bomb = bomb[:140] + length.to_bytes(4, "little") + bomb[144:]
    with pytest.raises(ImageRefused) as caught:
        read_grayscale(bomb)
    assert caught.value.reason == "too_large"


def test_an_unknown_syntax_is_refused() -> None:
    assert (
        refused(written(dataset(gradient(), syntax="1.2.840.10008.1.2.4.100", frames=[b"x" * 8])))
        == "unsupported_syntax"
    )
    assert refused(written(dataset(gradient(), syntax=JPEG2000Lossless, frames=[b"x" * 80]))) == "decode_failed"


def test_not_dicom_at_all() -> None:
    assert refused(b"") == "not_dicom"
    assert refused(b"%PDF-1.7" * 40) == "not_dicom"


def test_a_message_names_no_value_of_the_object() -> None:
    with pytest.raises(ImageRefused) as caught:
        read_grayscale(film(gradient(), Rows=None, PatientID="SENTINEL-17", PatientName="SENTINEL-18"))
    error: BaseException | None = caught.value
    while error is not None:
        assert "SENTINEL" not in str(error)
        error = error.__cause__


@st.composite
def luts(draw: st.DrawFn, signed: bool) -> Dataset:
    bits = draw(st.integers(1, 16))
    entries = draw(st.lists(st.integers(0, (1 << bits) - 1), min_size=2, max_size=300))
    return lut(draw(st.integers(-300 if signed else 0, 300)), entries, bits)


@st.composite
def films(draw: st.DrawFn) -> dict[str, Any]:
    allocated = draw(st.sampled_from([8, 16]))
    bits = draw(st.integers(2, allocated))
    signed = draw(st.booleans())
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    value = st.integers(low, high)
    made: dict[str, Any] = {"allocated": allocated, "bits": bits, "signed": signed}
    made["stored"] = np.array(draw(st.lists(value, min_size=6, max_size=6))).reshape(2, 3)
    decimal = st.decimals(-3000, 3000, places=3)
    fractions = False
    if draw(st.integers(0, 3)) == 0:
        made["ModalityLUTSequence"] = Sequence([draw(luts(signed))])
    elif fractions := draw(st.booleans()):
        made["RescaleSlope"] = str(draw(decimal.filter(lambda slope: slope != 0)))
        made["RescaleIntercept"] = str(draw(decimal))
    if not fractions and draw(st.integers(0, 3)) == 0:
        made["VOILUTSequence"] = Sequence([draw(luts(signed and "ModalityLUTSequence" not in made))])
    if draw(st.booleans()):
        count = draw(st.integers(1, 3))
        made["WindowCenter"] = [str(draw(decimal)) for _ in range(count)]
        made["WindowWidth"] = [str(draw(st.decimals(1, 5000, places=2))) for _ in range(count)]
        made["VOILUTFunction"] = draw(st.sampled_from([None, "LINEAR", "LINEAR_EXACT"]))
    if draw(st.booleans()):
        made["PixelPaddingValue"] = draw(value)
        if draw(st.booleans()):
            made["PixelPaddingRangeLimit"] = draw(value)
    if draw(st.booleans()):
        made["PhotometricInterpretation"] = "MONOCHROME1"
    return made


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(films())
def test_any_film_agrees_with_exact_arithmetic(made: dict[str, Any]) -> None:
    stored = made.pop("stored")
    made_dataset = dataset(stored, **made)
    image = read_grayscale(written(made_dataset))
    assert np.array_equal(image.pixels, shown(made_dataset, stored))
