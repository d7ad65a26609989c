"""The training scripts keep their promises: patients apart, the same preprocessing, the same numbers after export."""

from __future__ import annotations

import ast
import csv
import warnings
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from robot_library.skills.manifest import load_manifest
from robot_library.skills.monitor.feedback import COLUMNS, LABELS
from robot_library.skills.preprocess import pipeline
from tests.skills.films import PNEUMONIA, synthetic

TRAIN = PNEUMONIA / "train"


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The training folder on the import path, its modules forgotten afterwards."""
    import sys

    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(TRAIN))
    yield TRAIN
    for name in set(sys.modules) - before:
        if str(TRAIN) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_only_the_evaluation_reads_eval() -> None:
    """Every call of rows() names its split in words, and "eval" stands in evaluate.py alone."""
    asked: dict[str, set[Any]] = {}
    for file in TRAIN.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "rows":
                argument = node.args[0]
                asked.setdefault(file.name, set()).add(argument.value if isinstance(argument, ast.Constant) else None)
    assert asked == {"films.py": {"train"}, "evaluate.py": {"eval"}}


def test_training_and_host_prepare_a_film_alike(scripts: Path) -> None:
    prepare = import_module("augment").prepare
    stored = np.random.default_rng(0).integers(0, 256, (224, 224), dtype=np.uint8)
    host = pipeline(load_manifest(PNEUMONIA).preprocess)(stored.astype(np.float32) / np.float32(255))
    np.testing.assert_allclose(host[0, 0], prepare(stored), atol=1e-6)


def test_reacquisitions_are_seeded_and_in_range(scripts: Path) -> None:
    acquire = import_module("augment").acquire
    film = np.random.default_rng(0).integers(0, 256, (224, 224), dtype=np.uint8)
    first, again, other = (acquire(film, np.random.default_rng(seed), 1.0) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1
    assert first.dtype == np.float32
    assert (first.min(), first.max()) == (0, 1)


def test_what_persons_decided_can_be_trained_on(scripts: Path, tmp_path: Path) -> None:
    """A folder as `wetread skills feedback export` writes it: 16 bits, any size; no study is on both sides."""
    films = import_module("films")
    shown = [synthetic(seed, "pneumonia" if seed % 2 else "normal") for seed in range(3)]
    rows = []
    for number, film in enumerate(shown):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.rint(film * 65535).astype(np.uint16))
        rows.append(
            {"file": f"{number}.png", "label": "positive" if number % 2 else "negative", "patient": f"s{number}"}
        )
    with (tmp_path / LABELS).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    found = films.feedback(tmp_path)
    assert found.labels.tolist() == [0, 1, 0]
    assert found.patients == ["feedback s0", "feedback s1", "feedback s2"]
    prepare = pipeline(load_manifest(PNEUMONIA).preprocess)
    for stored, film in zip(found.pixels, shown, strict=True):
        np.testing.assert_allclose(prepare(stored.astype(np.float32) / 255), prepare(film), atol=2 / 255)
    rows[0]["label"] = "perhaps"
    with (tmp_path / LABELS).open("a", encoding="utf-8", newline="") as stream:
        csv.DictWriter(stream, COLUMNS).writerow(rows[0])
    with pytest.raises(SystemExit, match="line 5"):
        films.feedback(tmp_path)


@pytest.mark.data
def test_no_patient_is_on_both_sides(scripts: Path, data_dir: Path) -> None:
    films = import_module("films")
    train, held = films.rows("train"), films.rows("eval")
    fitting = {film.patient for film in train if not films.in_calibration(film.patient)}
    calibration = {film.patient for film in train if films.in_calibration(film.patient)}
    evaluation = {film.patient for film in held}
    assert not fitting & calibration
    assert not (fitting | calibration) & evaluation
    assert 0.15 < len(calibration) / (len(fitting) + len(calibration)) < 0.25
    manifest = load_manifest(PNEUMONIA)
    assert manifest.model.trained_on[0].patients == len(fitting)
    assert manifest.outputs[0].calibration.n == sum(film.patient in calibration for film in train)


@pytest.mark.slow
def test_the_exported_network_computes_what_torch_computes(scripts: Path, tmp_path: Path) -> None:
    """With weights at random and statistics of its own, so that every part of the graph matters."""
    torch = pytest.importorskip("torch")
    import onnxruntime

    network, export = import_module("network"), import_module("export")
    torch.manual_seed(0)
    members = [network.Member(), network.Member()]
    films = torch.rand(6, 1, 224, 224)
    for member in members:
        member(films)  # moves the running statistics
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        distance = network.Distance(torch.randn(256), torch.randn(256, 256) / 16)
        ensemble = network.Ensemble(members, distance).eval()
        export.to_onnx(ensemble, films[:2], tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        theirs = ensemble(films)
    for ours, value in zip(session.run(None, {"film": films.numpy()}), theirs, strict=True):
        np.testing.assert_allclose(ours, value.numpy(), atol=2e-4, rtol=1e-3)
