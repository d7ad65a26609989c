"""The gates before and after the model: what makes a skill say nothing, and with which code.

Absent is not a pass: a header that does not say modality, intent, age or view is refused like one that says the
wrong thing. The age comes first after modality and intent, because reading an adult with a children's model is the
mistake that looks most like an answer.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from robot_library.model.skill import HeaderGates, PixelGates
from robot_library.model.study import Image
from robot_library.skills.codes import AbstentionCode as Code

PRESENTATION_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.1.1": "FOR PRESENTATION",
    "1.2.840.10008.5.1.4.1.1.1.1.1": "FOR PROCESSING",
    "1.2.840.10008.5.1.4.1.1.1.2": "FOR PRESENTATION",
    "1.2.840.10008.5.1.4.1.1.1.2.1": "FOR PROCESSING",
}
"""SOP classes (DX, mammography) that say themselves what the pixels are for."""

Gate = Callable[[HeaderGates, Image], Code | None]


def _source(gates: HeaderGates, image: Image) -> Code | None:
    return None if image.source in gates.source else Code.SOURCE


def _modality(gates: HeaderGates, image: Image) -> Code | None:
    modality = image.header.get("Modality")
    if modality is None:
        return Code.MODALITY_MISSING
    return None if modality in gates.modality else Code.MODALITY


def _intent(gates: HeaderGates, image: Image) -> Code | None:
    """Both the attribute and the SOP class are asked; one that says otherwise refuses, whatever the other says."""
    header = image.header
    said = {header.get("PresentationIntentType"), PRESENTATION_CLASSES.get(header.get("SOPClassUID", ""))} - {None}
    if not said:
        return None if header.get("Modality") in gates.intent_may_be_absent_for else Code.INTENT_MISSING
    return None if said <= set(gates.intent) else Code.INTENT


def _age(gates: HeaderGates, image: Image) -> Code | None:
    if gates.age_years is None:
        return None
    if image.age_years is None or not np.isfinite(image.age_years):
        return Code.AGE_MISSING
    return None if gates.age_years.min <= image.age_years < gates.age_years.below else Code.AGE_OUT_OF_RANGE


def _view(gates: HeaderGates, image: Image) -> Code | None:
    if not gates.view:
        return None
    if image.role == "unknown":
        return Code.VIEW_MISSING
    return None if image.role in gates.view else Code.VIEW


def _orientation(gates: HeaderGates, image: Image) -> Code | None:
    said = image.header.get("PatientOrientation", "")
    return None if not said or not gates.orientation or said in gates.orientation else Code.ORIENTATION


def _body_part(gates: HeaderGates, image: Image) -> Code | None:
    said = image.header.get("BodyPartExamined", "").upper()
    return None if not said or not gates.body_part or said in gates.body_part else Code.BODY_PART


def _frames(gates: HeaderGates, image: Image) -> Code | None:
    return None if image.frames == 1 else Code.FRAMES


LOSSY = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})
"""Transfer syntaxes that have lost something, whatever the header says: JPEG by cosines, 8 and 12 bits."""
MAYBE_LOSSY = frozenset({"1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.91"})
"""Those that may have: JPEG-LS near-lossless, JPEG 2000. A header that says nothing is not a pass."""


def _lossy(gates: HeaderGates, image: Image) -> Code | None:
    if gates.max_lossy_ratio is None:
        return None
    syntax = image.header.get("TransferSyntaxUID", "")
    said = image.header.get("LossyImageCompression", "01" if syntax in MAYBE_LOSSY else "00")
    if said == "00" and syntax not in LOSSY:
        return None
    try:
        # One ratio for each compression the image went through: they multiply.
        ratio = float(np.prod([float(v) for v in image.header["LossyImageCompressionRatio"].split("\\")]))
    except (KeyError, ValueError):
        return Code.LOSSY_UNKNOWN
    if not ratio >= 1:  # of nothing smaller than itself; some write 0, or 1:10 as 0.1
        return Code.LOSSY_UNKNOWN
    return None if ratio <= gates.max_lossy_ratio else Code.LOSSY


def _spacing(gates: HeaderGates, image: Image) -> Code | None:
    missing = not ({"PixelSpacing", "ImagerPixelSpacing"} & image.header.keys())
    return Code.SPACING_MISSING if gates.spacing == "required" and missing else None


GATES: tuple[Gate, ...] = (
    _source, _modality, _intent, _age, _view, _orientation, _body_part, _frames, _lossy, _spacing,
)  # fmt: skip
"""In the order in which they are asked; the first that refuses gives the reason."""


def check_header(gates: HeaderGates, image: Image, *, volume: bool = False) -> Code | None:
    """The first header gate that refuses this image, or None. volume: one of a volume's, which may hold many frames."""
    asked = (gate for gate in GATES if not (volume and gate is _frames))
    return next((code for gate in asked if (code := gate(gates, image)) is not None), None)


def check_pixels(gates: PixelGates, film: NDArray[np.float32]) -> Code | None:
    """The first pixel gate that refuses this film (rows, columns; 0..1 of the display range), or None."""
    if film.ndim != 2 or film.size == 0:
        return Code.NOT_A_FILM
    darkest, brightest = film.min(), film.max()  # a NaN anywhere makes both NaN
    if not (np.isfinite(darkest) and np.isfinite(brightest)):
        return Code.NOT_FINITE
    if min(film.shape) < gates.min_side:
        return Code.TOO_SMALL
    low, high = np.percentile(film[_every(film.shape[0]), _every(film.shape[1])], (1, 99))
    if high - low < gates.min_range:
        return Code.FLAT
    return Code.SATURATED if _at(film, darkest, brightest) / film.size > gates.max_saturated else None


def _at(film: NDArray[np.float32], darkest: np.float32, brightest: np.float32) -> int:
    """How many pixels have one of two values; in bands of rows that stay in the processor's cache."""
    band = max(1, _BAND // film.shape[1])
    bands = (film[start : start + band] for start in range(0, film.shape[0], band))
    ends = {darkest, brightest}  # of a film of one value, one
    return sum(int(np.count_nonzero(one == end)) for one in bands for end in ends)


_BAND = 1 << 15
"""Pixels."""


def _every(side: int) -> slice:
    """A stride that leaves 256 to 512 samples a side: percentiles of 5 million pixels cost 60 ms."""
    return slice(None, None, max(1, side // 256))
