"""The provider that runs is the one that was asked for, or nothing runs."""

from __future__ import annotations

import gc
import shutil
import weakref
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from robot_library.errors import SetupError
from robot_library.skills.host import LocalSkillHost, Skill
from tests.skills.films import PNEUMONIA, synthetic


def changed(tmp_path: Path, old: str, new: str) -> Path:
    """A copy of the skill whose manifest says something else."""
    folder = tmp_path / PNEUMONIA.name
    shutil.copytree(PNEUMONIA, folder, ignore=shutil.ignore_patterns("train"))
    file = folder / "skill.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def test_the_processor_is_the_default_and_is_reported() -> None:
    assert Skill(PNEUMONIA).session.provider == "CPUExecutionProvider"


def absent_provider() -> str:
    names = {"cuda": "CUDAExecutionProvider", "openvino": "OpenVINOExecutionProvider"}
    return next(ours for ours, theirs in names.items() if theirs not in onnxruntime.get_available_providers())


def test_a_provider_that_is_not_installed_is_an_error_not_a_fallback() -> None:
    with pytest.raises(SetupError, match="was asked for") as caught:
        Skill(PNEUMONIA, absent_provider())  # type: ignore[arg-type]
    assert "nothing is substituted" in caught.value.cure


def test_the_manifests_provider_is_held_to_as_well(tmp_path: Path) -> None:
    folder = changed(tmp_path, "providers: [cpu]", f"providers: [{absent_provider()}, cpu]")
    with pytest.raises(SetupError, match="was asked for"):
        Skill(folder)


def test_a_silent_fallback_of_the_runtime_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """ONNX Runtime lists the provider (a driver is broken, say) and quietly takes the processor."""
    listed = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: listed)
    if (
        "CUDAExecutionProvider"
        in onnxruntime.InferenceSession(
            str(PNEUMONIA / "model.onnx"), providers=["CPUExecutionProvider"]
        ).get_providers()
    ):
        pytest.skip("this machine has a working CUDA")
    with (
        pytest.raises(SetupError, match=r"fell back|cannot be loaded"),
        pytest.warns(UserWarning, match="CUDAExecutionProvider"),
    ):
        Skill(PNEUMONIA, "cuda")


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("    logit: logit", "    logit: score", "the manifest wants"),
        ("  name: film", "  name: picture", "the manifest wants"),
        ("    output: distance", "    output: nearness", "the manifest wants"),
        ("[1, 1, 224, 224]", "[1, 3, 224, 224]", "the model's input is"),
        ("[1, 1, 224, 224]", "[1, 224, 224]", "the model's input is"),
    ],
)
def test_a_manifest_that_is_not_the_models_is_refused_on_loading(tmp_path: Path, old: str, new: str, what: str) -> None:
    with pytest.raises(SetupError, match=what):
        Skill(changed(tmp_path, old, new))


def test_the_host_gives_what_raw_onnx_runtime_gives() -> None:
    skill = Skill(PNEUMONIA)
    raw = onnxruntime.InferenceSession(str(PNEUMONIA / "model.onnx"), providers=["CPUExecutionProvider"])
    tensor = skill.prepare(synthetic(5))
    ours, theirs = skill.infer(tensor), raw.run(None, {"film": tensor})
    for name, value in zip([output.name for output in raw.get_outputs()], theirs, strict=True):
        np.testing.assert_allclose(ours[name], value, atol=1e-5)


def test_films_of_a_batch_do_not_influence_each_other() -> None:
    skill = Skill(PNEUMONIA)
    tensors = [skill.prepare(synthetic(seed)) for seed in (1, 2, 3)]
    together = skill.infer(np.concatenate(tensors))["logit"]
    alone = np.concatenate([skill.infer(tensor)["logit"] for tensor in tensors])
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_the_map_adds_up_to_the_score() -> None:
    skill = Skill(PNEUMONIA)
    found = skill.infer(skill.prepare(synthetic(4, "pneumonia")))
    np.testing.assert_allclose(found["evidence"].mean(), found["logit"][0], rtol=1e-4)


def test_hosts_of_one_process_share_a_warm_session() -> None:
    """Two bots with the same skill hold one model; another provider, or another set-up, is another session."""
    one, other = LocalSkillHost([PNEUMONIA.parent], synthetic), LocalSkillHost([PNEUMONIA.parent], synthetic)  # type: ignore[arg-type]
    assert one.load(PNEUMONIA.name) is not other.load(PNEUMONIA.name)
    assert one.load(PNEUMONIA.name).session is other.load(PNEUMONIA.name).session
    assert Skill(PNEUMONIA, "cpu").session is not one.load(PNEUMONIA.name).session


def test_a_session_goes_with_the_last_that_has_it(tmp_path: Path) -> None:
    first = Skill(changed(tmp_path, "threads: 0", "threads: 1"))
    seen = weakref.ref(first.session)
    assert first.session is not Skill(PNEUMONIA).session
    del first
    gc.collect()
    assert seen() is None
