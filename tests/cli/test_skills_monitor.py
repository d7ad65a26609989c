"""`wetread skills drift | feedback | compare | switch | rollback` over a home and a project."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from robot_library.cli.main import run_cli
from robot_library.safeguards.audit.verify import records
from robot_library.safeguards.keys import SiteKey, write_file
from robot_library.safeguards.sealed import SealedJson
from robot_library.skills.manifest import load_manifest
from robot_library.skills.monitor.records import Correction
from robot_library.skills.monitor.store import FILE, Store
from robot_library.skills.monitor.versions import beside
from tests.skills.evaluation.films import NAME, project
from tests.skills.films import PNEUMONIA
from tests.skills.monitor.answers import observed, ward

KEY = SiteKey(b"s" * 32)
SEALED = SealedJson(KEY)
OURS = load_manifest(PNEUMONIA).version


class Place:
    """A project with a challenger, and a home with answers."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home, self.champion = folder, folder / "home", project(folder)
        write_file(self.home / "site.key", KEY)
        other = beside(self.champion, "challenger")
        other.parent.mkdir(parents=True)
        os.rename(project(folder / "new"), other)
        text = (other / "skill.yaml").read_text(encoding="utf-8")
        (other / "skill.yaml").write_text(text.replace(f"version: {OURS}", "version: 7.0.0"), encoding="utf-8")
        self.own = {"skill": NAME, "version": OURS, "model_sha256": load_manifest(self.champion).model.sha256}

    def answers(self, seed: int, **changes: Any) -> None:
        with Store(self.home / FILE, SEALED) as store:
            for one in ward(400, seed, **changes):
                store.observe(one.model_copy(update=self.own))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def said(capsys: pytest.CaptureFixture[str], place: Place, *arguments: str, code: int = 0) -> Any:
    home = [] if arguments[0] in ("switch", "rollback") else ["--home", str(place.home)]
    own = [] if arguments[0] == "feedback" else ["--project", str(place.folder)]
    assert run_cli(["skills", *arguments, *own, *home, "--json"]) == code
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_drift_from_a_sites_own_weeks(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no skill has been watched" in said(capsys, place, "drift", NAME, code=3)["message"]
    place.answers(1)
    assert "has no reference" in said(capsys, place, "drift", NAME, code=3)["message"]
    assert said(capsys, place, "drift", NAME, "--baseline")["n"] == 400
    assert said(capsys, place, "drift", NAME)["level"] == "too few"
    place.answers(2)
    place.answers(3)
    found = said(capsys, place, "drift", NAME, "--last", "800")
    assert {row["level"] for row in found["rows"]} == {"ok"}
    assert (found["level"], found["n"]) == ("ok", 800)
    place.answers(4, shift=0.4)
    found = said(capsys, place, "drift", NAME, "--last", "400", code=1)
    assert {row["name"] for row in found["rows"] if row["level"] == "stop"} == {"score"}
    assert run_cli(["skills", "drift", NAME, "--project", str(place.folder), "--home", str(place.home)]) == 1
    assert "PSI" in capsys.readouterr().out


def test_compare_counts_what_both_saw(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    with Store(place.home / FILE, SEALED) as store:
        for number in range(6):
            store.observe(observed(number, 0.9).model_copy(update=place.own))
            theirs = place.own | {"role": "challenger", "version": "7.0.0"}
            store.observe(observed(number, 0.1 if number < 2 else 0.9).model_copy(update=theirs))
            old = place.own | {"role": "challenger", "version": "0.9.0"}
            store.observe(observed(number, 0.1).model_copy(update=old))
    found = said(capsys, place, "compare", NAME)
    assert found["n"] == 6
    assert found["answers"] == {"positive → negative": 2, "positive → positive": 4}
    assert run_cli(["skills", "compare", NAME, "--project", str(place.folder), "--home", str(place.home)]) == 0
    assert f"champion {OURS} / challenger 7.0.0 on 6 images" in capsys.readouterr().out


def test_switch_and_rollback_are_one_command_each(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, place, "switch", NAME)["now"] == "7.0.0"
    assert load_manifest(place.champion).version == "7.0.0"
    assert said(capsys, place, "rollback", NAME)["now"] == OURS
    assert load_manifest(place.champion).version == OURS
    assert "no previous version" in said(capsys, place, "rollback", NAME, code=3)["message"]


def test_a_challenger_that_fails_its_golden_cases_is_not_switched_to(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    file = beside(place.champion, "challenger") / "skill.yaml"
    text = file.read_text(encoding="utf-8")
    golden = load_manifest(place.champion).golden[0].expect.score
    file.write_text(text.replace(f"score: {golden}", "score: 0.5"), encoding="utf-8")
    assert "fails a golden case: 1 " in said(capsys, place, "switch", NAME, code=3)["message"]
    assert load_manifest(place.champion).version == OURS


def test_a_move_that_was_cut_short_is_mended_by_the_next_command(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    previous = beside(place.champion, "previous")
    previous.parent.mkdir()
    os.rename(place.champion, previous)
    assert said(capsys, place, "switch", NAME)["before"] == OURS
    assert load_manifest(place.champion).version == "7.0.0"


def test_feedback_without_pictures_is_told_apart(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    from robot_library.cli.site import open_key

    open_key(place.home, create=True)
    with Store(place.home / FILE, SEALED) as store:
        store.observe(observed(1).model_copy(update=place.own))
        store.correct(
            Correction(
                day="2026-11-20", image="i1", skill=NAME, version="1.0.0", model_sha256="a" * 64, said="uncertain",
                score=0.5, verdict="correct", decision="negative", role="radiologist",
            )
        )  # fmt: skip
    out = place.folder / "out"
    found = said(capsys, place, "feedback", "export", NAME, str(out))
    assert (found["cases"], found["pictures"], found["without_pictures"]) == (1, 0, 1)
    told = [one.event for one in records(place.home / "audit")]
    assert [(one["kind"], one["what"]) for one in told] == [("export", f"feedback of skill {NAME}")]
    assert (out / "labels.csv").read_text(encoding="utf-8").count("\n") == 1
    assert "negative" in (out / "labels_without_pictures.csv").read_text(encoding="utf-8")


def test_signed_reports_judge_what_the_skill_was_sure_of(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    from robot_library.bot import keyed_hash
    from robot_library.cli.site import open_key

    mac = keyed_hash(open_key(place.home, create=True), "monitor")
    with Store(place.home / FILE, SEALED) as store:
        for uid, score in (("1.1", 0.9), ("1.2", 0.1), ("1.3", None)):
            store.observe(observed(1, score, image=mac(uid)).model_copy(update=place.own))
    truth = place.folder / "truth.csv"
    truth.write_text("image,decision\n1.1,positive\n1.2,positive\n1.3,negative\n1.9,negative\n", encoding="utf-8")
    for _ in range(2):
        found = said(capsys, place, "feedback", "add", NAME, str(truth))
        assert found == {"taken": 2, "agreed": 1, "unknown": 2}
    with Store(place.home / FILE, SEALED) as store:
        kept = store.corrections(NAME)
    assert [(one.image, one.verdict, one.decision) for one in kept] == [
        (mac("1.1"), "accept", "positive"),
        (mac("1.2"), "correct", "positive"),
    ]
    truth.write_text("image,decision\n1.1,maybe\n1.2,positive\n1.2,negative\n", encoding="utf-8")
    lines = [d["line"] for d in said(capsys, place, "feedback", "add", NAME, str(truth), code=2)["diagnostics"]]
    assert lines == [2, 4]


def test_a_skill_that_is_not_there(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("nothing", "../skills/chest-xray-pneumonia", "versions"):
        assert "there is no skill" in said(capsys, place, "switch", name, code=2)["message"]
