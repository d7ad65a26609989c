"""Overlays: planes of lines and text laid over the pixels, beside them or in their unused bits."""

from __future__ import annotations

import numpy as np
from pydicom import uid
from pydicom.dataset import FileDataset

from robot_library.imaging.dataset import text, whole
from robot_library.imaging.deidentify.burnt import Finder
from robot_library.imaging.layout import NATIVE
from robot_library.imaging.refusal import ImageRefused

_GROUPS = range(0x6000, 0x6100, 2)


def silent_overlays(dataset: FileDataset, find: Finder) -> frozenset[int]:
    """Groups of overlays kept beside the pixels in which no text is found, and which can be looked at."""
    return frozenset(group for group in _GROUPS if (group, 0x3000) in dataset and _silent(dataset, group, find))


def _silent(dataset: FileDataset, group: int, find: Finder) -> bool:
    try:
        plane = np.asarray(dataset.overlay_array(group))
    except Exception:  # whatever pydicom meets in a damaged overlay
        return False
    planes = plane if plane.ndim == 3 else plane[np.newaxis]
    return not any(len(find(np.asarray(one > 0, np.uint8) * np.uint8(255))) for one in planes)


def overlays_in_pixels(dataset: FileDataset) -> str:
    """Clear the bits beside BitsStored where an overlay is kept there; says so for the proof.

    ImageRefused where the pixels are compressed: such an overlay cannot be told from them.
    """
    if not isinstance(dataset.get("PixelData"), bytes) or not any(_in_pixels(dataset, group) for group in _GROUPS):
        return ""
    allocated, stored = whole(dataset, "BitsAllocated"), whole(dataset, "BitsStored")
    low = whole(dataset, "HighBit") + 1 - stored if "HighBit" in dataset else 0
    if str(dataset.file_meta.TransferSyntaxUID) not in NATIVE or allocated != 16 or not 0 <= low <= 16 - stored:
        raise ImageRefused("unsupported_pixels", "an overlay is kept in compressed pixels")
    order = ">" if dataset.file_meta.TransferSyntaxUID == uid.ExplicitVRBigEndian else "<"
    values = np.frombuffer(dataset.PixelData, f"{order}u2") & np.uint16(((1 << stored) - 1) << low)
    if text(dataset, "PixelRepresentation") == "1" and low == 0:
        half = 1 << (stored - 1)
        values = ((values.astype(np.int32) ^ half) - half).astype(f"{order}i2").view(f"{order}u2")
    dataset.PixelData = values.astype(f"{order}u2").tobytes()
    return "; overlays in unused bits cleared"


def _in_pixels(dataset: FileDataset, group: int) -> bool:
    """Whether the header places an overlay in the pixels' own bits; in the lowest, where it has no data of its own."""
    position = dataset[group, 0x0102].value if (group, 0x0102) in dataset else None
    if position != 0:
        return position not in (None, "")
    bits = dataset[group, 0x0100].value if (group, 0x0100) in dataset else None
    return bits not in (None, "", 1) and (group, 0x3000) not in dataset
