"""Each gate refuses what it is for, and absent is not a pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from robot_library.model.skill import PixelGates
from robot_library.skills.codes import AbstentionCode
from robot_library.skills.gates import check_header, check_pixels
from robot_library.skills.manifest import load_manifest
from tests.skills.films import PNEUMONIA, header, image

GATES = load_manifest(PNEUMONIA).gates
JPEG, J2K = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.91"


def test_a_proper_image_passes() -> None:
    assert check_header(GATES.header, image()) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"source": "screen"}, "source"),
        ({"header": header(Modality=None)}, "modality_missing"),
        ({"header": header(Modality="CT")}, "modality"),
        ({"header": header(PresentationIntentType="FOR PROCESSING")}, "intent"),
        ({"header": header(SOPClassUID="1.2.840.10008.5.1.4.1.1.1.1.1")}, "intent"),
        ({"header": header(Modality="CR", SOPClassUID=None, PresentationIntentType=None)}, "intent_missing"),
        ({"age_years": None}, "age_missing"),
        ({"age_years": float("nan")}, "age_missing"),
        ({"age_years": 0.99}, "age_out_of_range"),
        ({"age_years": 6.0}, "age_out_of_range"),
        ({"age_years": 64.0}, "age_out_of_range"),
        ({"role": "unknown"}, "view_missing"),
        ({"role": "lateral"}, "view"),
        ({"header": header(PatientOrientation="R\\F")}, "orientation"),
        ({"header": header(PatientOrientation="F\\L")}, "orientation"),
        ({"header": header(BodyPartExamined="SKULL")}, "body_part"),
        ({"frames": 2}, "frames"),
        ({"header": header(LossyImageCompression="01")}, "lossy_unknown"),
        ({"header": header(LossyImageCompression="01", LossyImageCompressionRatio="30")}, "lossy"),
        ({"header": header(LossyImageCompression="01", LossyImageCompressionRatio="5\\5")}, "lossy"),
        ({"header": header(LossyImageCompression="01", LossyImageCompressionRatio="0")}, "lossy_unknown"),
        ({"header": header(LossyImageCompression="01", LossyImageCompressionRatio="0.05")}, "lossy_unknown"),
        ({"header": header(TransferSyntaxUID=JPEG)}, "lossy_unknown"),
        ({"header": header(TransferSyntaxUID=JPEG, LossyImageCompression="00")}, "lossy_unknown"),
        ({"header": header(TransferSyntaxUID=JPEG, LossyImageCompressionRatio="30")}, "lossy"),
        ({"header": header(TransferSyntaxUID=J2K, LossyImageCompression=None)}, "lossy_unknown"),
    ],
)
def test_a_header_gate_refuses(changes: dict[str, Any], code: str) -> None:
    assert check_header(GATES.header, image(**changes)) == code


@pytest.mark.parametrize(
    "changes",
    [
        {"age_years": 1.0},
        {"age_years": 5.99},
        {"header": header(BodyPartExamined=None, PatientOrientation=None)},
        {"header": header(PresentationIntentType=None)},  # the SOP class says it
        {"header": header(LossyImageCompression="01", LossyImageCompressionRatio="10")},
        {"header": header(TransferSyntaxUID=JPEG, LossyImageCompression="01", LossyImageCompressionRatio="10")},
        {"header": header(TransferSyntaxUID=J2K, LossyImageCompression="00")},
        {"header": header(TransferSyntaxUID="1.2.840.10008.1.2.4.90", LossyImageCompression=None)},
        {"header": header(Modality="CR", SOPClassUID="1.2.840.10008.5.1.4.1.1.1")},
    ],
)
def test_a_header_gate_lets_through(changes: dict[str, Any]) -> None:
    assert check_header(GATES.header, image(**changes)) is None


def test_spacing_is_asked_for_only_when_lengths_are_measured() -> None:
    strict = GATES.header.model_copy(update={"spacing": "required"})
    assert check_header(strict, image()) == "spacing_missing"
    assert check_header(strict, image(header=header(PixelSpacing="0.1\\0.1"))) is None


def ramp(side: int = 300) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.linspace(0, 1, side * side, dtype=np.float32).reshape(side, side)


def half_black() -> np.ndarray[Any, np.dtype[np.float32]]:
    film = ramp()
    film[:180] = 0
    return film


@pytest.mark.parametrize(
    ("film", "code"),
    [
        (ramp()[:223], "too_small"),
        (ramp()[:, :223], "too_small"),
        (np.full((300, 300), 0.5, np.float32), "flat"),
        (0.5 + ramp() * 0.1, "flat"),
        (half_black(), "saturated"),
        (np.where(ramp() > 0.999, np.nan, ramp()), "not_finite"),
        (np.where(ramp() > 0.999, np.inf, ramp()), "not_finite"),
        (ramp()[..., None], "not_a_film"),
        (ramp()[:0], "not_a_film"),
    ],
)
def test_a_pixel_gate_refuses(film: Any, code: str) -> None:
    assert check_pixels(GATES.pixels, film.astype(np.float32)) == code


def test_a_proper_film_passes() -> None:
    assert check_pixels(GATES.pixels, ramp()) is None
    assert check_pixels(PixelGates(), ramp()[:1]) is None


def test_every_code_explains_itself_in_one_plain_sentence() -> None:
    codes = [code.value for code in AbstentionCode]
    assert len(set(codes)) == len(codes)
    assert all(len(code.explanation) > 20 and code.explanation[0].islower() for code in AbstentionCode)


def test_a_film_of_one_value_is_counted_once() -> None:
    """At a limit of all pixels nothing is saturated, as ever."""
    assert check_pixels(PixelGates(max_saturated=1.0), np.full((300, 300), 0.5, np.float32)) is None
    assert check_pixels(PixelGates(max_saturated=0.5), np.full((300, 300), 0.5, np.float32)) is AbstentionCode.SATURATED


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_pixel_that_is_no_number_is_enough(value: float) -> None:
    film = np.random.default_rng(0).random((300, 300), np.float32)
    film[299, 298] = value
    assert check_pixels(PixelGates(), film) is AbstentionCode.NOT_FINITE
