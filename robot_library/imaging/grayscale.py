"""The grayscale transforms of DICOM (PS3.3 C.7.6.3, C.11.1, C.11.2) as tables over stored values.

An image has at most 65,536 different stored values, so each transform is worked out once a value in float64 and
looked up a pixel. That is exact, fast, and the same for a film and its MONOCHROME1 twin: inversion is the sign of
the distance from the window's middle, not a subtraction from a rounded result.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from robot_library.imaging.dataset import items, number, numbers, text, whole
from robot_library.imaging.layout import Layout
from robot_library.imaging.refusal import ImageRefused

Table = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# C.8.7.1.1.2: in these objects the Modality LUT may be there for measuring only, not for showing.
_XA_XRF = ("1.2.840.10008.5.1.4.1.1.12.1", "1.2.840.10008.5.1.4.1.1.12.2")

# Enhanced CT, MR, MR colour, PET, XA, XRF: their transforms are in functional groups, so these must be there.
_ENHANCED = {f"1.2.840.10008.5.1.4.1.1.{tail}" for tail in ("2.1", "4.1", "4.3", "130", "12.1.1", "12.2.1")}


@dataclass(frozen=True)
class Modality:
    """Modality values a stored value, [low] first. `top` is the largest output of a LUT, None for a rescale; `rescale`
    (slope, intercept), None for a LUT."""

    values: Table
    unit: str
    top: int | None
    rising: bool
    rescale: tuple[float, float] | None = None


def functional_group(dataset: Dataset, frame: int, sequence: str) -> Dataset | None:
    """The item of a functional group macro that holds for a frame: its own, else the shared one, else None."""
    own = items(dataset, "PerFrameFunctionalGroupsSequence")
    shared = items(dataset, "SharedFunctionalGroupsSequence")
    if own and frame >= len(own):
        raise ImageRefused("size_mismatch", "there are fewer functional groups than frames")
    for group in ([own[frame]] if own else []) + shared[:1]:
        found = items(group, sequence)
        if found:
            return found[0]
    return None


def _others_have(dataset: Dataset, sequence: str) -> bool:
    """By the first frame and the last: asked of each frame, all of them would be too many."""
    own = items(dataset, "PerFrameFunctionalGroupsSequence")
    return bool(own) and any(items(own[place], sequence) for place in (0, -1))


def padding_mask(dataset: Dataset, layout: Layout) -> Mask | None:
    """Which stored values, [low] first, are padding (C.7.5.1.1.2: value, or range both ends included)."""
    first, last = number(dataset, "PixelPaddingValue"), number(dataset, "PixelPaddingRangeLimit")
    if first is None:
        if last is not None:
            raise ImageRefused("ambiguous_transform", "PixelPaddingRangeLimit without PixelPaddingValue")
        return None
    ends = [_as_stored(end, layout) for end in (first, first if last is None else last)]
    stored = np.arange(layout.low, layout.high + 1)
    return (stored >= min(ends)) & (stored <= max(ends))


def _as_stored(value: float, layout: Layout) -> int:
    """A US that should have been an SS, or the other way round: the same bits, read with the image's sign."""
    bits = int(value) & ((1 << layout.allocated) - 1)
    return bits - (1 << layout.allocated) if layout.signed and bits >> (layout.allocated - 1) else bits


def modality_table(dataset: Dataset, layout: Layout, frame: int) -> Modality:
    """Stored value -> modality value (C.11.1). Raises ImageRefused: ambiguous_transform, bad_attribute."""
    group = functional_group(dataset, frame, "PixelValueTransformationSequence")
    if group is None and _others_have(dataset, "PixelValueTransformationSequence"):
        raise ImageRefused("missing_attribute", "other frames have a PixelValueTransformationSequence, this one none")
    source = dataset if group is None else group
    luts = items(dataset, "ModalityLUTSequence")
    slope, intercept = number(source, "RescaleSlope"), number(source, "RescaleIntercept")
    if luts or slope is not None or intercept is not None:
        if text(dataset, "SOPClassUID") in _XA_XRF:
            raise ImageRefused("ambiguous_transform", "a Modality LUT in an XA or XRF image")
        if luts and (slope, intercept) != (None, None):
            raise ImageRefused("ambiguous_transform", "both ModalityLUTSequence and a rescale")
    stored = np.arange(layout.low, layout.high + 1, dtype=np.float64)
    if luts:
        lut = Lut.read(luts[0], signed=layout.signed)
        return Modality(lut(stored), text(luts[0], "ModalityLUTType"), lut.top, rising=True)
    if slope is None and intercept is None:
        return Modality(stored, "", None, rising=True, rescale=(1.0, 0.0))
    if slope is None or intercept is None:
        raise ImageRefused("ambiguous_transform", "only one of RescaleSlope and RescaleIntercept")
    if slope == 0:
        raise ImageRefused("bad_attribute", "RescaleSlope is 0")
    rescale = (slope, intercept)
    return Modality(stored * slope + intercept, text(source, "RescaleType"), None, rising=slope > 0, rescale=rescale)


@dataclass(frozen=True)
class Lut:
    """A look-up table (C.11.1.1): entries for `first`, `first` + 1, …; outside, the end entries hold."""

    first: int
    entries: npt.NDArray[np.uint16]
    top: int

    @classmethod
    def read(cls, item: Dataset, *, signed: bool) -> Lut:
        """Raises ImageRefused: bad_attribute, missing_attribute when descriptor and data disagree."""
        descriptor = numbers(item, "LUTDescriptor")
        if len(descriptor) != 3:
            raise ImageRefused("bad_attribute", "LUTDescriptor has not three values")
        count, first, bits = (int(part) & 0xFFFF for part in descriptor)
        if not 1 <= bits <= 16:
            raise ImageRefused("bad_attribute", "LUTDescriptor names impossible bits")
        entries = _lut_data(item, count or 65_536)
        top = (1 << bits) - 1
        if entries.max() > top:
            raise ImageRefused("bad_attribute", "LUTData do not fit LUTDescriptor")
        return cls(first - 65_536 if signed and first > 32_767 else first, entries, top)

    def __call__(self, values: Table) -> Table:
        index = np.clip(values - self.first, 0, len(self.entries) - 1).astype(np.intp)
        return self.entries[index].astype(np.float64)


def _lut_data(item: Dataset, count: int) -> npt.NDArray[np.uint16]:
    value = item.get("LUTData")
    if value is None:
        raise ImageRefused("missing_attribute", "LUTData is missing")
    if isinstance(value, bytes):
        if item.original_encoding[1] is False and len(value) < 2 * count:
            raise ImageRefused("ambiguous_transform", "LUTData of one byte an entry in a big endian file")
        order = ">" if item.original_encoding[1] is False else "<"
        entries = np.frombuffer(value, f"{order}u2" if len(value) >= 2 * count else "u1").astype(np.uint16)
        # One byte an entry: the standard allows it up to 8 bits; an odd count is padded to a whole word.
        entries = entries[:count] if len(value) in (2 * count, count + count % 2) else entries[:0]
    else:
        parts = numbers(item, "LUTData")
        entries = np.array([int(part) & 0xFFFF for part in parts], np.uint16)
    if len(entries) != count:
        raise ImageRefused("bad_attribute", "LUTData have not the length that LUTDescriptor says")
    return entries


def display_table(
    dataset: Dataset, layout: Layout, modality: Modality, frame: int, *, inverted: bool
) -> tuple[Table, tuple[str, ...]]:
    """Stored value -> [0, 1], 0 black, after VOI (C.11.2) and inversion; and notes on what was chosen.

    A VOI LUT is preferred to a window, and the first of several is used. Without either, the whole range of values
    that BitsStored allows is shown linearly: it never depends on what the picture shows.
    """
    group = functional_group(dataset, frame, "FrameVOILUTSequence")
    source = dataset if group is None else group
    luts = items(source, "VOILUTSequence")
    centers, widths = numbers(source, "WindowCenter"), numbers(source, "WindowWidth")
    if len(centers) != len(widths):
        raise ImageRefused("ambiguous_transform", "WindowCenter and WindowWidth have different numbers of values")
    if luts:
        notes = (f"voi: first of {len(luts)} LUTs", *(("voi: a window was there too",) if centers else ()))
        return _through_lut(luts[0], modality, inverted), notes
    if centers:
        function = text(source, "VOILUTFunction") or "LINEAR"
        distance = _window(modality.values, centers[0], widths[0], function)
        table = _sigmoid(distance, inverted) if function == "SIGMOID" else _ramp(distance, inverted)
        return table, (f"voi: first of {len(centers)} windows, {function}",)
    if modality.top is not None:
        return _scaled(modality.values, modality.top, inverted), ("voi: none, whole range of the Modality LUT",)
    ramp = np.arange(layout.high - layout.low + 1, dtype=np.float64)
    table = _scaled(ramp, layout.high - layout.low, inverted == modality.rising)
    return table, ("voi: none, whole range of BitsStored",)


def _through_lut(item: Dataset, modality: Modality, inverted: bool) -> Table:
    if not np.array_equal(modality.values, np.rint(modality.values)):
        raise ImageRefused("ambiguous_transform", "a VOI LUT on fractions")
    lut = Lut.read(item, signed=bool(modality.values.min() < 0))
    return _scaled(lut(modality.values), lut.top, inverted)


def _scaled(values: Table, top: int, inverted: bool) -> Table:
    return (top - values if inverted else values) / top


def _window(values: Table, center: float, width: float, function: str) -> Table:
    """Signed distance from the middle of the window, 1 = its width. A width of 0 gives -inf, +inf."""
    if function == "LINEAR":
        center, width = center - 0.5, width - 1
    elif function not in ("LINEAR_EXACT", "SIGMOID"):
        raise ImageRefused("bad_attribute", "VOILUTFunction is none of LINEAR, LINEAR_EXACT, SIGMOID")
    if width < 0 or (width == 0 and function != "LINEAR"):
        raise ImageRefused("bad_attribute", "WindowWidth is too small for its VOILUTFunction")
    if width == 0:  # LINEAR of width 1 is a threshold; a value on it is black (C.11.2.1.2.1)
        return np.where(values <= center, -np.inf, np.inf)
    return (values - center) / width


def _ramp(distance: Table, inverted: bool) -> Table:
    return np.clip(-distance if inverted else distance, -0.5, 0.5) + 0.5


def _sigmoid(distance: Table, inverted: bool) -> Table:
    exponent = np.clip(4 * distance if inverted else -4 * distance, -700, 700)
    return 1 / (1 + np.exp(exponent))


def is_inverted(dataset: Dataset) -> bool:
    """Whether low values are bright: MONOCHROME1, which PresentationLUTShape may only confirm.

    DX couples MONOCHROME1 with INVERSE and MONOCHROME2 with IDENTITY (C.8.11.3). Where they contradict each other,
    viewers show opposite pictures: refused.
    """
    first = text(dataset, "PhotometricInterpretation") == "MONOCHROME1"
    shape = text(dataset, "PresentationLUTShape")
    if shape and shape != ("INVERSE" if first else "IDENTITY"):
        raise ImageRefused("ambiguous_transform", "PresentationLUTShape contradicts PhotometricInterpretation")
    return first


def require_film(dataset: Dataset) -> None:
    """Refuse objects whose pixels are no picture: dose grids, segmentations. Raises ImageRefused."""
    if text(dataset, "Modality") in ("RTDOSE", "SEG", "REG") or whole(dataset, "BitsAllocated") == 1:
        raise ImageRefused("unsupported_pixels", "its pixel values are no picture (dose grid, segmentation)")
    if text(dataset, "SOPClassUID") in _ENHANCED and "PerFrameFunctionalGroupsSequence" not in dataset:
        raise ImageRefused("missing_attribute", "an enhanced image without its functional groups")
