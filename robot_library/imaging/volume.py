"""A volume: voxels with their place in the patient. Only numbers here; `slices` builds one from a series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Voxels = NDArray[np.float32]
Affine = NDArray[np.float64]

LPS_TO_RAS: Affine = np.diag([-1.0, -1.0, 1.0, 1.0])
"""DICOM's axes point to Left, Posterior, Superior; an affine here gives Right, Anterior, Superior."""

SAME_PLACE_MM = 0.1
"""Two series lie on one grid if no corner voxel of the one is further than this from the other's."""


@dataclass(frozen=True, eq=False)
class Volume:
    """values: float32 (i, j, k), i along columns (a row's pixels), j along rows (downwards), k along slices; the values
    as DICOM gives them (Modality LUT of each slice, no window), in `unit` (HU, "" unknown).

    affine: 4 x 4, voxel index (i, j, k, 1) → mm to the Right, Anterior, Superior. uids: SOPInstanceUID of each slice
    in the order of k. padding: where pixels were padding, None if nowhere; they have the lowest value of the others.
    """

    values: Voxels
    affine: Affine
    uids: tuple[str, ...]
    frame_of_reference: str = ""
    unit: str = ""
    padding: NDArray[np.bool_] | None = None

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance of neighbouring voxels along i, j, k."""
        return spacing_of(self.affine)


def spacing_of(affine: Affine) -> tuple[float, float, float]:
    """Distance of neighbouring voxels along the three axes, mm."""
    i, j, k = (float(side) for side in np.linalg.norm(affine[:3, :3], axis=0))
    return i, j, k


def voxel_ml(affine: Affine) -> float:
    """Volume of one voxel in ml: the determinant, so that it holds for any orientation."""
    return abs(float(np.linalg.det(affine[:3, :3]))) / 1000


def difference(one: Volume, other: Volume) -> str | None:
    """Why two volumes are not on one grid of one patient's space, or None if they are. Nothing is resampled.

    Both must name the same frame of reference: two positions compare only within one.
    """
    if one.values.shape != other.values.shape:
        return "they have different numbers of voxels"
    if not one.frame_of_reference or one.frame_of_reference != other.frame_of_reference:
        return "they do not name one frame of reference"
    apart = np.abs((one.affine - other.affine) @ corners(one.values.shape)).max()
    return f"they lie {apart:.2g} mm apart" if apart > SAME_PLACE_MM else None


def corners(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """The eight corner voxels as columns (i, j, k, 1)."""
    i, j, k = (side - 1 for side in shape[-3:])
    return np.array([[a, b, c, 1] for a in (0, i) for b in (0, j) for c in (0, k)], np.float64).T
