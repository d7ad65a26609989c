"""A volume skill whole, on phantoms whose volume, diameter and place are known from geometry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from robot_library.errors import AuthoringError
from robot_library.model.finding import Abstention, Finding
from robot_library.skills.host import Skill
from robot_library.skills.tasks.outline import read_mask_file
from robot_library.skills.tasks.shape import diameter_mm, parts_kept
from tests.imaging.slabs import FRAME, orientations
from tests.skills.volume_skills import Ward, lps_affine, middle_origin, phantom, threshold_model, write_skill

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
MODEL = threshold_model(["n", 1, "h", "w"])


@pytest.fixture(scope="module")
def skill(tmp_path_factory: pytest.TempPathFactory) -> Skill:
    return Skill(write_skill(tmp_path_factory.mktemp("skill"), MODEL))


def read(
    skill: Skill, cosines: Any = AXIAL, shape: Any = (64, 60, 40), spacing: Any = (3.0, 3.0, 4.0),
    centre: Any = (30, -20, 22), radii: Any = (20, 20, 20), pictures: bool = False,
) -> tuple[Any, Ward, Any]:  # fmt: skip
    """(answer, ward, mask as painted) of a body with one ellipsoid; all of it in LPS mm."""
    ward = Ward()
    origin = middle_origin(cosines, shape, spacing)
    voxels = phantom(shape, lps_affine(cosines, origin, spacing), centre, radii)
    series = ward.series(voxels, cosines=cosines, origin=origin, spacing=spacing)
    return ward.run(skill, ward.stack(t1=series), pictures=pictures), ward, voxels


def numbers(answer: Finding | Abstention) -> dict[str, Any]:
    assert isinstance(answer, Finding), answer
    return {one.name: one.text or one.value for one in answer.measurements}


@pytest.mark.parametrize("cosines", list(orientations()))
def test_every_way_to_lay_slices_measures_the_same(skill: Skill, cosines: Any) -> None:
    """Slices sorted along their normal are right-handed: 24 of the 48 ways to lay axes, the others cannot come."""
    answer, _, _ = read(skill, cosines, shape=(50, 50, 50), spacing=(3.5, 3.5, 3.5))
    said = numbers(answer)
    assert said["lesion.position"] == "left, anterior, superior"
    assert said["lesion.volume"] == pytest.approx(4 / 3 * np.pi * 20**3 / 1000, rel=0.05)
    assert [said[f"lesion.centre_{axis}"] for axis in "xyz"] == pytest.approx([30, -20, 22], abs=0.8)


@pytest.mark.parametrize("spacing", [(1.5, 1.5, 1.5), (1.0, 1.0, 5.0), (1.7, 1.2, 3.0)])
@pytest.mark.parametrize("cosines", [AXIAL, (0.8, 0.6, 0.0, -0.36, 0.48, 0.8)], ids=["axial", "oblique"])
def test_volume_and_diameter_of_a_sphere(skill: Skill, cosines: Any, spacing: Any) -> None:
    """Within the shell of the voxels that its surface cuts."""
    shape = tuple(int(90 / side) for side in spacing)
    answer, _, _ = read(skill, cosines, shape, spacing, (4, -3, 2), (25, 25, 25))
    said = numbers(answer)
    half = np.linalg.norm(spacing) / 2
    ball = [4 / 3 * np.pi * (25 + change) ** 3 / 1000 for change in (-half, 0, half)]
    assert ball[0] < said["lesion.volume"] < ball[2]
    assert said["lesion.volume"] == pytest.approx(ball[1], rel=0.02)
    assert said["lesion.diameter"] == pytest.approx(50, abs=max(spacing[:2]))


def test_an_ellipsoid_is_measured_along_its_longest_axis_within_the_slice(skill: Skill) -> None:
    """40 mm along z, but slices are axial: the answer is the 2 x 30 mm in the slice."""
    answer, _, _ = read(skill, shape=(110, 110, 50), spacing=(1.2, 1.2, 2.0), centre=(0, 0, 0), radii=(30, 12, 40))
    said = numbers(answer)
    assert said["lesion.diameter"] == pytest.approx(60, abs=1.2)
    assert said["lesion.volume"] == pytest.approx(4 / 3 * np.pi * 30 * 12 * 40 / 1000, rel=0.02)
    assert said["lesion.position"] == "central"


@pytest.mark.parametrize(
    ("centre", "words"),
    [((-40, 0, 0), "right"), ((40, 0, 0), "left"), ((0, -40, 0), "anterior"), ((0, 40, 0), "posterior"),
     ((0, 0, 25), "superior"), ((0, 0, -25), "inferior"), ((3, -4, 5), "central")],
)  # fmt: skip
def test_words_of_position_hold_in_every_orientation(skill: Skill, centre: Any, words: str) -> None:
    for cosines in list(orientations())[::8]:
        answer, _, _ = read(skill, cosines, (50, 50, 50), (3.5, 3.5, 3.5), centre, (15, 15, 15))
        assert numbers(answer)["lesion.position"] == words


def test_the_position_does_not_depend_on_where_the_scanner_has_its_origin(skill: Skill) -> None:
    ward = Ward()
    shape, spacing = (64, 60, 40), (3.0, 3.0, 4.0)
    origin = middle_origin(AXIAL, shape, spacing)
    voxels = phantom(shape, lps_affine(AXIAL, origin, spacing), (30, -20, 22), (20, 20, 20))
    series = ward.series(voxels, origin=origin + np.array([500, -300, 70]), spacing=spacing)
    said = numbers(ward.run(skill, ward.stack(t1=series)))
    assert said["lesion.position"] == "left, anterior, superior"
    assert said["lesion.centre_x"] == pytest.approx(530, abs=1)


def test_inside_the_measurable_sizes_it_speaks_alone_outside_a_person_does(skill: Skill) -> None:
    answer, _, _ = read(skill)
    assert (answer.decision, answer.operating_point, answer.n) == ("positive", "measurable", 10)
    assert answer.thresholds == {"min_ml": 0.5, "max_ml": 100.0}
    assert 0.95 < answer.score <= 1
    small, _, _ = read(skill, radii=(3.2, 3.2, 4.1))
    assert 0 < numbers(small)["lesion.volume"] < 0.5
    assert (small.decision, small.operating_point) == ("uncertain", "review")
    large, _, _ = read(skill, centre=(0, 0, 0), radii=(40, 40, 40))
    assert (large.decision, large.operating_point) == ("uncertain", "review")


def test_nothing_found_is_no_negative(skill: Skill) -> None:
    empty, _, _ = read(skill, radii=(0.1, 0.1, 0.1), centre=(31, -21, 23))
    assert isinstance(empty, Finding)
    assert (empty.decision, empty.score) == ("uncertain", 0.0)
    assert numbers(empty) == {"lesion.volume": 0.0}


def test_the_mask_is_that_of_the_series_and_the_key_image_has_its_largest_section(skill: Skill) -> None:
    answer, ward, voxels = read(skill, pictures=True)
    masks, affine, uids = read_mask_file(ward.blobs.get(answer.evidence["mask"]))
    assert np.array_equal(masks["lesion"], voxels == 1400)
    assert answer.image_uid == uids[int((voxels == 1400).sum(axis=(0, 1)).argmax())]
    assert set(answer.image_uids) == set(uids)
    assert affine[:3, :3] == pytest.approx(np.diag([-3, -3, 4]))
    assert ward.blobs.get(answer.evidence["overlay"]).startswith(b"\x89PNG")


def test_the_answer_is_the_same_on_another_grid_of_the_model(skill: Skill, tmp_path: Path) -> None:
    model = threshold_model([1, 1, 96, 96, 96])
    ops = [{"orient": {"axes": "LIA"}}, {"resample": {"mm": [2, 2, 2]}}, {"fit": {"size": [96, 96, 96]}},
           {"to_volume": "ijk"}]  # fmt: skip
    other = Skill(
        write_skill(
            tmp_path,
            model,
            preprocess={"version": 1, "ops": ops},
            input={"kind": "volume", "name": "volume", "shape": [1, 1, 96, 96, 96], "channels": [{"name": "t1"}]},
        )
    )
    one, two = numbers(read(skill)[0]), numbers(read(other)[0])
    assert two["lesion.volume"] == pytest.approx(one["lesion.volume"], rel=0.06)
    assert two["lesion.diameter"] == pytest.approx(one["lesion.diameter"], abs=3)
    assert two["lesion.position"] == one["lesion.position"]


@pytest.mark.parametrize(("keep", "left"), [("largest", 1), ("all", 2)])
def test_small_parts_are_dropped_and_the_largest_kept(keep: Any, left: int) -> None:
    from scipy import ndimage

    mask = np.zeros((20, 20, 20), np.bool_)
    mask[2:8, 2:8, 2:8] = True
    mask[8, 8, 8] = True  # touches by a corner
    mask[12:16, 12:16, 12:16] = True
    mask[18, 18, 18] = True
    kept = parts_kept(mask, np.eye(4), keep, 0.01)
    assert ndimage.label(kept, structure=np.ones((3, 3, 3)))[1] == left
    assert kept[8, 8, 8]
    assert not kept[18, 18, 18]
    assert not parts_kept(mask, np.eye(4), keep, 1.0).any()


def test_a_diameter_runs_within_one_island() -> None:
    mask = np.zeros((30, 30, 2), np.bool_)
    mask[1, 1, 0] = mask[28, 28, 0] = True
    assert diameter_mm(mask, np.diag([2.0, 2.0, 5.0, 1.0])) == 2.0
    mask[5:9, 5, 1] = True
    assert diameter_mm(mask, np.diag([2.0, 2.0, 5.0, 1.0])) == 8.0


def code(answer: Any) -> tuple[str, str]:
    assert isinstance(answer, Abstention), answer
    return answer.code, answer.reason


def test_series_that_are_not_one_volume_are_refused_with_the_reason(tmp_path: Path) -> None:
    both = {"kind": "volume", "name": "volume", "shape": [-1, 2, -1, -1], "channels": [{"name": "t1"}, {"name": "t2"}]}
    two = Skill(write_skill(tmp_path, threshold_model(["n", 2, "h", "w"]), input=both))
    voxels = np.random.default_rng(0).integers(0, 1000, (8, 7, 6))
    ward = Ward()
    one = ward.series(voxels)
    assert isinstance(ward.run(two, ward.stack(t1=one, t2=ward.series(voxels))), Finding)
    for other, why in (
        (ward.series(voxels, origin=(-20, -30, 41)), "mm apart"),
        (ward.series(voxels, FrameOfReferenceUID=FRAME + ".5"), "frame of reference"),
        (ward.series(voxels[:, :, :5]), "different numbers of voxels"),
        (ward.series(voxels, ImagePositionPatient=None), "no_geometry"),
    ):
        found, reason = code(ward.run(two, ward.stack(t1=one, t2=other)))
        assert found == "series"
        assert why in reason


def test_header_gates_are_asked_of_every_image_of_every_series(skill: Skill) -> None:
    voxels = np.random.default_rng(0).integers(0, 1000, (8, 7, 6))
    ward = Ward()
    good, bad = ward.series(voxels), ward.series(voxels, Modality="CT")
    mixed = good.model_copy(update={"images": (*good.images[:-1], bad.images[0])})
    assert code(ward.run(skill, ward.stack(t1=mixed)))[0] == "modality"
    with pytest.raises(AuthoringError, match="reads the channels t1"):
        ward.run(skill, ward.stack(flair=good))
    with pytest.raises(AuthoringError, match="stack of series"):
        skill.run(good.images[0], lambda _: voxels)  # type: ignore[arg-type, return-value]


def test_pixel_gates_of_a_volume(tmp_path: Path) -> None:
    gates = {
        "header": {"modality": ["MR"], "intent_may_be_absent_for": ["MR"]},
        "pixels": {"min_side": 8, "min_range": 0.05, "max_saturated": 0.5},
    }
    strict = Skill(write_skill(tmp_path, MODEL, gates=gates))
    voxels = np.random.default_rng(0).integers(0, 1000, (9, 8, 6))
    flat, top = np.full_like(voxels, 7), np.where(voxels > 300, 4000, voxels)
    ward = Ward()
    for given, expected in ((voxels[:7], "too_small"), (flat, "flat"), (top, "saturated")):
        assert code(ward.run(strict, ward.stack(t1=ward.series(given))))[0] == expected
    assert isinstance(ward.run(strict, ward.stack(t1=ward.series(voxels))), Finding)


def test_slices_in_another_plane_than_the_trainings_are_refused(tmp_path: Path) -> None:
    gates = {"header": {"modality": ["MR"], "intent_may_be_absent_for": ["MR"], "axes": ["LPS"]}}
    axial = Skill(write_skill(tmp_path, MODEL, gates=gates))
    for cosines, axes in ((AXIAL, "LPS"), ((0.99, 0.1411, 0, -0.1411, 0.99, 0), "LPS"), ((0, 1, 0, 0, 0, -1), "PIR"),
                          ((1, 0, 0, 0, 0, -1), "LIP"), ((-1, 0, 0, 0, -1, 0), "RAS")):  # fmt: skip
        answer, _, _ = read(axial, cosines, (40, 40, 40), (4.0, 4.0, 4.0))
        if axes == "LPS":
            assert isinstance(answer, Finding)
        else:
            assert code(answer)[0] == "orientation"


@pytest.mark.parametrize("given", [np.nan, np.inf])
def test_a_map_that_holds_no_number_is_refused(skill: Skill, given: float, monkeypatch: pytest.MonkeyPatch) -> None:
    infer = skill.session.infer

    def spoilt(tensor: Any) -> dict[str, Any]:
        outputs = infer(tensor)
        outputs["logits"][3, 0, 2, 2] = given
        return outputs

    monkeypatch.setattr(skill.session, "infer", spoilt)
    assert code(read(skill)[0])[0] == "no_number"
    monkeypatch.setattr(skill.session, "infer", lambda tensor: {"logits": infer(tensor)["logits"][:-1]})
    assert code(read(skill)[0])[0] == "no_number"
