"""What the pixels of one object may show: looked at, blanked, answered for by a person, or a refusal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydicom import uid
from pydicom.dataset import FileDataset

from robot_library.imaging.dataset import text
from robot_library.imaging.deidentify.burnt import Box, Finder, blank, outside_regions, written
from robot_library.imaging.deidentify.profile import Profile
from robot_library.imaging.deidentify.proof import NotDeidentified
from robot_library.imaging.deidentify.raster import Raster, put
from robot_library.imaging.refusal import ImageRefused

Pixels = Literal["none", "clean", "answered"]
"""Nothing to look at; shown clean under clean-pixels; as they were, because they look clean or a person answers."""

_VIDEO = re.compile(r"1\.2\.840\.10008\.1\.2\.4\.10[0-8](\.1)?")
"""Transfer syntaxes of MPEG-2, MPEG-4 and HEVC."""
_NO_PICTURE = re.compile(r"1\.2\.840\.10008\.5\.1\.4\.1\.1\.(66\.\d+|30|481\.2)")
"""Segmentations, parametric maps and doses: numbers for a program. A capture of one bit or of 32 is a picture."""
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_TRUST = "Look at it; if nobody can be known by its pixels, say --trust-pixels."
_CURE = "Say --option clean-pixels to blank it, or look at it and say --trust-pixels."


@dataclass(frozen=True)
class Looking:
    """By a profile and a finder of text. `trusted`: a person answers for what cannot be shown clean."""

    profile: Profile
    find: Finder
    trusted: bool

    def at(self, dataset: FileDataset) -> tuple[str, Pixels]:
        """What the proof says of the pixels, and what they are now. NotDeidentified."""
        if not any(keyword in dataset for keyword in _PIXELS):
            return "no pixels", "none"
        if _VIDEO.fullmatch(str(dataset.file_meta.TransferSyntaxUID)):
            if not self.trusted:
                raise NotDeidentified("video", "it is a video, in which text cannot be looked for.", _TRUST)
            return "not looked at: a video; a person answers for it", "answered"
        if text(dataset, "BitsAllocated") not in ("8", "16") and _NO_PICTURE.fullmatch(text(dataset, "SOPClassUID")):
            return "no picture for reading (a mask, doses or the like)", "none"
        clean = self.profile.has("clean-pixels")
        self._refuse_said(dataset, clean)
        try:
            raster = Raster(dataset)
            boxes = written(raster, self.find)
        except ImageRefused as refused:
            if not self.trusted:
                raise NotDeidentified(
                    "pixels_unseen", f"its pixels cannot be looked at: {refused.message}", _TRUST
                ) from None
            return "not looked at: a person answers for them", "answered"
        return self._cleaned(dataset, raster, boxes) if clean else self._looked(boxes)

    def _refuse_said(self, dataset: FileDataset, clean: bool) -> None:
        """What the header says of its own pixels, where nothing that is done to them helps."""
        if self.trusted:
            return
        if text(dataset, "SpecimenLabelInImage").upper() == "YES":
            cause = "its header says that the label of a slide is in the picture; bar codes cannot be cleaned."
            raise NotDeidentified("burnt_in_text", cause, _TRUST)
        if not clean and _says_text(dataset):
            raise NotDeidentified("burnt_in_text", "its header says that text is burnt into the pixels.", _CURE)

    def _cleaned(self, dataset: FileDataset, raster: Raster, boxes: list[Box]) -> tuple[str, Pixels]:
        kept = outside_regions(dataset)
        done = None
        if boxes or kept is not None:
            pixels = raster.all()
            done = blank(pixels, boxes, kept, raster.colours)
            if np.array_equal(done, pixels):
                done = None
        if done is None:
            if not _says_text(dataset):
                return "looked at: no text found", "clean"
            if not self.trusted:
                cause = "its header says that text is burnt into the pixels, and none was found to blank."
                raise NotDeidentified("burnt_in_text", cause, _TRUST)
            return "looked at: no text found, where the header says there is; a person answers for it", "answered"
        if raster.shape.syntax == uid.ExplicitVRBigEndian:
            cause = "it is big endian, and blanked pixels are written little endian."
            raise NotDeidentified("burnt_in_text", cause, "Convert it to little endian first.")
        put(dataset, done, raster.colours)
        outside = ", and all outside the ultrasound regions" if kept is not None else ""
        return f"blanked: {len(boxes)} places{outside}", "clean"

    def _looked(self, boxes: list[Box]) -> tuple[str, Pixels]:
        if not boxes:
            return "looked at: no text found", "answered"
        if self.trusted:
            return f"looked at: {len(boxes)} places like text; a person answers for them", "answered"
        raise NotDeidentified("burnt_in_text", f"{len(boxes)} places in its pixels look like text.", _CURE)


def _says_text(dataset: FileDataset) -> bool:
    return text(dataset, "BurnedInAnnotation").upper() == "YES"
