"""Why an object is refused: one closed list of reasons, one exception."""

from __future__ import annotations

from typing import Literal

from robot_library.errors import StudyUnreadable

Reason = Literal[
    "not_dicom",  # no DICOM Part 10 file
    "unparsable",  # the header cannot be parsed, or breaks the parser
    "no_pixels",  # an object without an image
    "missing_attribute",  # an attribute that the pixels cannot be understood without
    "bad_attribute",  # an attribute with an impossible value
    "unsupported_syntax",  # a transfer syntax, or a use of one, without an exact decoder here
    "unsupported_pixels",  # pixels that are no 8- or 16-bit grayscale (float, 1-bit, 32-bit)
    "colour",  # colour where grayscale is wanted
    "too_large",  # the header announces more than the limits allow; nothing was allocated
    "size_mismatch",  # more or fewer bytes, frames, rows, columns or bits than announced
    "truncated",  # the pixel data end early
    "bits_lie",  # stored values do not fit BitsStored, HighBit or PixelRepresentation
    "decode_failed",  # the codec refused the compressed frame
    "ambiguous_transform",  # two contradicting ways to show the pixels, or one that is not defined
    "no_geometry",  # position, orientation or spacing in the patient is missing or impossible
    "too_few_slices",  # one slice is no volume
    "mixed_orientation",  # slices that do not lie in parallel
    "mixed_grid",  # slices, or series, of different size, spacing or place
    "mixed_frame_of_reference",  # positions that are not said in one coordinate system
    "mixed_values",  # slices whose values are in different units
    "duplicate_position",  # two slices in one place: several times, echoes or directions in one series
    "tilted",  # slices shifted sideways against each other: gantry tilt, shear
    "uneven_gaps",  # slices at unequal distances, or one missing between
    "missing_slices",  # fewer slices than announced
]

GEOMETRY: frozenset[Reason] = frozenset(
    {
        "no_geometry", "too_few_slices", "mixed_orientation", "mixed_grid", "mixed_frame_of_reference", "mixed_values",
        "duplicate_position", "tilted", "uneven_gaps", "missing_slices",
    }
)  # fmt: skip
"""Reasons of a series that is no volume, though each of its images can be read."""

CURES: dict[str, str] = {
    "not_dicom": "Give a DICOM file (Part 10, with its file meta information).",
    "too_large": "Raise the limit for this site if the image is real.",
    "truncated": "Fetch the study again; if it stays short, ask the PACS administrator.",
    "size_mismatch": "Fetch the study again; if it stays so, ask the PACS administrator.",
    "colour": "Choose a grayscale image of the study.",
    "unsupported_syntax": "Ask the PACS for an uncompressed or JPEG 2000 copy.",
}


class ImageRefused(StudyUnreadable):
    """An object that cannot be read exactly; `reason` is the code, the message says which attribute.

    Never carries a value of the object: values may be patient data.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        cure = CURES.get(reason, "Have a person look at this image.")
        super().__init__(f"image refused ({reason}): {message}.", cure=cure)
        self.reason: Reason = reason

    @property
    def code(self) -> str:
        """The tree's class name: callers outside this room know only StudyUnreadable."""
        return StudyUnreadable.__name__
