"""Series to volume: every slice in its place with its own values, or refused with the reason; never identity."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file

from robot_library.imaging.headers import read_image
from robot_library.imaging.refusal import ImageRefused
from robot_library.imaging.slices import read_volume
from robot_library.imaging.volume import Volume, difference, voxel_ml
from robot_library.model.study import Series
from tests.imaging.dicoms import MemoryBlobs, dataset, lut
from tests.imaging.slabs import AXIAL, FRAME, built, enhanced, orientations, series, slab

RNG = np.random.default_rng(7)
VOXELS = RNG.integers(0, 4000, (7, 6, 5))


def refused(slices: list[Any], **options: Any) -> str:
    with pytest.raises(ImageRefused) as caught:
        built(slices, **options)
    return caught.value.reason


def test_slices_in_any_order_become_the_voxels_they_were() -> None:
    volume = built(slab(VOXELS))
    assert np.array_equal(volume.values, VOXELS)
    assert volume.values.dtype == np.float32
    assert volume.spacing_mm == pytest.approx((0.7, 0.9, 3.0))
    assert voxel_ml(volume.affine) == pytest.approx(0.7 * 0.9 * 3 / 1000)


def test_the_affine_says_where_voxels_are_to_the_right_anterior_superior() -> None:
    """Analytic: voxel (1, 2, 3) of an axial series lies at LPS (-20 + 0.7, -30 + 1.8, 40 + 9)."""
    volume = built(slab(VOXELS))
    assert volume.affine @ [1, 2, 3, 1] == pytest.approx([19.3, 28.2, 49.0, 1.0])


@pytest.mark.parametrize("cosines", [*orientations(), (0.8, 0.6, 0, -0.36, 0.48, 0.8)])
def test_the_affine_agrees_with_nibabels_own_reading_of_the_header(cosines: tuple[float, ...]) -> None:
    slices = slab(VOXELS, cosines=cosines)
    volume = built(slices)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nibabel calls its DICOM reader experimental
        from nibabel.nicom.dicomwrappers import wrapper_from_data

        read = [wrapper_from_data(one) for one in slices]
    for wrapper, one in zip(read, slices, strict=True):
        k = volume.uids.index(one.SOPInstanceUID)
        # nibabel's array is (rows, columns), LPS mm.
        theirs = np.diag([-1, -1, 1, 1]) @ wrapper.affine @ [4, 5, 0, 1]
        assert volume.affine @ [5, 4, k, 1] == pytest.approx(theirs, abs=1e-4)
        assert volume.values[5, 4, k] == one.pixel_array[4, 5] == np.asarray(wrapper.get_data())[4, 5]


@pytest.mark.parametrize("cosines", list(orientations()))
def test_axis_letters_are_nibabels(cosines: tuple[float, ...]) -> None:
    from robot_library.skills.volume_ops import axes_of

    affine = built(slab(VOXELS, cosines=cosines)).affine
    assert axes_of(affine) == "".join(nibabel.aff2axcodes(affine))


def test_an_enhanced_object_is_the_same_volume() -> None:
    slices = slab(VOXELS, RescaleSlope=2, RescaleIntercept=-7)
    one, other = built(slices), built([enhanced(slices[::-1])])
    assert np.array_equal(one.values, other.values)
    assert other.affine == pytest.approx(one.affine)
    assert len(set(other.uids)) == 1
    assert len(other.uids) == 5


def test_each_slice_has_its_own_sign_and_rescale() -> None:
    """A widely used loader takes the first slice's dtype for all: -1000 HU becomes 64536."""
    hu = np.arange(-1000, -1000 + 7 * 6 * 4).reshape(7, 6, 4)
    slices = []
    for k in range(4):
        signed, offset = bool(k % 2), -1024 if k < 2 else 0
        stored = hu - offset if k != 2 else hu + 2000
        one = slab(
            stored, signed=signed, bits=16 if signed else 12, RescaleSlope=1, RescaleType="HU",
            RescaleIntercept=offset if k != 2 else -2000,
        )[k]  # fmt: skip
        slices.append(one)
    assert {one.PixelRepresentation for one in slices} == {0, 1}
    volume = built(slices)
    assert np.array_equal(volume.values, hu)
    assert volume.unit == "HU"


def test_window_and_monochrome1_do_not_touch_the_values() -> None:
    plain = built(slab(VOXELS))
    shown = built(slab(VOXELS, WindowCenter=100, WindowWidth=50, PhotometricInterpretation="MONOCHROME1"))
    assert np.array_equal(plain.values, shown.values)


def test_a_modality_lut_of_one_slice_is_that_slices() -> None:
    slices = slab(VOXELS % 4)
    slices[2].ModalityLUTSequence = [lut(0, [10, 20, 30, 40], 16)]
    slices[2].ModalityLUTSequence[0].ModalityLUTType = ""
    values = built(slices).values
    assert np.array_equal(values[:, :, 2], 10 * (VOXELS[:, :, 2] % 4) + 10)
    assert np.array_equal(values[:, :, 3], VOXELS[:, :, 3] % 4)


def test_padding_has_the_lowest_value_of_the_rest_and_is_told() -> None:
    voxels = VOXELS + 100
    voxels[0, :, 1] = 63
    volume = built(slab(voxels, PixelPaddingValue=63))
    assert volume.padding is not None
    assert np.array_equal(volume.padding, voxels == 63)
    assert np.unique(volume.values[volume.padding]) == voxels[voxels != 63].min()


def _moved(k: int, **attributes: Any) -> list[Any]:
    slices = slab(VOXELS)
    for keyword, value in attributes.items():
        if value is None:
            delattr(slices[k], keyword)
        else:
            setattr(slices[k], keyword, value)
    return slices


@pytest.mark.parametrize(
    ("slices", "reason"),
    [
        (_moved(2, ImagePositionPatient=[-20, -30, 46.5]), "uneven_gaps"),
        (slab(VOXELS)[:2] + slab(VOXELS)[3:], "uneven_gaps"),
        (_moved(3, ImagePositionPatient=[-20, -30, 46]), "duplicate_position"),
        (slab(VOXELS) + slab(VOXELS), "duplicate_position"),
        (_moved(1, ImageOrientationPatient=[1, 0, 0, 0, 0.9998, 0.02]), "mixed_orientation"),
        (_moved(1, ImageOrientationPatient=[0, 1, 0, 1, 0, 0]), "mixed_orientation"),
        (_moved(0, PixelSpacing=[0.9, 0.71]), "mixed_grid"),
        (_moved(0, FrameOfReferenceUID=FRAME + ".1"), "mixed_frame_of_reference"),
        (_moved(0, FrameOfReferenceUID=None), "mixed_frame_of_reference"),
        (_moved(4, ImagePositionPatient=None), "no_geometry"),
        (_moved(4, ImageOrientationPatient=None), "no_geometry"),
        (_moved(4, PixelSpacing=None), "no_geometry"),
        (_moved(4, PixelSpacing=[0.9, 0.0]), "no_geometry"),
        (_moved(4, ImageOrientationPatient=[1, 0, 0, 1, 0, 0]), "no_geometry"),
        (_moved(4, ImageOrientationPatient=[0, 0, 0, 0, 0, 0]), "no_geometry"),
        (_moved(4, ImagePositionPatient=["", "", ""]), "bad_attribute"),
        (slab(VOXELS)[:1], "too_few_slices"),
        ([*slab(VOXELS)[:4], *slab(VOXELS[:6])[4:]], "mixed_grid"),
        (_moved(1, NumberOfSeriesRelatedInstances=6), "missing_slices"),
        (_moved(-1, ImagesInAcquisition=6), "missing_slices"),
    ],
)
def test_what_is_no_volume_is_refused_with_its_reason(slices: list[Any], reason: str) -> None:
    if reason == "bad_attribute":
        assert refused(slices) in ("bad_attribute", "no_geometry")
    elif slices[-1].get("ImagesInAcquisition"):
        for one in slices:
            one.ImagesInAcquisition = 6
        assert refused(slices) == "missing_slices"
    else:
        assert refused(slices) == reason


@pytest.mark.parametrize("tilt", [0.5, 5.0, 20.0])
def test_gantry_tilt_is_refused(tilt: float) -> None:
    """Slices of a tilted gantry: parallel, evenly apart, but each shifted down the patient against the last."""
    slices = slab(VOXELS, spacing=(0.7, 0.9, 10.0))
    for k, one in enumerate(slices):
        one.ImagePositionPatient = [-20, -30 + k * 10 * float(np.tan(np.radians(tilt))), 40 + 10 * k]
    assert refused(slices) == "tilted"


def test_headers_that_were_rounded_are_still_a_volume() -> None:
    """0.625 mm apart, written to two places."""
    slices = slab(VOXELS, spacing=(0.7, 0.9, 0.625))
    for k, one in enumerate(slices):
        one.ImagePositionPatient = [-20, -30, f"{40 + 0.625 * k:.2f}"]
    assert built(slices).spacing_mm[2] == pytest.approx(0.625, abs=0.005)


def test_fewer_slices_than_somebody_announced() -> None:
    assert refused(slab(VOXELS), expected=6) == "missing_slices"
    assert built(slab(VOXELS), expected=5).values.shape == (7, 6, 5)


def test_an_object_that_was_cut_into_several_is_whole_only_with_all_of_them() -> None:
    """A concatenation: one long object sent as several; the first half is an even stack of its own."""
    slices = slab(VOXELS)
    parts = [enhanced(slices[:2]), enhanced(slices[2:])]
    for number, part in enumerate(parts, 1):
        part.ConcatenationUID, part.InConcatenationNumber, part.InConcatenationTotalNumber = "1.2.3", number, 2
    assert np.array_equal(built(parts).values, built(slices).values)
    assert refused(parts[:1]) == "missing_slices"


def test_frames_without_a_place_each_are_refused() -> None:
    """A multi-frame object with one position for all frames would be a volume by guesswork."""
    whole = dataset(np.moveaxis(VOXELS, 2, 0), ImagePositionPatient=[0, 0, 0], ImageOrientationPatient=list(AXIAL),
                    PixelSpacing=[1, 1], FrameOfReferenceUID=FRAME, Modality="NM")  # fmt: skip
    assert refused([whole]) == "no_geometry"


def test_other_bytes_than_were_received_and_other_units_are_refused() -> None:
    blobs = MemoryBlobs()
    one = series(slab(VOXELS), blobs)
    with pytest.raises(ImageRefused, match="not those that were received"):
        read_volume(one, lambda image: blobs.get(image.blob) + b"\0")
    slices = slab(VOXELS, RescaleSlope=1, RescaleIntercept=0, RescaleType="HU")
    slices[1].RescaleType = "OD"
    assert refused(slices) == "mixed_values"


def test_grids_are_one_or_say_why_not() -> None:
    volume = built(slab(VOXELS))
    assert difference(volume, built(slab(VOXELS // 2))) is None
    far = built(slab(VOXELS, origin=(-20, -30, 40.2)))
    assert "mm apart" in str(difference(volume, far))
    assert "frame of reference" in str(difference(volume, built(slab(VOXELS, FrameOfReferenceUID=FRAME + ".9"))))
    assert "numbers of voxels" in str(difference(volume, built(slab(VOXELS[:, :, :4]))))
    unnamed = built(slab(VOXELS, FrameOfReferenceUID=None))
    assert "frame of reference" in str(difference(unnamed, unnamed))


def _corpus(folder: str) -> Volume:
    """A series of pydicom's own files."""
    root = Path(str(get_testdata_file("dicomdirtests/DICOMDIR"))).parent
    blobs = MemoryBlobs()
    images = []
    for path in sorted((root / folder).iterdir()):
        data = path.read_bytes()
        images.append(read_image(data, blobs.put(data), "file"))
    return read_volume(Series(series_uid="1", images=tuple(images)), lambda image: blobs.get(image.blob))


def test_real_series_of_pydicom() -> None:
    root = Path(str(get_testdata_file("dicomdirtests/DICOMDIR"))).parent
    volume = _corpus("98892001/CT5N")
    assert volume.values.shape == (16, 16, 5)
    for path in (root / "98892001/CT5N").iterdir():
        read = pydicom.dcmread(path)
        k = volume.uids.index(read.SOPInstanceUID)
        expected = read.pixel_array.astype(float) * read.RescaleSlope + read.RescaleIntercept
        assert np.array_equal(volume.values[:, :, k].T, expected)
        x, y, z = (float(value) for value in read.ImagePositionPatient)
        assert (volume.affine @ [0, 0, k, 1])[:3] == pytest.approx([-x, -y, z], abs=0.05)


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        ("77654033/CT2", "uneven_gaps"),
        ("98892001/CT2N", "mixed_orientation"),
        ("98892003/MR700", "mixed_orientation"),
        ("98892003/MR1", "mixed_frame_of_reference"),
    ],
)
def test_real_series_that_are_no_volume(folder: str, reason: str) -> None:
    with pytest.raises(ImageRefused) as caught:
        _corpus(folder)
    assert caught.value.reason == reason
