"""What is given to a skill, and how it reaches the model: gates before, pixels, tensor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, assert_never

from robot_library.errors import AuthoringError
from robot_library.model.skill import SkillManifest
from robot_library.model.study import Image, Series, Stack
from robot_library.skills.codes import AbstentionCode
from robot_library.skills.gates import check_header, check_pixels
from robot_library.skills.preprocess import pipeline
from robot_library.skills.reading import Film
from robot_library.skills.session import Tensor

ReadFilm = Callable[[Image], Film]
"""Decodes an image's pixels; the imaging room's, wired by bot.py."""
ReadVolume = Callable[[Series], Any]
"""Builds a series' volume (imaging.volume.Volume)."""
Row = Mapping[str, float | None]
Subject = Image | Stack | str | Row | Sequence[Row]
"""An image, a stack of series, a text, a table's row, or the rows of a time series."""


class Given(Protocol):
    """One kind of input."""

    def admit(self, subject: Subject) -> AbstentionCode | None:
        """Everything that can be said before pixels are decoded."""

    def load(self, subject: Subject, read_film: ReadFilm, read_volume: ReadVolume | None) -> Any:
        """Its pixels, as `check` and `prepare` take them; what the readers raise passes through, and Abstains."""

    def check(self, pixels: Any) -> AbstentionCode | None:
        """The pixel gates."""

    def prepare(self, pixels: Any) -> Tensor:
        """The model's tensor."""


class FilmInput:
    """One image, as a film (rows, columns) float32 in 0..1."""

    def __init__(self, manifest: SkillManifest) -> None:
        self._manifest = manifest
        self.prepare: Callable[[Film], Tensor] = pipeline(manifest.preprocess)

    def admit(self, subject: Subject) -> AbstentionCode | None:
        """The header gates."""
        if not isinstance(subject, Image):
            raise AuthoringError(f"skill {self._manifest.skill!r} reads one image; it was given something else.")
        header = self._manifest.gates.header
        return check_header(header, subject) if header is not None else None

    def load(self, subject: Subject, read_film: ReadFilm, read_volume: ReadVolume | None) -> Film:
        """The film."""
        assert isinstance(subject, Image)  # admit() comes first
        return read_film(subject)

    def check(self, pixels: Film) -> AbstentionCode | None:
        """Size, contrast, saturation."""
        return check_pixels(self._manifest.gates.pixels, pixels)


def input_of(manifest: SkillManifest) -> Given:
    """The kind of input that a manifest names."""
    match manifest.input.kind:
        case "film":
            return FilmInput(manifest)
        case "volume":
            from robot_library.skills.volumes import VolumeInput

            return VolumeInput(manifest)
        case "text":
            from robot_library.skills.tables import TextInput

            return TextInput(manifest)
        case "table":
            from robot_library.skills.tables import TableInput

            return TableInput(manifest)
        case other:
            assert_never(other)
