"""Maps: right place, right budget, legend below; shuffled weights change them; hidden where no better than chance."""

from __future__ import annotations

import json
from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from robot_library.model.finding import Finding
from robot_library.model.skill import Explain, Localised
from robot_library.skills.explanation.draw import WIDEST, overlay, plain
from robot_library.skills.explanation.occlusion import PATCHES, occlusion
from robot_library.skills.explanation.pointing import boxes_mask, chance, energy_inside, hit
from robot_library.skills.explanation.sanity import alike, shuffled
from robot_library.skills.host import Skill
from robot_library.skills.manifest import model_bytes
from robot_library.skills.session import Session
from tests.skills.films import PNEUMONIA, Blobs, image, synthetic

SKILL = Skill(PNEUMONIA)
GOOD = {"what": "share", "score": 0.6, "chance": 0.3, "ci95": (0.5, 0.7), "n": 100, "randomised": 0.1}


def test_occlusion_finds_the_place_that_makes_the_score() -> None:
    """A model known by heart: it counts what is bright in one corner."""
    film = np.random.default_rng(0).random((1, 1, 112, 112), dtype=np.float32) * 0.1
    film[0, 0, 70:90, 20:40] = 1

    def ask(tensors: Sequence[np.ndarray]) -> list[float]:
        return [float(one[0, 0, 64:96, 16:48].mean()) for one in tensors]

    found = occlusion(film, ask, 60)
    assert (found.levels, found.of) == (len(PATCHES), len(PATCHES))
    mask = boxes_mask([(16, 64, 32, 32)], 112, 112, 112)
    assert hit(found.values, mask)
    assert energy_inside(found.values, mask) > 4 * chance(mask)


def test_occlusion_stops_at_its_budget_and_says_so() -> None:
    ticks = iter(range(10_000))
    film = np.ones((1, 1, 56, 56), np.float32)
    found = occlusion(film, lambda tensors: [0.0] * len(tensors), 3, clock=lambda: float(next(ticks)))
    assert found.levels == 1
    assert "time budget reached" in found.said


def test_the_host_draws_an_occlusion_map_where_it_may_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    skill, blobs = Skill(PNEUMONIA), Blobs()
    shown = Explain(method="occlusion", budget_s=0.001, measured=Localised(**GOOD), shown=True)
    output = skill.manifest.outputs[0].model_copy(update={"explain": shown})
    monkeypatch.setattr(skill._task, "_output", output)
    answer = skill.run(image(), lambda _: synthetic(1, "pneumonia"), blobs, first=lambda _: None)
    assert isinstance(answer, Finding)
    assert set(answer.evidence) == {"overlay"}
    assert answer.remarks == ()


def test_a_skill_without_a_map_hands_over_the_film(monkeypatch: pytest.MonkeyPatch) -> None:
    skill, blobs = Skill(PNEUMONIA), Blobs()
    output = skill.manifest.outputs[0].model_copy(update={"explain": None})
    monkeypatch.setattr(skill._task, "_output", output)
    answer = skill.run(image(), lambda _: synthetic(1, "pneumonia"), blobs, first=lambda _: None)
    assert isinstance(answer, Finding)
    assert blobs.get(answer.evidence["film"]).startswith(b"\x89PNG")


def test_the_shipped_map_is_shown_or_hidden_as_it_was_measured() -> None:
    explain = SKILL.manifest.outputs[0].explain
    assert explain is not None
    assert explain.measured is not None
    record = json.loads((PNEUMONIA / "explanation.json").read_text(encoding="utf-8"))
    assert record["model_sha256"] == SKILL.manifest.model.sha256
    assert Localised.model_validate(record["own_map"]) == explain.measured
    assert explain.shown == explain.measured.better_than_chance


def test_a_hidden_map_leaves_the_film_and_the_reason() -> None:
    blobs = Blobs()
    answer = SKILL.run(image(), lambda _: synthetic(1, "pneumonia"), blobs, first=lambda _: None)
    assert isinstance(answer, Finding)
    explain = SKILL.manifest.outputs[0].explain
    assert explain is not None
    if explain.shown:
        assert set(answer.evidence) == {"overlay"}
    else:
        assert set(answer.evidence) == {"film"}
        assert answer.remarks == (explain.why_hidden,)
        assert blobs.get(answer.evidence["film"]).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "change", [{"ci95": (0.3, 0.7)}, {"ci95": (0.2, 0.7)}, {"randomised": 0.51}], ids=["at", "below", "unchanged"]
)
def test_no_better_than_chance_cannot_be_shown(change: dict[str, object]) -> None:
    assert Explain(method="occlusion", measured=Localised(**GOOD), shown=True).shown
    with pytest.raises(ValidationError, match="better than chance"):
        Explain(method="occlusion", measured=Localised(**(GOOD | change)), shown=True)
    assert Explain(method="occlusion", measured=Localised(**(GOOD | change))).why_hidden
    with pytest.raises(ValidationError):
        Explain(method="occlusion", shown=True)


def test_shuffled_weights_give_another_map_and_the_same_weights_the_same() -> None:
    pytest.importorskip("onnx")
    model = model_bytes(PNEUMONIA, SKILL.manifest)
    other = Session(shuffled(model, 0), SKILL.manifest, {"evidence"})
    tensor = SKILL.prepare(synthetic(1, "pneumonia"))
    own, mixed = (session.infer(tensor)["evidence"][0, 0] for session in (SKILL.session, other))
    assert alike(own, own) == pytest.approx(1)
    assert alike(own, mixed) < 0.5
    assert alike(own, np.ones_like(own)) == 1, "a map that cannot change fails"


def test_the_legend_lies_below_the_film() -> None:
    film = np.full((300, 400), 0.5, np.float32)
    for png in (overlay(film, np.full((14, 14), -1, np.float32), 1, "pneumonia"), plain(film, "no map is shown")):
        picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape[1] == WIDEST
        assert picture.shape[0] > 768
        assert np.abs(picture[:768].astype(int) - 128).max() <= 1, "nothing is written over the film"
        assert picture[768:].max() == 255
