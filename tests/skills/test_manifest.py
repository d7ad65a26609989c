"""skill.yaml: every mistake with its line and the nearest right word; a model that is not the one named is refused."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from robot_library.errors import AuthoringError, SetupError
from robot_library.skills.host import Skill
from robot_library.skills.manifest import label, load_manifest, parse_manifest
from tests.skills.films import PNEUMONIA, SKILLS

TEXT = (PNEUMONIA / "skill.yaml").read_text(encoding="utf-8")


def problems(text: str) -> list[str]:
    with pytest.raises(AuthoringError) as caught:
        parse_manifest(text, "skill.yaml", "chest-xray-pneumonia")
    return [str(diagnostic) for diagnostic in caught.value.diagnostics]


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_the_shipped_manifest_loads() -> None:
    manifest = load_manifest(PNEUMONIA)
    age = manifest.gates.header.age_years
    assert age is not None
    assert (age.min, age.below) == (1, 6)
    assert manifest.runtime.spin is False


def test_an_unknown_key_is_refused_with_line_and_nearest_word() -> None:
    text = TEXT.replace("  spin: false", "  spinn: false")
    (problem,) = problems(text)
    assert f"skill.yaml:{line_of(text, 'spinn')}:3: SK001 runtime.spinn: there is no such key" in problem
    assert "Did you mean 'spin'?" in problem


def test_all_mistakes_are_told_at_once() -> None:
    text = TEXT.replace("task: classification", "task: guessing").replace("    min_side: 224", "    min_syde: 224")
    found = problems(text)
    assert any("SK003 task" in problem for problem in found)
    assert any("Did you mean 'min_side'?" in problem for problem in found)


def test_an_operation_outside_the_closed_list_is_refused() -> None:
    found = problems(TEXT.replace("- to_nchw: {channels: 1}", "- python: {code: 1}"))
    assert any("python: there is no such key" in problem for problem in found)


def test_two_operations_in_one_are_refused() -> None:
    found = problems(TEXT.replace("- to_nchw: {channels: 1}", "- {to_nchw: {channels: 1}, scale: {factor: 2}}"))
    assert any("an operation has exactly one key" in problem for problem in found)


def test_points_that_cross_are_refused() -> None:
    lines = TEXT.splitlines()
    at = line_of(TEXT, "rule_out:")
    lines[at] = "        threshold: 0.9999"
    found = problems("\n".join(lines))
    assert any("rule_out must not lie above rule_in" in problem for problem in found)


@pytest.mark.parametrize("path", ["../model.onnx", "/model.onnx", "a/model.onnx", "..", "golden/../../model.onnx"])
def test_a_model_outside_the_skills_folder_is_refused(path: str) -> None:
    (problem,) = problems(TEXT.replace("file: model.onnx", f"file: {path}"))
    assert "model.file" in problem


def test_a_missing_key_names_its_place() -> None:
    found = problems(TEXT.replace("  sha256: ", "  license_: "))
    assert any("model.sha256 is missing" in problem for problem in found)


def test_the_folder_must_have_the_skills_name() -> None:
    with pytest.raises(AuthoringError, match="Give both the same name"):
        parse_manifest(TEXT, "skill.yaml", "another")


def test_an_exchanged_model_is_refused_before_a_session_is_made(tmp_path: Path) -> None:
    folder = tmp_path / PNEUMONIA.name
    shutil.copytree(PNEUMONIA, folder, ignore=shutil.ignore_patterns("train"))
    model = folder / "model.onnx"
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    model.write_bytes(data)
    with pytest.raises(SetupError, match="sha256") as caught:
        Skill(folder)
    assert caught.value.exit_code == 3


def test_a_missing_model_says_so(tmp_path: Path) -> None:
    folder = tmp_path / PNEUMONIA.name
    folder.mkdir()
    (folder / "skill.yaml").write_text(TEXT, encoding="utf-8")
    with pytest.raises(SetupError, match="cannot be read"):
        Skill(folder)
    if os.name == "posix":
        (folder / "model.onnx").symlink_to("/dev/zero")
        with pytest.raises(SetupError, match="cannot be read"):
            Skill(folder)


def test_intended_use_and_licence_are_told_before_anything_is_said() -> None:
    told = label(load_manifest(SKILLS / "brain-tumour-segmentation"))
    assert "Intended use: " in told
    assert "non-commercial use only" in told
