"""What must not reach the pneumonia model does not: a tenth of the set on every run, the whole set as evidence."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from robot_library.model.finding import Abstention
from robot_library.model.study import Image
from robot_library.skills.host import Film, LocalSkillHost
from robot_library.skills.manifest import load_manifest
from tests.skills.films import PNEUMONIA, SKILLS, image
from tests.skills.wrong_inputs.pictures import Wrong
from tests.skills.wrong_inputs.verdicts import Gates, Verdict, counted, everything, right

VIEW = SKILLS / "chest-xray-view"


def judged(pictures: Iterable[Wrong]) -> list[Verdict]:
    gates = Gates()
    return [gates.judge(one) for one in pictures]


def let_through(verdicts: list[Verdict]) -> list[str]:
    return [f"{one.category}: {one.name}" for one in verdicts if not (one.by_view or one.by_own_gates)]


@pytest.mark.data
def test_a_tenth_of_the_wrong_inputs_is_refused(data_dir: Path) -> None:
    verdicts = judged(everything(data_dir, tenth=True))
    assert len(verdicts) >= 50
    assert len(let_through(verdicts)) <= 1, let_through(verdicts)


@pytest.mark.data
def test_right_films_pass(data_dir: Path) -> None:
    """One in ten of the held-out right films; 5 % here, for the few that there are."""
    verdicts = judged(list(right(data_dir))[::10])
    assert sum(one.by_view for one in verdicts) <= 0.05 * len(verdicts)


@pytest.mark.evidence
@pytest.mark.data
def test_of_the_whole_set_99_percent_are_refused(data_dir: Path) -> None:
    """723 pictures where the photographs were fetched (photos.py), else two photographs and all the others."""
    verdicts = judged(everything(data_dir))
    row = counted("all", verdicts)
    print(row)
    assert row.n >= 500
    assert row.together >= 0.99 * row.n, let_through(verdicts)


@pytest.mark.evidence
@pytest.mark.data
def test_the_view_gate_turns_away_at_most_2_percent_of_the_right_ones(data_dir: Path) -> None:
    verdicts = judged(right(data_dir))
    for who in ("children", "adults"):
        group = [one for one in verdicts if one.category.startswith(who)]
        print(counted(who, group))
        assert sum(one.by_view for one in group) <= 0.02 * len(group)


@pytest.mark.data
def test_the_host_asks_the_view_skill_first(data_dir: Path) -> None:
    """The whole way, with a header that passes: what the gates refuse comes back as an abstention, with its reason."""
    pictures = [one for one in everything(data_dir, tenth=True) if "upside" in one.category or "photo" in one.category]
    shown: list[Film] = []

    def read(_: Image) -> Film:
        return shown[-1]

    host = LocalSkillHost([SKILLS], read)
    for number, one in enumerate(pictures):
        shown.append(one.film)
        answer = host.run_now("chest-xray-pneumonia", image(sha256=f"{number:064d}"))
        assert isinstance(answer, Abstention), one.name
        assert answer.code == "other_skill", (one.name, answer.code)
        assert "chest-xray-view: negative" in answer.reason


def test_the_measured_set_is_of_these_models() -> None:
    """wrong_inputs.json and both cards speak of the models that are here."""
    found = json.loads((VIEW / "wrong_inputs.json").read_text(encoding="utf-8"))
    assert found["view_sha256"] == load_manifest(VIEW).model.sha256
    assert found["pneumonia_sha256"] == load_manifest(PNEUMONIA).model.sha256
    everything_ = found["wrong"][-1]
    assert everything_["n"] == sum(row["n"] for row in found["wrong"][:-1]) >= 500
    assert everything_["together"] >= 0.99 * everything_["n"]
