"""Wherever a model runs, it decides the same. On a machine with only the CPU this compares nothing, and says so."""

from __future__ import annotations

import time

import pytest

from robot_library.model.skill import ProviderName
from robot_library.skills.decision import decide
from robot_library.skills.host import Skill
from robot_library.skills.session import PROVIDERS, Tensor, available
from tests.skills.films import PNEUMONIA, synthetic

OTHERS: list[ProviderName] = [name for name in PROVIDERS if name in available()[1] and name != "cpu"]
FILMS = 12


def seconds(skill: Skill, tensor: Tensor) -> float:
    """The shortest of five calls of the model."""
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        skill.infer(tensor)
        times.append(time.perf_counter() - begun)
    return min(times)


def test_every_provider_decides_as_the_cpu_does(capsys: pytest.CaptureFixture[str]) -> None:
    cpu = Skill(PNEUMONIA, "cpu")
    assert cpu.session.provider == "CPUExecutionProvider"
    points = cpu.manifest.outputs[0].operating_points
    films = [synthetic(seed, kind) for seed in range(FILMS // 2) for kind in ("normal", "pneumonia")]
    expected = [cpu.read(film) for film in films]
    assert sum(one.code is None for one in expected) > FILMS // 2
    told = [f"{len(OTHERS)} provider(s) besides the CPU on this machine"]
    for name in OTHERS:
        skill = Skill(PNEUMONIA, name)
        assert skill.session.provider == PROVIDERS[name]
        for film, one in zip(films, expected, strict=True):
            found = skill.read(film)
            assert found.code == one.code
            if one.code is None:
                assert found.score == pytest.approx(one.score, abs=1e-2)
                assert decide(found.score, points) == decide(one.score, points)
        tensor = cpu.prepare(films[0])
        ratio = seconds(cpu, tensor) / seconds(skill, tensor)
        told.append(f"{name}: same decisions on {len(films)} films, {ratio:.2f} times as fast as the CPU")
    with capsys.disabled():
        print("\n" + "\n".join(told))
