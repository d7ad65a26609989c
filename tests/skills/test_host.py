"""The whole skill on synthetic films: finding with its operating point, or abstention; nothing decoded in vain."""

from __future__ import annotations

import hashlib
import math
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from robot_library.cli.main import run_cli
from robot_library.errors import AuthoringError, SetupError, StudyUnreadable
from robot_library.model.finding import Abstention, Finding
from robot_library.model.study import Image
from robot_library.skills.decision import decide, probability
from robot_library.skills.explanation.draw import WIDEST, overlay
from robot_library.skills.golden import run_golden
from robot_library.skills.host import Film, LocalSkillHost, Skill
from tests.skills.films import PNEUMONIA, SKILLS, Blobs, image, synthetic

NAME = "chest-xray-pneumonia"
SKILL = Skill(PNEUMONIA)
POINTS = SKILL.manifest.outputs[0].operating_points


def found(answer: Finding | Abstention) -> Finding:
    assert isinstance(answer, Finding), answer
    return answer


def refused(answer: Finding | Abstention) -> str:
    assert isinstance(answer, Abstention), answer
    return answer.code


def never(_: Image) -> Film:
    raise AssertionError("pixels were decoded although the header refuses")


async def test_a_finding_carries_what_a_reader_must_know() -> None:
    blobs = Blobs()
    host = LocalSkillHost([SKILLS], lambda _: synthetic(1, "pneumonia"), blobs)
    answer = found(await host.run(NAME, image()))
    assert (answer.label, answer.decision, answer.operating_point) == ("pneumonia", "positive", "rule_in")
    assert answer.provider == "CPUExecutionProvider"
    assert answer.model_sha256 == SKILL.manifest.model.sha256
    assert answer.n == POINTS.rule_in.n
    assert answer.thresholds == {"rule_out": POINTS.rule_out.threshold, "rule_in": POINTS.rule_in.threshold}
    assert answer.image_uid == "1.2.3"
    (picture,) = answer.evidence.values()
    assert blobs.get(picture).startswith(b"\x89PNG")


def test_most_synthetic_films_are_read_as_their_kind_and_few_are_refused() -> None:
    """A smoke test of the plumbing; says nothing about children."""
    right = 0
    for seed in range(100, 112):
        for kind, expected in (("normal", "negative"), ("pneumonia", "positive")):
            reading = SKILL.read(synthetic(seed, kind))  # type: ignore[arg-type]
            right += reading.code is None and decide(reading.score, POINTS)[0] == expected
    assert right >= 20


def test_the_header_refuses_before_a_pixel_is_decoded() -> None:
    assert refused(SKILL.run(image(age_years=44.0), never)) == "age_out_of_range"
    assert refused(SKILL.run(image(source="screen"), never)) == "source"


def test_the_reason_names_the_range_but_not_the_patients_age() -> None:
    answer = SKILL.run(image(age_years=44.0), never)
    assert isinstance(answer, Abstention)
    assert "1 to under 6 years" in answer.reason
    assert "44" not in answer.reason


def test_a_film_that_cannot_be_decoded_is_not_an_abstention() -> None:
    def broken(_: Image) -> Film:
        raise StudyUnreadable("truncated")

    with pytest.raises(StudyUnreadable):
        SKILL.run(image(), broken, first=lambda _: None)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda film: 1 - film, "unlike_training"),
        (lambda film: np.rot90(film).copy(), "unlike_training"),
        (lambda film: np.rot90(film, 2).copy(), "unlike_training"),
        (lambda film: film[::-1].copy(), "unlike_training"),
        (lambda film: np.random.default_rng(0).random(film.shape, dtype=np.float32), "unlike_training"),
        (lambda film: film[:200], "too_small"),
        (lambda film: film * 0.1, "flat"),
        (lambda film: film * np.nan, "not_finite"),
    ],
)
def test_wrong_pixels_are_refused(change: object, code: str) -> None:
    film = change(synthetic(1))  # type: ignore[operator]
    assert refused(SKILL.run(image(), lambda _: film, first=lambda _: None)) == code


def test_what_the_view_skill_refuses_never_reaches_the_model() -> None:
    host = LocalSkillHost([SKILLS], lambda _: 1 - synthetic(1))
    answer = host.run_now(NAME, image())
    assert isinstance(answer, Abstention)
    assert (answer.code, answer.reason[-len("(chest-xray-view: negative)") :]) == (
        "other_skill",
        "(chest-xray-view: negative)",
    )
    assert refused(SKILL.run(image(), never)) == "other_skill", "nobody asks the view skill: no answer"


def test_the_middle_belongs_to_a_person() -> None:
    low, high = POINTS.rule_out.threshold, POINTS.rule_in.threshold
    assert low < high
    assert decide(math.nextafter(low, 0), POINTS)[:2] == ("negative", "rule_out")
    assert decide(low, POINTS)[:2] == ("uncertain", "review")
    assert decide(math.nextafter(high, 0), POINTS)[:2] == ("uncertain", "review")
    assert decide(high, POINTS)[:2] == ("positive", "rule_in")


def test_probability_is_the_logistic_function_without_overflow() -> None:
    platt = SKILL.manifest.outputs[0].calibration
    assert probability(1e6, platt) == 1
    assert probability(-1e6, platt) == 0
    assert math.isnan(probability(math.nan, platt))
    z = platt.slope * 0.3 + platt.intercept
    assert math.isclose(probability(0.3, platt), 1 / (1 + math.exp(-z)))


def test_a_number_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    skill = Skill(PNEUMONIA)
    real = skill.infer

    def spoilt(tensor: np.ndarray) -> dict[str, np.ndarray]:
        return real(tensor) | {"logit": np.array([np.nan], np.float32)}

    monkeypatch.setattr(skill, "infer", spoilt)
    assert skill.read(synthetic(1)).code == "no_number"
    monkeypatch.setattr(skill, "infer", lambda tensor: real(tensor) | {"distance": np.array([np.nan], np.float32)})
    assert skill.read(synthetic(1)).code == "unlike_training"


@pytest.mark.parametrize("name", ["../chest-xray-pneumonia", "", ".", "chest-xray", "/etc"])
def test_only_installed_names_are_found(name: str) -> None:
    with pytest.raises(SetupError, match="there is no skill"):
        LocalSkillHost([SKILLS], never).load(name)


def test_a_skill_is_loaded_once_and_the_first_folder_wins(tmp_path: Path) -> None:
    mine = tmp_path / NAME
    shutil.copytree(PNEUMONIA, mine)
    host = LocalSkillHost([tmp_path, SKILLS], never)
    assert host.names() == sorted(folder.parent.name for folder in SKILLS.glob("*/skill.yaml"))
    assert host.load(NAME) is host.load(NAME)
    assert host.load(NAME).folder == mine


def test_golden_cases_hold_on_this_machine() -> None:
    from robot_library.hospital.films import make_film

    results = run_golden(SKILL, make_film)
    assert len(results) >= 4
    assert all(result.passed for result in results), [str(result) for result in results]


def test_golden_cases_can_fail() -> None:
    from robot_library.hospital.films import make_film

    results = run_golden(SKILL, lambda seed, kind: make_film(seed, "normal" if kind == "pneumonia" else "pneumonia"))
    assert not any(result.passed for result in results)


def with_golden(folder: Path, golden: str) -> Path:
    """A copy of the skill with other golden cases; one.npy beside it is no film."""
    copy = Path(shutil.copytree(SKILL.folder, folder / NAME, ignore=shutil.ignore_patterns("train")))
    (copy / "one.npy").write_bytes(b"DICM, say")
    text = (copy / "skill.yaml").read_text(encoding="utf-8").split("\ngolden:")[0]
    (copy / "skill.yaml").write_text(f"{text}\ngolden: {golden}\n", encoding="utf-8")
    return copy


def test_a_golden_file_of_another_kind_is_named(tmp_path: Path) -> None:
    sha256 = hashlib.sha256(b"DICM, say").hexdigest()
    case = f"[{{file: one.npy, sha256: {sha256}, expect: {{score: 0.5, decision: negative}}}}]"
    with pytest.raises(SetupError, match=r"'one\.npy' is no golden file of a film skill"):
        run_golden(Skill(with_golden(tmp_path, case)))


def test_a_golden_film_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    case = "[{film: {seed: 1, kind: Normal}, expect: {score: 0.5, decision: negative}}]"
    with pytest.raises(AuthoringError, match=r"golden\.0\.film\.kind"):
        Skill(with_golden(tmp_path, case))


def test_no_golden_cases_are_no_test(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with_golden(tmp_path / "skills", "[]")
    assert run_cli(["skills", "test", NAME, "--project", str(tmp_path)]) == 1
    assert "nothing was tested" in capsys.readouterr().err


def test_golden_films_need_the_generator() -> None:
    with pytest.raises(SetupError, match="generator"):
        run_golden(SKILL)


def test_the_overlay_is_red_where_the_evidence_is_and_nowhere_else() -> None:
    film = np.full((300, 2000), 0.5, np.float32)
    evidence = np.full((1, 1, 14, 14), -20, np.float32)
    evidence[..., :7] = 20
    picture = cv2.imdecode(np.frombuffer(overlay(film, evidence), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape[1] == WIDEST
    shown = picture[: round(WIDEST * 300 / 2000)]
    left, right = shown[:, :300].reshape(-1, 3).mean(0), shown[:, -300:].reshape(-1, 3).mean(0)
    assert left[2] > left[0] + 80
    np.testing.assert_allclose(right, 128, atol=1)


def test_an_exchanged_model_of_a_skill_asked_first_is_found_before_the_first_item(tmp_path: Path) -> None:
    for folder in ("chest-xray-pneumonia", "chest-xray-view"):
        shutil.copytree(SKILLS / folder, tmp_path / folder, ignore=shutil.ignore_patterns("train"))
    (tmp_path / "chest-xray-view" / "model.onnx").write_bytes(b"another")
    with pytest.raises(SetupError, match="chest-xray-view"):
        LocalSkillHost([tmp_path], never).load_all([NAME])
