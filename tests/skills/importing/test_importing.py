"""Somebody else's model made into a skill: taken as it is, or refused with the reason."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import yaml
from onnx import TensorProto, helper

from robot_library.cli.main import run_cli
from robot_library.errors import AuthoringError, SetupError
from robot_library.skills.host import Skill
from robot_library.skills.importing.monai import read_bundle
from robot_library.skills.importing.onnx_file import look_at
from tests.skills.volume_skills import threshold_model


def model(
    kind: int = TensorProto.FLOAT, gives: int = TensorProto.FLOAT, shape: Any = ("n", 3), opset: int = 17,
    domain: str = "", op: str = "Cast", inputs: int = 1,
) -> onnx.ModelProto:  # fmt: skip
    """One operator, so that one thing is wrong with it."""
    names = [f"x{place}" for place in range(inputs)]
    attributes = {"to": gives} if op == "Cast" else {}
    node = helper.make_node(op, names if op != "Cast" else names[:1], ["y"], domain=domain, **attributes)
    given = [helper.make_tensor_value_info(name, kind, list(shape)) for name in names]
    graph = helper.make_graph([node], "g", given, [helper.make_tensor_value_info("y", gives, list(shape))])
    imports = [helper.make_opsetid("", opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    return helper.make_model(graph, opset_imports=imports, ir_version=9)


def test_what_an_onnx_file_says_of_itself() -> None:
    looked = look_at(threshold_model([1, 1, "x", "y", "z"]))
    assert (looked.input.name, looked.input.kind, looked.input.shape) == ("volume", "float", (1, 1, -1, -1, -1))
    assert [(one.name, one.shape) for one in looked.outputs] == [("logits", (1, 1, -1, -1, -1))]
    assert looked.opset == 18


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (model(kind=TensorProto.DOUBLE), "its input is double"),
        (model(kind=TensorProto.FLOAT16), "its input is float16"),
        (model(kind=TensorProto.INT64), "its input is int64"),
        (model(gives=TensorProto.INT64), "its output 'y' is int64"),
        (model(op="Add", inputs=2), "it has 2 inputs"),
        (model(opset=7), "its opset is 7"),
        (model(op="Magic", domain="com.example"), "not ONNX's own \\(com.example\\)"),
        (model(op="Gelu", domain="com.microsoft"), "not ONNX's own \\(com.microsoft\\)"),
        (model(op="NoSuchThing"), "checker refuses"),
    ],
)
def test_a_model_that_cannot_be_a_skills_is_refused(broken: onnx.ModelProto, reason: str) -> None:
    with pytest.raises(SetupError, match=reason):
        look_at(broken.SerializeToString())


@pytest.mark.parametrize(
    "made_by", [{"ConstantOfShape": "s"}, {"Expand": "xs"}, {"Tile": "xt"}], ids=lambda one: next(iter(one))
)
def test_a_few_bytes_that_ask_for_all_of_a_memory_are_refused(made_by: dict[str, str]) -> None:
    ((op, inputs),) = made_by.items()
    weights = [onnx.numpy_helper.from_array(np.array([1, 1, 1 << 17, 1 << 17]), name) for name in inputs if name != "x"]
    nodes = [helper.make_node(op, list(inputs), ["large"]),
             helper.make_node("ReduceMax", ["large"], ["y"], keepdims=1)]  # fmt: skip
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 1, 1])
    gives = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 1, 1])
    graph = helper.make_graph(nodes, "g", [given], [gives], weights)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    with pytest.raises(SetupError, match="makes a tensor of more"):
        look_at(made.SerializeToString())


def test_no_model_at_all_and_weights_in_another_file_are_refused() -> None:
    for data in (b"", b"\x89PNG\r\n", b"not a model" * 100):
        with pytest.raises(SetupError, match="no ONNX file"):
            look_at(data)
    made = onnx.load_model_from_string(threshold_model(["n", 1, "h", "w"]))
    weight = made.graph.initializer[1]
    weight.ClearField("float_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="../secret")
    with pytest.raises(SetupError, match="another file"):
        look_at(made.SerializeToString())
    # in a branch, in a list, in a function: wherever a tensor may stand
    for where in ("branch", "list", "function", "sparse"):
        made = onnx.load_model_from_string(threshold_model(["n", 1, "h", "w"]))
        attribute = made.graph.node[0].attribute.add(name="x")
        hidden = {
            "branch": lambda one=attribute: one.g.initializer.add(),
            "list": lambda one=attribute: one.tensors.add(),
            "function": lambda one=made: one.functions.add(name="f").node.add().attribute.add(name="y").t,
            "sparse": lambda one=made: one.graph.sparse_initializer.add().values,
        }[where]()  # type: ignore[no-untyped-call]
        hidden.external_data.add(key="location", value="../secret")
        with pytest.raises(SetupError, match="another file"):
            look_at(made.SerializeToString())


def filled(folder: Path, **values: str) -> None:
    """Every TODO of a manifest replaced, as a person would."""
    text = (folder / "skill.yaml").read_text(encoding="utf-8")
    for key, value in values.items():
        text = re.sub(rf"{key}: \[?\"?TODO[^\n#]*", f"{key}: {value}", text)
    text = re.sub(r"- TODO[^\n]*", "- patients", text)
    text = re.sub(r"\"?TODO[^\n\"}]*\"?", "said", text)
    (folder / "skill.yaml").write_text(text, encoding="utf-8")


def test_a_new_skill_says_what_is_left_and_passes_once_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["skills", "new", "bright", "--kind", "volume", "--project", str(tmp_path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert any("intended_use" in line for line in said["todo"])
    folder = tmp_path / "skills" / "bright"
    assert run_cli(["check", str(folder), "--project", str(tmp_path)]) == 2
    left = capsys.readouterr().out
    assert "WR131 'intended_use' is still to be filled in" in left
    assert left.count("WR131") == len(said["todo"]) + 2  # the voxel size has three in one line
    with pytest.raises(AuthoringError, match="still TODO"):
        Skill(folder)
    assert run_cli(["skills", "new", "bright", "--project", str(tmp_path)]) == 3
    assert "there already" in capsys.readouterr().err
    assert run_cli(["skills", "new", "../x", "--project", str(tmp_path)]) == 2


def test_an_imported_file_needs_words_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole way: import, fill in, check, load."""
    data = threshold_model([1, 1, "x", "y", "z"])
    source = tmp_path / "somebodys.onnx"
    source.write_bytes(data)
    assert run_cli(["skills", "import", str(source), "--name", "bright", "--project", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "opset 18" in said
    assert "1 x 1 x any x any x any" in said
    folder = tmp_path / "skills" / "bright"
    manifest = yaml.safe_load((folder / "skill.yaml").read_text(encoding="utf-8"))
    assert manifest["model"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert manifest["segmentation"]["gives"] == "logits"
    filled(folder, axes="RAS}}", mm="[1, 1, 1]}}", modality="[MR]")
    assert run_cli(["check", str(folder), "--project", str(tmp_path)]) == 0, capsys.readouterr().out
    skill = Skill(folder)
    assert skill.manifest.task == "segmentation"
    assert [op.name for op in skill.manifest.preprocess.ops] == ["orient", "resample", "to_volume"]


@pytest.mark.parametrize(
    ("data", "kind", "task"),
    [
        (threshold_model(["n", 3, 224, 224]), "film", "classification"),
        (model(), "table", "classification"),
    ],
)
def test_the_kind_is_proposed_from_the_shape(
    tmp_path: Path, data: Any, kind: str, task: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "m.onnx"
    source.write_bytes(data if isinstance(data, bytes) else data.SerializeToString())
    assert run_cli(["skills", "import", str(source), "--name", "x", "--project", str(tmp_path)]) == 0
    made = yaml.safe_load((tmp_path / "skills/x/skill.yaml").read_text(encoding="utf-8"))
    assert (made["input"]["kind"], made["task"]) == (kind, task)
    if kind == "film":
        assert made["preprocess"]["ops"] == [
            {"resize_stretch": {"height": 224, "width": 224}}, {"to_nchw": {"channels": 3}}
        ]  # fmt: skip
    else:
        assert len(made["input"]["columns"]) == 3


PRE: list[dict[str, Any]] = [
    {"_target_": "LoadImaged", "keys": "@image_key"},
    {"_target_": "EnsureChannelFirstd", "keys": "@image_key"},
    {"_target_": "monai.transforms.Orientationd", "keys": "@image_key", "axcodes": "RAS"},
    {"_target_": "ScaleIntensityRanged", "keys": "@image_key", "a_min": -57, "a_max": 164, "b_min": 0.0, "b_max": 1.0,
     "clip": True},
    {"_target_": "EnsureTyped", "keys": "@image_key"},
]  # fmt: skip


def bundle(folder: Path, pre: list[dict[str, Any]] = PRE, **inference: Any) -> Path:
    """A bundle as MONAI's model zoo lays it out."""
    (folder / "configs").mkdir(parents=True)
    (folder / "models").mkdir()
    (folder / "models/model.onnx").write_bytes(threshold_model(["batch", 1, "x", "y", "z"]))
    metadata = {
        "task": "Segmentation of the spleen in CT",
        "license": "Apache-2.0",
        "network_data_format": {
            "inputs": {"image": {"type": "image", "modality": "CT", "num_channels": 1, "channel_def": {"0": "image"}}},
            "outputs": {"pred": {"type": "image", "num_channels": 1, "channel_def": {"0": "spleen"}}},
        },
    }
    config = {
        "image_key": "image",
        "preprocessing": {"_target_": "Compose", "transforms": pre},
        "inferer": {"_target_": "SimpleInferer"},
        "postprocessing": {"_target_": "Compose", "transforms": [{"_target_": "Activationsd", "sigmoid": True}]},
    }
    (folder / "configs/metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    (folder / "configs/inference.json").write_text(json.dumps(config | inference), encoding="utf-8")
    return folder


def test_a_monai_bundle_brings_its_channels_segments_and_transforms(tmp_path: Path) -> None:
    source = bundle(tmp_path / "spleen")
    assert run_cli(["skills", "import", str(source), "--name", "spleen", "--project", str(tmp_path)]) == 0
    folder = tmp_path / "skills/spleen"
    filled(folder)
    skill = Skill(folder)
    assert [channel.name for channel in skill.manifest.input.channels] == ["image"]
    assert skill.manifest.gates.header is not None
    assert skill.manifest.gates.header.modality == ("CT",)
    assert skill.manifest.segmentation is not None
    assert [one.label for one in skill.manifest.segmentation.segments] == ["spleen"]
    assert skill.manifest.model.license == "Apache-2.0"
    assert [op.name for op in skill.manifest.preprocess.ops] == ["orient", "scale", "clip", "to_volume"]
    from robot_library.skills.volume_ops import Grid, Plan

    values = np.linspace(-500, 500, 60, dtype=np.float32).reshape(1, 5, 4, 3)
    out = Plan(skill.manifest.preprocess, Grid((5, 4, 3), np.eye(4))).tensor(values)
    # ScaleIntensityRange: (x - a_min) / (a_max - a_min) * (b_max - b_min) + b_min, clipped to b.
    assert out[0] == pytest.approx(np.clip((values + 57) / (164 + 57), 0, 1), abs=1e-6)


@pytest.mark.parametrize(
    ("transform", "reason"),
    [
        ({"_target_": "Spacingd", "pixdim": [1, 1, 1], "mode": "bilinear"}, "Spacing: it keeps the corner"),
        ({"_target_": "CropForegroundd", "source_key": "image"}, "CropForeground"),
        ({"_target_": "RandFlipd"}, "RandFlip"),
        ({"_target_": "$my.own.Thing"}, "Thing"),
        ({"_target_": "NormalizeIntensityd", "nonzero": True}, "NormalizeIntensity: no operation does the same"),
        ({"_target_": "ScaleIntensityRanged", "a_min": "@low", "a_max": 1, "b_min": 0, "b_max": 1}, "these settings"),
        ({"_target_": "ScaleIntensityd", "factor": 2}, "these settings"),
    ],
)
def test_a_transform_without_an_exact_operation_refuses_the_bundle(
    tmp_path: Path, transform: dict[str, Any], reason: str
) -> None:
    with pytest.raises(SetupError, match=reason):
        read_bundle(bundle(tmp_path / "b", [*PRE, transform]), "b")


@pytest.mark.parametrize(
    "metadata",
    ["[" * 100_000, "[]", "{}", '{"network_data_format": []}', '{"network_data_format": {"inputs": {"image": 7}}}',
     '{"network_data_format": {"inputs": {"image": {"num_channels": 1e12}}}}',
     '{"network_data_format": {"inputs": {"image": {"num_channels": 1, "channel_def": [1]}}}}',
     '{"network_data_format": {"inputs": {"image": {"num_channels": 1}}, "outputs": {"pred": {"channel_def": 7}}}}'],
    ids=range(8),
)  # fmt: skip
def test_a_bundle_whose_metadata_are_something_else_is_refused_in_words(tmp_path: Path, metadata: str) -> None:
    for name, data in (("configs/metadata.json", metadata.encode()), ("configs/inference.json", b"{}"),
                       ("models/model.onnx", threshold_model([1, 1, "x", "y", "z"]))):  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    with pytest.raises(SetupError, match="cannot become a skill"):
        read_bundle(tmp_path, "some-skill")


def test_a_sliding_window_and_a_bundle_without_its_files_are_refused(tmp_path: Path) -> None:
    window = bundle(tmp_path / "w", inferer={"_target_": "SlidingWindowInferer", "roi_size": [96, 96, 96]})
    with pytest.raises(SetupError, match="SlidingWindowInferer"):
        read_bundle(window, "w")
    (window / "models/model.onnx").unlink()
    with pytest.raises(SetupError, match="onnx_export"):
        read_bundle(window, "w")
    (window / "configs/metadata.json").write_text("{", encoding="utf-8")
    with pytest.raises(SetupError, match=r"metadata\.json"):
        read_bundle(window, "w")


RECIPE = """
import torch

SHAPE = (1, 1, 8, 8, 8)
INPUT, OUTPUTS, DYNAMIC = "scan", ("logits",), {2: "x", 3: "y", 4: "z"}


def model():
    return torch.nn.Sequential(torch.nn.Conv3d(1, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv3d(4, 3, 1))
"""


def test_a_checkpoint_with_a_recipe_gives_the_same_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch = pytest.importorskip("torch")
    recipe = tmp_path / "recipe.py"
    recipe.write_text(RECIPE, encoding="utf-8")
    namespace: dict[str, Any] = {}
    exec(RECIPE, namespace)
    torch.save({"state_dict": namespace["model"]().state_dict()}, tmp_path / "w.pt")
    command = ["skills", "import", str(tmp_path / "w.pt"), "--name", "mine", "--project", str(tmp_path)]
    assert run_cli(command) == 3
    assert "Give --recipe" in capsys.readouterr().err
    assert run_cli([*command, "--recipe", str(recipe), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    found = re.search(r"differ by at most (\S+) over 5 random inputs", " ".join(said["model"]))
    assert found is not None
    assert float(found[1]) < 1e-5
    assert "takes 'scan': float, 1 x 1 x any x any x any" in said["model"]
    other = ["--name", "other", "--recipe", str(recipe), "--tolerance", "0"]
    assert run_cli(["skills", "import", str(tmp_path / "w.pt"), *other, "--project", str(tmp_path)]) == 3
    assert "refused: torch and ONNX Runtime differ" in capsys.readouterr().err


def test_a_checkpoint_that_would_run_code_is_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    import pickle

    class Evil:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "ran",))

    (tmp_path / "evil.pt").write_bytes(pickle.dumps(Evil()))
    (tmp_path / "recipe.py").write_text(RECIPE, encoding="utf-8")
    done = run_cli(["skills", "import", str(tmp_path / "evil.pt"), "--name", "evil", "--recipe",
                    str(tmp_path / "recipe.py"), "--project", str(tmp_path)])  # fmt: skip
    assert done == 3
    assert "as weights alone" in capsys.readouterr().err
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "skills" / "evil").exists()
