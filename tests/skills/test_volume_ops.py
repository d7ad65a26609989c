"""Operations on volumes: there as the manifest says, and back onto the grid of the series."""

from __future__ import annotations

import itertools
from typing import Any

import nibabel
import numpy as np
import pytest
from scipy import ndimage

from robot_library.model.skill import Preprocess
from robot_library.skills.volume_ops import Grid, Plan, axes_of

RNG = np.random.default_rng(3)
SHAPE = (9, 7, 5)
ALL_AXES = ["".join(letters) for kinds in itertools.permutations(("LR", "AP", "SI"))
            for letters in itertools.product(*kinds)]  # fmt: skip


def grid(spacing: tuple[float, float, float] = (1, 1, 1), axes: str = "RAS", shape: Any = SHAPE) -> Grid:
    """Axes along the patient's, as nibabel lays them."""
    codes = nibabel.orientations.axcodes2ornt(tuple(axes))
    affine = np.zeros((4, 4))
    for axis, (place, sign) in enumerate(codes):
        affine[int(place), axis] = sign * spacing[axis]
    affine[:, 3] = [11, -7, 5, 1]
    return Grid(shape, affine)


def plan(where: Grid, *ops: dict[str, Any]) -> Plan:
    return Plan(Preprocess(version=1, ops=ops), where)  # type: ignore[arg-type]


def channels(count: int = 2, shape: Any = SHAPE) -> Any:
    return RNG.normal(100, 30, (count, *shape)).astype(np.float32)


def test_forty_eight_ways_to_lay_axes() -> None:
    assert len(ALL_AXES) == len(set(ALL_AXES)) == 48


@pytest.mark.parametrize("present", ALL_AXES)
def test_orient_agrees_with_nibabel_and_comes_back_exactly(present: str) -> None:
    where = grid((1.0, 2.0, 3.0), present)
    assert axes_of(where.affine) == present
    values = channels(1)
    for axes in ("LIA", "RAS", "ASL"):
        turned = plan(where, {"orient": {"axes": axes}})
        image = nibabel.Nifti1Image(values[0], where.affine)
        target = nibabel.orientations.axcodes2ornt(tuple(axes))
        theirs = image.as_reoriented(
            nibabel.orientations.ornt_transform(nibabel.orientations.io_orientation(where.affine), target)
        )
        assert np.array_equal(turned.tensor(values)[0], theirs.get_fdata(dtype=np.float32))
        assert turned.grid.affine == pytest.approx(theirs.affine)
        assert turned.grid.shape == theirs.shape
        assert np.array_equal(turned.back(turned.tensor(values)), values)


@pytest.mark.parametrize("last", [{"to_slices": "all"}, {"to_volume": "ijk"}])
@pytest.mark.parametrize("axes", ["RAS", "LIA", "PSR"])
def test_a_mask_comes_back_voxel_for_voxel_through_turning_padding_and_layout(axes: str, last: dict[str, str]) -> None:
    where = grid((0.5, 0.8, 3.0), "LPS")
    ops = plan(where, {"orient": {"axes": axes}}, {"fit": {"size": (12, 11, 10)}}, last)
    mask = (channels(3) > 110).astype(np.float32)
    laid = ops.tensor(mask)
    assert laid.shape == ((10, 3, 11, 12) if "to_slices" in last else (1, 3, 12, 11, 10))
    assert np.array_equal(ops.back(laid), mask)


def test_fit_pads_with_the_lowest_value_and_crops_about_the_middle() -> None:
    where = grid()
    values = channels()
    ops = plan(where, {"fit": {"size": (4, 10, 5)}})
    out = ops.tensor(values)
    assert np.array_equal(out[:, :, 1:8], values[:, 2:6])
    for channel, given in zip(out, values, strict=True):
        assert (channel[:, 0] == given.min()).all()
        assert (channel[:, 8:] == given.min()).all()
    back = ops.back(np.ones_like(out))
    assert (back[:, 2:6] == 1).all()
    assert (back[:, :2] == 0).all()
    assert ops.grid.affine @ [0, 1, 0, 1] == pytest.approx(where.affine @ [2, 0, 0, 1])


@pytest.mark.parametrize("mm", [(1.0, 1.0, 1.0), (2.0, 0.5, 4.0), (0.7, 0.7, 0.7)])
def test_resample_keeps_what_is_linear_in_place(mm: tuple[float, float, float]) -> None:
    """A field that is linear in space stays so: its value at every new voxel is that of its place."""
    where = grid((1.0, 1.3, 2.0), "RAS", (20, 18, 12))
    slope = np.array([3.0, -2.0, 0.5])

    def field(affine: Any, shape: Any) -> Any:
        at = np.indices(shape).reshape(3, -1)
        return (slope @ (affine[:3, :3] @ at + affine[:3, 3:])).reshape(shape).astype(np.float32)

    ops = plan(where, {"resample": {"mm": mm}})
    out = ops.tensor(field(where.affine, where.shape)[None])[0]
    assert out.shape == ops.grid.shape
    inner = tuple(slice(3, -3) for _ in range(3))
    assert out[inner] == pytest.approx(field(ops.grid.affine, ops.grid.shape)[inner], abs=1e-3)
    spread = [side * length for side, length in zip(ops.grid.shape, mm, strict=True)]
    assert spread == pytest.approx([20, 18 * 1.3, 24], abs=max(mm) / 2)


def test_resample_is_scipys_linear_interpolation() -> None:
    where = grid((1.0, 1.0, 2.0))
    values = channels(1)
    ops = plan(where, {"resample": {"mm": (0.6, 1.4, 1.0)}})
    out = ops.tensor(values)[0]
    into = np.linalg.inv(where.affine) @ ops.grid.affine
    at = np.indices(out.shape).reshape(3, -1)
    places = into[:3, :3] @ at + into[:3, 3:]
    theirs = ndimage.map_coordinates(values[0].astype(np.float64), places, order=1, mode="nearest")
    assert out.ravel() == pytest.approx(theirs, abs=1e-3)


def test_a_probability_map_comes_back_to_the_grid_it_came_from() -> None:
    """A smooth blob, down to another grid and back: the mask at 0.5 differs on its edge alone."""
    where = grid((0.9, 0.9, 3.0), "LPS", (64, 60, 24))
    at = np.indices(where.shape).reshape(3, -1)
    mm = where.affine[:3, :3] @ (at - np.array([[31.5], [29.5], [11.5]]))
    blob = (1 / (1 + np.exp(np.linalg.norm(mm, axis=0) - 18))).reshape(where.shape).astype(np.float32)
    for ops in (
        plan(where, {"resize_stretch": {"height": 128, "width": 128}}, {"to_slices": "all"}),
        plan(where, {"resize_stretch": {"height": 40, "width": 40}}, {"to_slices": "all"}),
        plan(where, {"orient": {"axes": "LIA"}}, {"resample": {"mm": (1, 1, 1)}},
             {"fit": {"size": (80, 80, 80)}}, {"to_volume": "ijk"}),
    ):  # fmt: skip
        back = ops.back(ops.tensor(blob[None]))[0]
        assert back.shape == where.shape
        one, other = blob >= 0.5, back >= 0.5
        assert 2 * (one & other).sum() / (one.sum() + other.sum()) > 0.98
        inside = ndimage.binary_erosion(one)
        outside = ~ndimage.binary_dilation(one)
        assert other[inside].all()
        assert not other[outside].any()


def test_slices_are_images_rows_down() -> None:
    where = grid()
    values = channels()
    out = plan(where, {"to_slices": "all"}).tensor(values)
    assert out.shape == (5, 2, 7, 9)
    assert out[3, 1, 6, 2] == values[1, 2, 6, 3]
    assert out.flags.c_contiguous


def test_grey_values_are_changed_channel_by_channel() -> None:
    values = channels() * np.array([1, 50], np.float32).reshape(2, 1, 1, 1)
    out = plan(grid(), {"percentile_clip": {"low": 1, "high": 99}}, {"standardize": {}}).tensor(values)
    for channel, given in zip(out, values, strict=True):
        clipped = np.clip(given, *np.percentile(given.astype(np.float64), (1, 99)))
        assert channel == pytest.approx((clipped - clipped.mean()) / clipped.std(), abs=1e-5)
    window = plan(grid(), {"percentile_window": {"low": 0, "high": 100}}).tensor(values)
    for channel, given in zip(window, values, strict=True):
        assert channel == pytest.approx((given - given.min()) / (given.max() - given.min()), abs=1e-6)
    scaled = plan(grid(), {"scale": {"factor": 2, "offset": 1}}, {"clip": {"low": 5, "high": 300}}).tensor(values)
    assert scaled == pytest.approx(np.clip(values * 2 + 1, 5, 300))


def test_a_map_of_other_voxels_is_refused() -> None:
    ops = plan(grid(), {"to_volume": "ijk"})
    with pytest.raises(ValueError, match="voxels"):
        ops.back(np.zeros((1, 1, 9, 7, 6), np.float32))
    with pytest.raises(ValueError, match="voxels"):
        ops.back(np.zeros((9, 7, 5), np.float32))
