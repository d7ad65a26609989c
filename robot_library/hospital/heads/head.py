"""What a synthetic head is: plain data, no heavy imports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Sequence = Literal["pre", "flair", "post"]
SEQUENCES: tuple[Sequence, ...] = ("pre", "flair", "post")
SIDE = 256


@dataclass(frozen=True, eq=False)
class Head:
    """Axial slices, lowest first, rows front to back, columns from the patient's right to left.

    `stored`: of each sequence (slices, 256, 256) uint16 below 4096. `lesion`: (slices, 256, 256) bool.
    `spacing`: mm between columns and rows; `between`: mm from slice to slice.
    """

    seed: int
    stored: Mapping[Sequence, npt.NDArray[np.uint16]]
    lesion: npt.NDArray[np.bool_]
    spacing: float
    between: float

    @property
    def slices(self) -> int:
        """How many slices each sequence has."""
        return len(self.lesion)

    @property
    def lesion_ml(self) -> float:
        """The lesion's volume, counted in voxels."""
        return float(self.lesion.sum()) * self.spacing**2 * self.between / 1000
