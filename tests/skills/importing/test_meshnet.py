"""A published model made a skill by YAML alone: MeshNet (brain tissue), with its own axes, 1 mm, its own scale."""

from __future__ import annotations

import hashlib
import shutil
import time
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import onnxruntime
import psutil
import pytest
import yaml

from robot_library.skills.host import Skill
from robot_library.skills.tasks.outline import read_mask_file
from tests.skills.volume_skills import Ward

pytestmark = pytest.mark.data
WINDOWS = {"light": {"low": 0, "high": 100}, "20ch": {"low": 5, "high": 95}}
MIDDLE = (slice(72, 184), slice(40, 152), slice(80, 192))
"""Of the head: 112 x 112 x 112 voxels of its middle."""


def install(data_dir: Path, folder: Path, size: str) -> Skill:
    """A folder with the published file and skill.yaml; nothing else."""
    place = folder / "meshnet"
    place.mkdir()
    file = f"meshnet_gwm_{size}.onnx"
    shutil.copy(data_dir / "models" / file, place / file)
    manifest: dict[str, Any] = {
        "skill": "meshnet",
        "version": "1.0.0",
        "task": "segmentation",
        "about": "Which of the brain is grey matter, which white?",
        "clinical": {"intended_use": "tests", "not_for": ["patients"], "user": "nobody", "autonomy": "none"},
        "model": {"file": file, "sha256": hashlib.sha256((place / file).read_bytes()).hexdigest(), "license": "MIT"},
        "runtime": {"threads": 1},
        "input": {
            "kind": "volume", "name": "volume", "shape": [1, 1, -1, -1, -1], "channels": [{"name": "t1"}]
        },
        "preprocess": {
            "version": 1,
            "ops": [{"orient": {"axes": "LIA"}}, {"resample": {"mm": [1, 1, 1]}}, {"percentile_window": WINDOWS[size]},
                    {"to_volume": "ijk"}],
        },
        "gates": {"header": {"modality": ["MR"], "intent_may_be_absent_for": ["MR"]}},
        "segmentation": {
            "output": "logits",
            "gives": "class_logits",
            "segments": [{"label": "grey", "index": 2}, {"label": "white", "index": 1}],
        },
    }  # fmt: skip
    (place / "skill.yaml").write_text(yaml.safe_dump(manifest), encoding="utf-8")
    return Skill(place)


def head(data_dir: Path, part: Any) -> nibabel.Nifti1Image:
    """The T1 head, or a part of it."""
    whole = nibabel.load(data_dir / "brain_nifti" / "brainchop" / "t1_crop.nii.gz")
    return whole.slicer[part] if part else whole


def as_slices(ward: Ward, image: nibabel.Nifti1Image, axes: str) -> Any:
    """The image as DICOM slices whose row, column and normal point along `axes` (letters), exactly."""
    codes = nibabel.orientations
    turn = codes.ornt_transform(codes.io_orientation(image.affine), codes.axcodes2ornt(tuple(axes)))
    turned = image.as_reoriented(turn)
    lps = np.diag([-1, -1, 1, 1]) @ turned.affine
    cosines = (*lps[:3, 0], *lps[:3, 1])
    return ward.series(np.asarray(turned.dataobj), cosines=cosines, origin=lps[:3, 3], spacing=(1.0, 1.0, 1.0))


def direct(skill: Skill, image: nibabel.Nifti1Image, size: str) -> Any:
    """onnxruntime on the array as it lies in the file (LIA, 1 mm), nothing of ours between: the class of each voxel."""
    assert nibabel.aff2axcodes(image.affine) == ("L", "I", "A")
    values = np.asarray(image.dataobj).astype(np.float32)
    low, high = np.percentile(values, (WINDOWS[size]["low"], WINDOWS[size]["high"]))
    tensor = np.clip((values - low) / (high - low), 0, 1)[None, None].astype(np.float32)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(skill.folder / skill.manifest.model.file, options)
    return session.run(None, {"volume": tensor})[0][0].argmax(axis=0)


def compared(data_dir: Path, folder: Path, size: str, part: Any, axes: tuple[str, ...]) -> None:
    skill, image = install(data_dir, folder, size), head(data_dir, part)
    labels = direct(skill, image, size)
    expected = {"grey": (labels == 2).sum() / 1000, "white": (labels == 1).sum() / 1000}
    for way in axes:
        ward = Ward()
        stack = ward.stack(t1=as_slices(ward, image, way))
        began = time.perf_counter()
        answer = ward.run(skill, stack, pictures=True)
        took = time.perf_counter() - began
        volumes = {one.name.split(".")[0]: one.value for one in answer.measurements}
        # One voxel is 0.001 ml: the same voxels, but for rounding at the decision's edge.
        assert volumes == pytest.approx(expected, abs=0.01)
        masks, affine, _ = read_mask_file(ward.blobs.get(answer.evidence["mask"]))
        back = nibabel.Nifti1Image(masks["grey"].astype(np.uint8), affine)
        turn = nibabel.orientations.ornt_transform(
            nibabel.orientations.io_orientation(affine), nibabel.orientations.axcodes2ornt(("L", "I", "A"))
        )
        turned = back.as_reoriented(turn)
        assert np.count_nonzero(np.asarray(turned.dataobj).astype(bool) != (labels == 2)) <= 10
        assert turned.affine == pytest.approx(image.affine, abs=1e-3)
        memory = psutil.Process().memory_info().rss / 1e9
        print(f"{size} {way} {labels.shape}: grey {volumes['grey']:.1f} ml, white {volumes['white']:.1f} ml, "
              f"{took:.1f} s on one thread, process {memory:.2f} GB")  # fmt: skip
        assert answer.decision == "uncertain"  # no right to measure alone


@pytest.mark.slow
def test_a_published_model_reads_dicom_in_its_own_axes_by_yaml_alone(data_dir: Path, tmp_path: Path) -> None:
    compared(data_dir, tmp_path, "light", MIDDLE, ("LPS", "PIR"))


@pytest.mark.evidence
@pytest.mark.parametrize("size", ["light", "20ch"])
def test_the_whole_head(data_dir: Path, tmp_path: Path, size: str) -> None:
    """256 x 256 x 256. A grown brain has about 600 to 800 ml of grey and 400 to 600 ml of white matter."""
    compared(data_dir, tmp_path, size, None, ("LPS",))
