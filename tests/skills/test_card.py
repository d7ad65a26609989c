"""card.md is what manifest and evaluation say, and the evaluation is of this very model."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from robot_library.cli.main import run_cli
from robot_library.errors import AuthoringError, SetupError
from robot_library.skills.card import CARD, card, load_evaluation, render, write_card
from robot_library.skills.manifest import load_manifest
from tests.skills.films import PNEUMONIA

MANIFEST = load_manifest(PNEUMONIA)


def test_the_card_is_current() -> None:
    text = render(MANIFEST, load_evaluation(PNEUMONIA, MANIFEST))
    assert (PNEUMONIA / CARD).read_text(encoding="utf-8") == text


def test_the_card_says_what_it_must() -> None:
    text = (PNEUMONIA / CARD).read_text(encoding="utf-8")
    for part in ("Research only", "1 to under 6 years", "nine global pixel statistics", "Specificity at 95 %",
                 "Expected calibration error", "One hospital", "Guangzhou", MANIFEST.model.sha256):  # fmt: skip
        assert part in text, part


def test_the_look_that_made_the_card_is_in_the_log() -> None:
    found = load_evaluation(PNEUMONIA, MANIFEST)
    with (PNEUMONIA / "train" / "eval_log.csv").open(encoding="utf-8", newline="") as stream:
        looks = list(csv.DictReader(stream))
    assert len(looks) == found.looked
    assert looks[-1]["model_sha256"] == found.model_sha256
    assert looks[-1]["auroc"] == f"{found.auroc.value:.4f}"


def test_the_skill_is_worth_more_than_the_pixel_statistics() -> None:
    found = load_evaluation(PNEUMONIA, MANIFEST)
    assert found.auroc.low > found.baseline_auroc.high
    assert found.positives < found.n


def test_an_evaluation_of_another_model_makes_no_card(tmp_path: Path) -> None:
    folder = tmp_path / PNEUMONIA.name
    shutil.copytree(PNEUMONIA, folder, ignore=shutil.ignore_patterns("train", "model.onnx"))
    file = folder / "evaluation.json"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(MANIFEST.model.sha256, "0" * 64), encoding="utf-8")
    with pytest.raises(SetupError, match="another model"):
        write_card(folder)
    file.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(SetupError, match="cannot be read"):
        write_card(folder)


def test_a_skill_that_was_never_measured_has_a_card_that_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "skills" / PNEUMONIA.name
    shutil.copytree(PNEUMONIA, folder, ignore=shutil.ignore_patterns("train", "evaluation.json", CARD))
    text = card(folder, MANIFEST)
    assert "never evaluated" in text
    assert "Measured on" not in text
    assert "AUROC" not in text
    assert run_cli(["skills", "show", PNEUMONIA.name, "--write", "--project", str(tmp_path)]) == 0
    assert (folder / CARD).read_text(encoding="utf-8") == text
    assert text in capsys.readouterr().out


def test_the_newest_change_is_the_version_itself(tmp_path: Path) -> None:
    folder = tmp_path / PNEUMONIA.name
    shutil.copytree(PNEUMONIA, folder, ignore=shutil.ignore_patterns("train", "model.onnx"))
    file = folder / "skill.yaml"
    text = file.read_text(encoding="utf-8").replace(f"version: {MANIFEST.version}", "version: 9.9.9", 1)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(AuthoringError, match="the first entry is"):
        load_manifest(folder)


def test_the_list_names_a_skill_that_cannot_be_loaded_and_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "skills" / "broken"
    folder.mkdir(parents=True)
    (folder / "skill.yaml").write_text("skill: broken\nversion: 1.0.0\n", encoding="utf-8")
    assert run_cli(["skills", "list", "--json", "--project", str(tmp_path)]) == 1
    found = {one["skill"]: one for one in json.loads(capsys.readouterr().out.splitlines()[-1])}
    assert found["broken"]["problem"]
    assert found[PNEUMONIA.name].keys() >= {"skill", "version", "task", "sha256", "status", "license"}
    assert found[PNEUMONIA.name]["sha256"] == MANIFEST.model.sha256


def test_an_installed_skill_shows_the_card_it_came_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The wheel has no evaluation.json."""
    folder = tmp_path / "skills" / PNEUMONIA.name
    shutil.copytree(PNEUMONIA, folder, ignore=shutil.ignore_patterns("train", "evaluation.json"))
    assert run_cli(["skills", "show", PNEUMONIA.name, "--project", str(tmp_path)]) == 0
    assert "AUROC | 0.987" in capsys.readouterr().out
