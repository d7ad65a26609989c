"""The commands of docs/skills.md, section Add, run as they stand there."""

from __future__ import annotations

import re
import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from robot_library.cli.main import run_cli
from robot_library.model.skill import Preprocess
from tests.imaging.dicoms import written
from tests.imaging.slabs import slab
from tests.skills.importing.test_importing import bundle, filled
from tests.skills.volume_skills import lps_affine, middle_origin, phantom, threshold_model

PAGE = Path(__file__).parents[3] / "docs" / "skills.md"
SECTION = PAGE.read_text(encoding="utf-8").split("## Add")[1].split("\n## ")[0]
COMMANDS = re.findall(r"^wetread (.+)$", SECTION, re.MULTILINE)
AXIAL, SHAPE, SPACING = (1.0, 0, 0, 0, 1.0, 0), (66, 64, 40), (3.0, 3.0, 4.0)


def block(language: str, beginning: str) -> str:
    """The block of code that begins so."""
    found = re.findall(rf"```{language}(?: title[^\n]*)?\n(.*?)```", SECTION, re.DOTALL)
    return next(text for text in found if text.startswith(beginning))


def study(folder: Path) -> None:
    folder.mkdir()
    origin = middle_origin(AXIAL, SHAPE, SPACING)
    voxels = phantom(SHAPE, lps_affine(AXIAL, origin, SPACING), (30, -20, 25), (20, 20, 20))
    for one in slab(voxels, origin=origin, spacing=SPACING, SeriesDescription="T1 se"):
        (folder / f"{one.InstanceNumber}.dcm").write_bytes(written(one))


def test_the_commands_as_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = find_spec("torch") is not None  # the extra `train`
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.onnx").write_bytes(threshold_model([1, 1, "x", "y", "z"]))
    (tmp_path / "wetread.toml").touch()
    study(tmp_path / "study")
    bundle(tmp_path / "bundle")
    recipe = block("python", "import torch")
    (tmp_path / "recipe.py").write_text(recipe, encoding="utf-8")
    if trained:
        import torch

        said: dict[str, Any] = {}
        exec(recipe, said)
        torch.save(said["model"]().state_dict(), tmp_path / "weights.pt")
    assert len(COMMANDS) == 5
    for command in COMMANDS:
        words = shlex.split(command)
        if "--recipe" in words and not trained:
            continue
        if words[:2] == ["check", "skills/tissue"]:
            assert run_cli(words) == 2  # TODO is left
            folder = tmp_path / "skills" / "tissue"
            filled(folder, axes="LIA}}", mm="[1, 1, 1]}}", modality="[MR]")
            manifest = folder / "skill.yaml"
            text = manifest.read_text(encoding="utf-8").replace("name: channel0", "name: t1")
            manifest.write_text(text, encoding="utf-8")
        assert run_cli(words) == 0, (command, capsys.readouterr())
    assert (tmp_path / "pictures").is_dir()
    assert ("differ by at most" in capsys.readouterr().out) == trained


def test_the_operations_shown_are_operations() -> None:
    shown = yaml.safe_load(block("yaml", "preprocess:"))["preprocess"]
    assert [op.name for op in Preprocess.model_validate(shown).ops] == [
        "orient", "resample", "percentile_window", "to_volume"
    ]  # fmt: skip
