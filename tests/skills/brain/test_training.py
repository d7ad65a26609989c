"""The training scripts keep their promises: patients apart, wrong volumes that are wrong, the same numbers exported."""

from __future__ import annotations

import ast
import json
import warnings
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from robot_library.skills.manifest import load_manifest
from tests.skills.brain.conftest import SKILL, TRAIN


def test_only_the_evaluation_reads_the_eval_split() -> None:
    """`read_split` is called with TRAIN everywhere but in evaluate.py, and nobody else names the folder."""
    asked: dict[str, set[str]] = {}
    for file in TRAIN.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "read_split":
                asked.setdefault(file.name, set()).add(ast.unparse(node.args[0]))
            if isinstance(node, ast.Constant) and node.value == "brain_lgg":
                assert file.name == "slices.py", file.name
    assert asked == {"slices.py": {"TRAIN"}, "evaluate.py": {"EVAL"}}


def test_every_look_at_the_eval_split_is_logged() -> None:
    lines = (TRAIN / "eval_log.csv").read_text(encoding="utf-8").splitlines()
    evaluation = json.loads((SKILL / "evaluation.json").read_text(encoding="utf-8"))
    assert evaluation["looked"] == len(lines) - 1
    assert evaluation["model_sha256"] in lines[-1]


@pytest.mark.data
def test_no_patient_is_on_both_sides(scripts: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slices = import_module("slices")
    names = {
        split: {line.split(",")[0] for line in (data_dir / split / "labels.csv").read_text().splitlines()[1:]}
        for split in (slices.TRAIN, slices.EVAL)
    }
    assert not names[slices.TRAIN] & names[slices.EVAL]
    place = slices.folds(names[slices.TRAIN])
    assert sorted(map(list(place.values()).count, range(3))) == [27, 27, 28]
    assert load_manifest(SKILL).model.trained_on[0].patients == len(names[slices.TRAIN])


def test_each_kind_of_wrong_volume_differs_from_the_right_one(scripts: Path) -> None:
    wrong = import_module("wrong")
    rng = np.random.default_rng(0)
    one, other = (rng.uniform(20, 200, (12, 64, 64, 3)).astype(np.float32) for _ in range(2))
    for name, maker in wrong.KINDS.items():
        made = maker(one.copy(), other, np.random.default_rng(1))
        assert made.shape == one.shape, name
        assert np.abs(made - one).max() > 1, name
    assert sorted({wrong.label(name) for name in wrong.KINDS}) == list(range(1, 9))


def test_the_card_is_what_its_files_say(scripts: Path) -> None:
    assert import_module("card").render(SKILL) == (SKILL / "card.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_exported_network_computes_what_torch_computes(scripts: Path, tmp_path: Path) -> None:
    """With weights and statistics at random, so that every part of the graph matters; for one slice and for five."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    import onnxruntime

    whole, export = import_module("whole"), import_module("export")
    torch.manual_seed(0)
    members = [import_module("network").Member() for _ in range(2)]
    gates = [import_module("gate").Gate() for _ in range(2)]
    for member, gate in zip(members, gates, strict=True):
        member(torch.randn(2, 9, 256, 256))  # moves the running statistics
        gate(torch.randn(4, 3, 128, 128), 2)
    model = whole.Whole(members, gates).eval()
    whole.fold(model)
    whole.halve(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        export.to_onnx(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    for n in (1, 5):
        volume = torch.randn(n, 3, 256, 256)
        with torch.no_grad():
            theirs = model(volume)
        for ours, value in zip(session.run(None, {"volume": volume.numpy()}), theirs, strict=True):
            assert ours.shape == tuple(value.shape)
            np.testing.assert_allclose(ours, value.numpy(), atol=2e-4, rtol=1e-3)
