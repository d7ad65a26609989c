"""What the tests of volume skills share: phantoms in any orientation as DICOM, skills with a model of a few lines."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import yaml
from numpy.typing import NDArray
from onnx import TensorProto, helper

from robot_library.imaging.slices import read_volume
from robot_library.model.study import Series, Stack
from robot_library.skills.host import Skill
from tests.imaging.dicoms import MemoryBlobs
from tests.imaging.slabs import series, slab

BODY, LESION = 600, 1400
"""Grey values of the phantom: air 0, body, lesion."""


def threshold_model(shape: Sequence[int | str], at: float = 1000.0, channels: int = 1) -> bytes:
    """ONNX: logits = (mean over axis 1 - at) / 50, the same shape with one class."""
    out = [shape[0], 1, *shape[2:]]
    weights = [
        helper.make_tensor("axes", TensorProto.INT64, [1], [1]),
        helper.make_tensor("at", TensorProto.FLOAT, [], [at]),
        helper.make_tensor("by", TensorProto.FLOAT, [], [50.0]),
    ]
    nodes = [
        helper.make_node("ReduceMean", ["volume", "axes"], ["mean"], keepdims=1),
        helper.make_node("Sub", ["mean", "at"], ["over"]),
        helper.make_node("Div", ["over", "by"], ["logits"]),
    ]
    given = helper.make_tensor_value_info("volume", TensorProto.FLOAT, list(shape))
    gives = helper.make_tensor_value_info("logits", TensorProto.FLOAT, out)
    graph = helper.make_graph(nodes, "threshold", [given], [gives], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def write_skill(folder: Path, model: bytes, **changes: Any) -> Path:
    """A segmentation skill in folder/threshold; `changes` replace top-level keys of its manifest."""
    place = folder / "threshold"
    place.mkdir(parents=True)
    (place / "model.onnx").write_bytes(model)
    manifest: dict[str, Any] = {
        "skill": "threshold",
        "version": "1.0.0",
        "task": "segmentation",
        "about": "Is there anything bright?",
        "clinical": {"intended_use": "tests", "not_for": ["patients"], "user": "nobody", "autonomy": "none"},
        "model": {"sha256": hashlib.sha256(model).hexdigest(), "license": "Apache-2.0"},
        "runtime": {"threads": 1},
        "input": {"kind": "volume", "name": "volume", "shape": [-1, 1, -1, -1], "channels": [{"name": "t1"}]},
        "preprocess": {"version": 1, "ops": [{"to_slices": "all"}]},
        "gates": {"header": {"modality": ["MR"], "intent_may_be_absent_for": ["MR"]}},
        "segmentation": {
            "output": "logits",
            "segments": [{"label": "lesion", "measure": ["volume", "diameter", "centre"]}],
            "measurable": {"min_ml": 0.5, "max_ml": 100, "dice": 0.9, "dice_ci95": [0.8, 0.95], "n": 10},
        },
    }
    (place / "skill.yaml").write_text(yaml.safe_dump(manifest | changes), encoding="utf-8")
    return place


def ellipsoid(
    shape: tuple[int, int, int], affine: NDArray[np.float64], centre: Sequence[float], radii: Sequence[float]
) -> NDArray[np.bool_]:
    """Voxels whose centre lies in an ellipsoid; centre and radii in mm along the axes of `affine`'s space."""
    indices = np.indices(shape).reshape(3, -1)
    mm = affine[:3, :3] @ indices + affine[:3, 3:]
    inside = (((mm.T - centre) / radii) ** 2).sum(axis=1) <= 1
    return np.asarray(inside.reshape(shape))


def lps_affine(
    cosines: Sequence[float], origin: Sequence[float], spacing: tuple[float, float, float]
) -> NDArray[np.float64]:
    """Voxel (i, j, k) → LPS mm, as `slab` lays them."""
    row, column = np.array(cosines[:3]), np.array(cosines[3:])
    made = np.eye(4)
    made[:3, :3] = np.stack([row, column, np.cross(row, column)], axis=1) * spacing
    made[:3, 3] = origin
    return made


def middle_origin(
    cosines: Sequence[float], shape: tuple[int, int, int], spacing: tuple[float, float, float]
) -> NDArray[np.float64]:
    """The origin that puts the middle of the volume at 0, 0, 0."""
    return -lps_affine(cosines, (0, 0, 0), spacing)[:3, :3] @ ((np.array(shape) - 1) / 2)


class Ward:
    """Series of phantoms, their bytes, and a skill run on them."""

    def __init__(self) -> None:
        self.blobs = MemoryBlobs()

    def series(self, voxels: NDArray[Any], **options: Any) -> Series:
        return series(slab(voxels, **options), self.blobs)

    def stack(self, **channels: Series) -> Stack:
        return Stack(study_uid="1.2", channels=channels)

    def run(self, skill: Skill, stack: Stack, *, pictures: bool = False) -> Any:
        def build(one: Series) -> Any:
            return read_volume(one, lambda image: self.blobs.get(image.blob))

        return skill.run(stack, _no_film, self.blobs if pictures else None, read_volume=build)


def _no_film(image: Any) -> Any:
    raise AssertionError("a volume skill decoded a film")


def phantom(
    shape: tuple[int, int, int], affine: NDArray[np.float64], centre: Sequence[float], radii: Sequence[float]
) -> NDArray[np.int64]:
    """A body of 70 x 80 x 60 mm around 0, 0, 0 with a lesion in it."""
    values = np.zeros(shape, np.int64)
    values[ellipsoid(shape, affine, (0, 0, 0), (70, 80, 60))] = BODY
    values[ellipsoid(shape, affine, centre, radii)] = LESION
    return values
