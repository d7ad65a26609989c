"""Texts and tables as a skill's input."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from robot_library.errors import AuthoringError
from robot_library.model.skill import Column, SkillManifest
from robot_library.model.study import Image, Stack
from robot_library.skills.codes import AbstentionCode
from robot_library.skills.reading import Abstains

if TYPE_CHECKING:
    from robot_library.skills.inputs import ReadFilm, ReadVolume, Row, Subject
    from robot_library.skills.session import Tensor


class TextInput:
    """One text, handed to the model as one string: how it is cut into words is the model's own business."""

    def __init__(self, manifest: SkillManifest) -> None:
        self._skill, self._given = manifest.skill, manifest.input

    def admit(self, subject: Subject) -> AbstentionCode | None:
        """Neither empty nor longer than the skill reads; nothing is cut off."""
        if not isinstance(subject, str):
            raise AuthoringError(f"skill {self._skill!r} reads a text; it was given something else.")
        if not subject.strip():
            return AbstentionCode.TEXT_EMPTY
        return AbstentionCode.TEXT_TOO_LONG if len(subject) > self._given.max_characters else None

    def load(self, subject: Subject, read_film: ReadFilm, read_volume: ReadVolume | None) -> str:
        """The text."""
        assert isinstance(subject, str)  # admit() comes first
        return subject

    def check(self, pixels: str) -> AbstentionCode | None:
        """Nothing further."""
        return None

    def prepare(self, pixels: str) -> Tensor:
        """A tensor of one string."""
        return np.array([pixels], dtype=object).reshape((1,) * len(self._given.shape))


class TableInput:
    """One row of values by column, or the rows of a time series in order."""

    def __init__(self, manifest: SkillManifest) -> None:
        self._skill, self._given = manifest.skill, manifest.input

    def admit(self, subject: Subject) -> AbstentionCode | None:
        """AuthoringError for something else than values by column, or for a column the skill does not have."""
        rows = _rows(subject)
        if rows is None:
            raise AuthoringError(f"skill {self._skill!r} reads values by column; it was given something else.")
        known = {column.name for column in self._given.columns}
        if strangers := sorted({name for row in rows for name in row} - known):
            raise AuthoringError(f"skill {self._skill!r} has no column {', '.join(strangers)}.")
        wanted = self._given.shape[1] if len(self._given.shape) == 3 else 1
        return AbstentionCode.ROWS if not rows or wanted not in (-1, len(rows)) else None

    def load(self, subject: Subject, read_film: ReadFilm, read_volume: ReadVolume | None) -> NDArray[np.float32]:
        """(rows, columns) float32. Raises Abstains for the first value that is missing or out of range."""
        rows = _rows(subject)
        assert rows is not None  # admit() comes first
        return np.array([[_value(row, column) for column in self._given.columns] for row in rows], np.float32)

    def check(self, pixels: NDArray[np.float32]) -> AbstentionCode | None:
        """Nothing further."""
        return None

    def prepare(self, pixels: NDArray[np.float32]) -> Tensor:
        """(1, columns), or (1, rows, columns) of a time series."""
        return pixels[None] if len(self._given.shape) == 3 else pixels


def _rows(subject: Any) -> Sequence[Row] | None:
    if isinstance(subject, Mapping):
        return [subject]
    if isinstance(subject, str | Image | Stack) or not all(isinstance(row, Mapping) for row in subject):
        return None
    return list(subject)


def _value(row: Row, column: Column) -> float:
    value = row.get(column.name)
    if value is None or not math.isfinite(value):
        raise Abstains(AbstentionCode.VALUE_MISSING, column.name)
    if not column.min <= value <= column.max:
        unit = f" {column.unit}" if column.unit else ""
        raise Abstains(
            AbstentionCode.VALUE_OUT_OF_RANGE, f"{column.name}: made for {column.min:g} to {column.max:g}{unit}"
        )
    return float(value)
