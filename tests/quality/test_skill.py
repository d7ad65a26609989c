"""The quality skill as shipped: what it says of films that are known, what it draws, what it leaves out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml

from robot_library.errors import AuthoringError
from robot_library.hospital.films import make_film
from robot_library.model.finding import Abstention, Finding, Measurement
from robot_library.model.skill import SkillManifest
from robot_library.skills.card import render
from robot_library.skills.evaluation.record import load_evaluation
from robot_library.skills.golden import run_golden, shown
from robot_library.skills.host import Skill
from robot_library.skills.manifest import load_manifest
from robot_library.skills.tasks.flagged import YELLOW, flagged
from robot_library.skills.tasks.quality import Judging
from tests.quality.films import Film
from tests.skills.films import SKILLS, Blobs, image

FOLDER = SKILLS / "image-quality"


@pytest.fixture(scope="module")
def skill() -> Skill:
    return Skill(FOLDER)


@pytest.fixture(scope="module")
def film() -> Film:
    return shown(make_film(11, "normal", rows=480, cols=560))


def ask(skill: Skill, film: Film) -> Finding:
    said = skill.run(image(), lambda _: film, Blobs())
    assert isinstance(said, Finding)
    return said


def test_golden_cases_hold(skill: Skill) -> None:
    results = run_golden(skill, make_film)
    assert len(results) == 5
    assert all(result.passed for result in results), results


def test_an_ordinary_film_is_fine_and_has_all_its_values(skill: Skill, film: Film) -> None:
    said = ask(skill, film)
    assert (said.label, said.decision) == ("quality", "negative")
    assert skill.manifest.quality is not None
    assert [one.name for one in said.measurements] == [one.name for one in skill.manifest.quality.measures]


@pytest.mark.parametrize(
    ("spoil", "flag"),
    [
        (lambda f: np.clip(f + np.random.default_rng(0).normal(0, 0.3, f.shape), 0, 1), "noise.sigma above"),
        (lambda f: cv2.GaussianBlur(f, (0, 0), 8), "sharpness.blur above"),
        (lambda f: f[::-1], "orientation.wrong above"),
        (lambda f: np.clip(f * 2, 0, 1), "clipping.white above"),
        (lambda f: np.full_like(f, 0.5), "exposure.range below"),
        (lambda f: np.where(np.arange(f.shape[0])[:, None] % 60 == 59, 0, f), "lines.dead above"),
    ],
)
def test_a_spoiled_film_is_flagged_and_says_why(skill: Skill, film: Film, spoil: Any, flag: str) -> None:
    said = ask(skill, np.ascontiguousarray(spoil(film), np.float32))
    assert said.decision == ("uncertain" if flag.startswith("orientation") else "positive")
    assert any(name.split(" ", 1)[1] == flag for name in said.thresholds if " " in name)


def test_a_blank_film_gets_an_answer_and_no_abstention(skill: Skill) -> None:
    for grey in (0.0, 0.5, 1.0):
        assert ask(skill, np.full((300, 300), grey, np.float32)).decision == "positive"


def test_a_lateral_or_a_film_of_unknown_view_is_not_judged(skill: Skill, film: Film) -> None:
    for role in ("lateral", "unknown"):
        said = skill.run(image(role=role), lambda _: film)
        assert isinstance(said, Abstention)


def test_writing_is_covered_in_the_picture_whatever_was_flagged(film: Film) -> None:
    written = (film.clip(0, 1) * 255).astype(np.uint8)
    cv2.putText(written, "DOE JANE 4711", (30, 460), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 255, 1, cv2.LINE_AA)
    png = flagged(written.astype(np.float32) / np.float32(255), set())
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    words = picture[447:462, 60:150].reshape(-1, 3)
    assert (words == np.array(YELLOW)).all(axis=1).mean() > 0.6


def manifest(**quality: Any) -> SkillManifest:
    raw = yaml.safe_load((FOLDER / "skill.yaml").read_text(encoding="utf-8"))
    raw["quality"] |= quality
    return SkillManifest.model_validate(raw)


def test_the_worse_of_score_and_limits_speaks() -> None:
    judging = Judging(manifest())
    quality = manifest().quality
    assert quality is not None
    ordinary = {one.name: one.ordinary.p50 for one in quality.measures}

    def decision(score: float, **values: float) -> tuple[str, str]:
        from robot_library.skills.reading import Reading

        said = {**ordinary, **{name.replace("__", "."): value for name, value in values.items()}}
        made = tuple(Measurement(name=name, value=value) for name, value in said.items())
        found = judging.conclude(Reading(None, score, measurements=made), None, pictures=False)
        return found.decision, found.point

    band = (quality.operating_points.rule_out.threshold + quality.operating_points.rule_in.threshold) / 2
    assert decision(0.0) == ("negative", "rule_out")
    assert decision(band) == ("uncertain", "review")
    assert decision(1.0) == ("positive", "rule_in")
    assert decision(0.0, text__characters=12.0) == ("uncertain", "warn text.characters above")
    assert decision(band, text__characters=12.0) == ("uncertain", "review")
    assert decision(0.0, noise__sigma=0.2) == ("positive", "repeat noise.sigma above")
    assert decision(1.0, text__characters=12.0) == ("positive", "rule_in")


def test_a_number_that_is_none_is_no_answer(skill: Skill) -> None:
    outputs = skill.infer(np.full((1, 1036), np.nan, np.float32))
    reading = Judging(skill.manifest).read(outputs, None)
    assert reading.code is not None
    assert reading.code.value == "no_number"


def test_mistakes_in_a_manifest_are_refused(tmp_path: Path) -> None:
    twice = manifest().model_dump(mode="json")["quality"]["measures"][:1] * 2
    with pytest.raises(ValueError, match="same name"):
        manifest(measures=twice)
    (tmp_path / "image-quality").mkdir()
    text = (FOLDER / "skill.yaml").read_text(encoding="utf-8").replace("- exposure.middle\n", "- exposure.muddle\n")
    (tmp_path / "image-quality" / "skill.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(AuthoringError, match=r"exposure\.muddle"):
        Skill(tmp_path / "image-quality")


def test_the_card_is_current_and_names_its_limits() -> None:
    made = load_manifest(FOLDER)
    found = load_evaluation(FOLDER, made)
    text = (FOLDER / "card.md").read_text(encoding="utf-8")
    assert text == render(made, found)
    for part in ("made by a program", "8-bit", "Ordinary films flagged `repeat`", "Dead lines, strength 0.25"):
        assert part in text
    looks = (FOLDER / "train" / "eval_log.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert len(looks) == found.looked
    assert made.model.sha256 in looks[-1]
