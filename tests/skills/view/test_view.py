"""The view skill on films from seeds and on pictures that are none; smoke tests, the figures are in its card."""

from __future__ import annotations

import ast
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from robot_library.hospital.films import make_film
from robot_library.hospital.films.film import Kind
from robot_library.imaging.pixels import read_grayscale
from robot_library.model.finding import Abstention, Finding
from robot_library.skills.card import load_evaluation, render
from robot_library.skills.golden import run_golden, shown
from robot_library.skills.host import LocalSkillHost, Skill
from tests.skills.films import SKILLS, header, image, synthetic
from tests.skills.wrong_inputs.pictures import as_film
from tests.skills.wrong_inputs.scans import CHESTS, FEW, dicom

VIEW = SKILLS / "chest-xray-view"
SKILL = Skill(VIEW)
TAG_FLIPPED = "Fake_MONOHR1.dcm"
Film = NDArray[np.float32]


def says(film: Film) -> str:
    """The decision, or the code of the abstention."""
    reading = SKILL.read(np.ascontiguousarray(film))
    return reading.code.value if reading.code is not None else SKILL.conclude(reading, film).decision


def test_golden_cases_hold_here() -> None:
    results = run_golden(SKILL, make_film)
    assert len(results) == 4
    assert all(result.passed for result in results), [str(result) for result in results]


@pytest.mark.parametrize("kind", ["normal", "pneumonia"])
@pytest.mark.parametrize("seed", [3, 4, 5])
def test_an_upright_film_passes_and_its_twins_do_not(seed: int, kind: Kind) -> None:
    film = synthetic(seed, kind)
    assert says(film) == "positive"
    twins: dict[str, Callable[[Film], Film]] = {
        "upside down": lambda f: f[::-1],
        "inverted": lambda f: 1 - f,
        "90": lambda f: np.rot90(f),
        "180": lambda f: np.rot90(f, 2),
        "270": lambda f: np.rot90(f, 3),
        "two in one": lambda f: np.hstack([f, f]),
        "one side": lambda f: f[:, : f.shape[1] // 2],
    }
    assert {name: says(twin(film)) for name, twin in twins.items()} == dict.fromkeys(twins, "negative")


def test_left_and_right_are_not_its_business() -> None:
    assert says(synthetic(3)[:, ::-1]) == "positive"


def test_exposure_size_and_aspect_do_not_matter() -> None:
    film = synthetic(4)
    for other in (film**0.7, film**1.4, 0.1 + 0.6 * film, cv2.resize(film, (400, 300)), cv2.resize(film, (500, 700))):
        assert says(np.asarray(other, np.float32)) == "positive"


def test_a_drawn_lateral_is_refused() -> None:
    """Drawn, and drawn ones were among the pictures it was fitted to refuse: no evidence for real laterals."""
    assert says(shown(make_film(3, "normal", view="LL"))) == "negative"


def test_ct_mr_and_ultrasound_are_refused() -> None:
    found = {wrong.name: says(wrong.film) for wrong in dicom(Path(), few=True)}
    assert set(found) == set(FEW)
    assert "positive" not in found.values(), found


@pytest.mark.parametrize("name", ["china.jpg", "flower.jpg"])
def test_a_photograph_is_refused(name: str) -> None:
    pixels = cv2.imread(str(resources.files("sklearn.datasets") / "images" / name))
    assert pixels is not None
    film = as_film(pixels)
    assert film is not None
    assert says(film) == "negative"


@pytest.mark.data
def test_real_chest_films_of_other_hospitals_pass_and_a_wrong_photometric_tag_does_not(data_dir: Path) -> None:
    """Whole DICOM objects, JPEG 2000 and MONOCHROME1 among them; the last one's tag says that black is white."""
    films = {name: read_grayscale((data_dir / "dicom" / name).read_bytes()).pixels for name in (*CHESTS, TAG_FLIPPED)}
    assert {name: says(film) for name, film in films.items()} == {
        **dict.fromkeys(CHESTS, "positive"),
        TAG_FLIPPED: "negative",
    }


@pytest.mark.parametrize(("role", "code"), [("unknown", "view_missing"), ("lateral", "view")])
def test_the_header_says_which_view_it_is(role: str, code: str) -> None:
    answer = SKILL.run(image(role=role), lambda _: synthetic(3))
    assert isinstance(answer, Abstention)
    assert answer.code == code


def test_it_has_no_age_but_everything_else_of_the_pneumonia_header() -> None:
    host = LocalSkillHost([SKILLS], lambda _: synthetic(3))
    answer = host.run_now("chest-xray-view", image(age_years=None))
    assert isinstance(answer, Finding)
    assert (answer.decision, answer.label) == ("positive", "frontal-chest-film")
    for changes, code in (({"Modality": "CT"}, "modality"), ({"PresentationIntentType": "FOR PROCESSING"}, "intent")):
        refused = host.run_now("chest-xray-view", image(header=header(**changes)))
        assert isinstance(refused, Abstention)
        assert refused.code == code


def test_the_card_is_made_from_the_evaluation() -> None:
    text = (VIEW / "card.md").read_text(encoding="utf-8")
    assert text == render(SKILL.manifest, load_evaluation(VIEW, SKILL.manifest))
    assert "No real lateral film" in text


def test_training_never_names_the_split_eval_of_the_children() -> None:
    """Every call that names a split does so in words, and none of the training says `eval` of Kermany."""
    asked = set()
    for file in (VIEW / "train").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("_rows"):
                asked.add(tuple(ast.unparse(argument) for argument in node.args))
    assert asked == {
        ("'cxr_kermany224'", "'train'"),
        ("'cxr_nih'", "'train' if part == 'fit' else 'eval'"),
    }
