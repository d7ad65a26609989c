"""Study, series and image: DICOM identity, and where the bytes came from. Pixels stay in the blob store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from robot_library.model.base import Frozen
from robot_library.model.person import Identity

Source = Literal["dicomweb", "dicom", "file", "screen"]


class Image(Frozen):
    """One DICOM instance (or a screen capture). `blob` is the reference of its bytes, `sha256` their hash.

    `header` holds the attributes that gates ask for, by DICOM keyword, as text; an absent or empty
    attribute is not in it ("absent is not a pass"). `age_years` comes from birth and study date, else from
    PatientAge. `role` is frontal | lateral | unknown, from the header alone.
    """

    sop_instance_uid: str
    series_uid: str = ""
    study_uid: str = ""
    source: Source
    blob: str
    sha256: str
    rows: int = 0
    columns: int = 0
    frames: int = 1
    age_years: float | None = None
    role: Literal["frontal", "lateral", "unknown"] = "unknown"
    instance_number: int = 0
    header: dict[str, str] = {}


class Series(Frozen):
    """Images of one series, in no promised order: whoever builds a volume sorts them by where they lie."""

    series_uid: str
    description: str = ""
    images: tuple[Image, ...]


def in_series(images: Iterable[Image]) -> tuple[Series, ...]:
    """Images by their SeriesInstanceUID, in the order in which each series first appears."""
    groups: dict[str, list[Image]] = {}
    for image in images:
        groups.setdefault(image.series_uid, []).append(image)
    return tuple(
        Series(series_uid=uid, description=some[0].header.get("SeriesDescription", ""), images=tuple(some))
        for uid, some in groups.items()
    )


class Stack(Frozen):
    """What a volume skill reads: one series for each of its channels, by the channel's name."""

    study_uid: str
    channels: dict[str, Series]

    @property
    def images(self) -> tuple[Image, ...]:
        """Every image of every channel."""
        return tuple(image for series in self.channels.values() for image in series.images)


class Study(Frozen):
    """A study as received. `expected_images` is what the PACS announced, None if it did not say.

    `refused` lists (SOPInstanceUID or running number, reason) of objects that could not be taken; `others`
    (SOPInstanceUID, kind) of objects that are no images: reports, PDF, presentation states; and of images that a
    rejection note in the study takes back.
    """

    study_uid: str
    accession: str = ""
    source: Source
    identity: Identity
    images: tuple[Image, ...] = ()
    expected_images: int | None = None
    refused: tuple[tuple[str, str], ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    description: str = ""
    study_date: str = ""
