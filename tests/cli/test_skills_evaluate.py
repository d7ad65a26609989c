"""`wetread skills evaluate` on the shipped skill and synthetic films, end to end."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from robot_library.cli.main import run_cli
from robot_library.hospital.films.film import FilmPatient, FilmStudy
from robot_library.skills.card import load_evaluation, render
from robot_library.skills.manifest import load_manifest
from robot_library.skills.signing import sign
from tests.skills.evaluation.films import NAME, labelled, project, table

FIGURE = "auroc"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], place: Path, *arguments: str, code: int = 0) -> Any:
    assert run_cli(["skills", "evaluate", NAME, "--project", str(place), *arguments, "--json"]) == code
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    if not code:
        assert list(lines[-1]) == ["n", FIGURE, "ci95", "operating_points", "subgroups", "report"]
    return {key: value for line in lines[-2:] for key, value in line.items()}


def test_a_skill_is_measured_and_what_it_refuses_is_counted(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "flat.png").write_bytes(_flat())
    (place / "no.png").write_bytes(b"this is no picture")
    extra = [{"file": "flat.png", "label": "0"}, {"file": "no.png", "label": "1"}]
    data = labelled(place, 6, extra)
    found = said(capsys, place, "--data", str(data), "--plain", "--out", "out")
    assert found["n"] + sum(found["refused"].values()) == 14
    assert found["refused"]["unreadable"] == 1
    assert found["refused"].keys() & {"flat", "other_skill"}, "a blank film is refused, by this skill or one before it"
    assert found["auroc"] > 0.9
    assert found["ci95"][0] < found["auroc"] <= found["ci95"][1]
    assert [point["name"] for point in found["operating_points"]] == ["rule_out", "rule_in"]
    assert {(g["column"], g["value"]) for g in found["subgroups"]} >= {("sex", "F"), ("sex", "M"), ("age", "1 to 5")}
    page = (place / "out" / "report.html").read_text(encoding="utf-8")
    assert Path(found["report"]) == Path("out") / "report.html"
    assert "header gates were not asked" in page
    assert not (place / "skills" / NAME / "eval_log.csv").exists()


def test_pictures_need_to_be_called_plain(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = labelled(place, 1)
    assert "--plain" in said(capsys, place, "--data", str(data), code=3)["cure"]


def test_dicom_goes_through_every_gate(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from io import BytesIO

    from robot_library.hospital.films import make_film
    from robot_library.hospital.films.dicom import film_dataset

    rows = []
    for number, (kind, years) in enumerate((("normal", 3), ("pneumonia", 3), ("pneumonia", 40))):
        buffer = BytesIO()
        patient, study = _people(years, number)
        film_dataset(make_film(number + 1, kind), patient=patient, study=study).save_as(buffer)  # type: ignore[arg-type]
        (place / f"{number}.dcm").write_bytes(buffer.getvalue())
        rows.append({"file": f"{number}.dcm", "label": kind})
    found = said(capsys, place, "--data", str(table(place / "labels.csv", rows)))
    assert (found["n"], found["refused"]) == (2, {"age_out_of_range": 1})
    assert found["report"].startswith(f"evaluation-{NAME}")


def test_an_update_makes_the_card_and_every_look_is_logged(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = labelled(place, 6)
    folder = place / "skills" / NAME
    arguments = ("--data", str(data), "--plain", "--update")
    assert run_cli(["skills", "evaluate", NAME, "--project", str(place), *arguments]) == 2
    assert "--dataset" in capsys.readouterr().err
    said(capsys, place, *arguments, "--dataset", "Synthetic films")
    found = said(capsys, place, *arguments, "--dataset", "Synthetic films")
    manifest = load_manifest(folder)
    kept = load_evaluation(folder, manifest)
    assert (kept.n, kept.dataset, kept.looked) == (found["n"], "Synthetic films", 2)
    assert kept.limits, "limits written down earlier stay"
    assert kept.refusals, "refusals measured with the same model stay"
    card = (folder / "card.md").read_text(encoding="utf-8")
    assert card == render(manifest, kept)
    assert "looked at 2 times" in card
    with (folder / "eval_log.csv").open(encoding="utf-8", newline="") as stream:
        looks = list(csv.DictReader(stream))
    assert [look["n"] for look in looks] == [str(kept.n)] * 2
    assert looks[0]["data_sha256"] == kept.data_sha256


def test_a_signed_skill_that_was_updated_must_be_signed_again(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sign(place / "skills" / NAME, Ed25519PrivateKey.generate())
    data = str(labelled(place, 4))
    command = ["skills", "evaluate", NAME, "--project", str(place), "--data", data, "--plain", "--update"]
    assert run_cli([*command, "--dataset", "ours"]) == 0
    assert "sign it again" in capsys.readouterr().err
    assert run_cli(["skills", "verify", NAME, "--project", str(place)]) == 3
    assert "changed after it was signed" in capsys.readouterr().err


def test_rows_of_other_splits_are_left_out(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = labelled(place, 4)
    with data.open(encoding="utf-8", newline="") as stream:
        rows: list[dict[str, str]] = list(csv.DictReader(stream))
    splits = ["train", "calibration", "eval", "eval"]
    marked = [{**row, "split": splits[index % 4]} for index, row in enumerate(rows)]
    table(data, marked)
    found = said(capsys, place, "--data", str(data), "--plain")
    assert found["n"] + sum(found["refused"].values()) == 4
    log = (place / "skills" / NAME / "eval_log.csv").read_text(encoding="utf-8")
    assert len(log.splitlines()) == 2, "a look at rows called eval is logged"
    refused = said(capsys, place, "--data", str(data), "--plain", "--split", "calibration", code=2)
    assert "never evaluated" in refused["message"]


def test_recalibration_is_from_rows_of_its_own(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = labelled(place, 24)
    with data.open(encoding="utf-8", newline="") as stream:
        rows: list[dict[str, str]] = list(csv.DictReader(stream))
    marked: list[Mapping[str, str]] = [
        {**row, "split": "calibration" if number < 44 else "eval"} for number, row in enumerate(rows)
    ]
    both = [{**row, "patient": "same"} for row in marked]
    arguments = ("--data", str(table(data, both)), "--plain", "--recalibrate", "--out", "out")
    assert "calibration rows and in those to be evaluated" in said(capsys, place, *arguments, code=2)["message"]
    table(data, marked)
    before = load_manifest(place / "skills" / NAME)
    said(capsys, place, *arguments)
    after = load_manifest(place / "skills" / NAME)
    assert after.version != before.version
    assert after.outputs[0].calibration.n >= 40
    from robot_library.hospital.films import make_film
    from robot_library.skills.golden import run_golden
    from robot_library.skills.host import Skill

    assert all(result.passed for result in run_golden(Skill(place / "skills" / NAME), make_film))
    unmarked = table(data, [{key: row[key] for key in row if key != "split"} for row in marked])
    message = said(capsys, place, "--data", str(unmarked), "--plain", code=2)["message"]
    assert re.match(r"44 of these files set", message)


def test_a_skill_just_begun_gets_its_thresholds_by_recalibration(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = place / "skills" / NAME / "skill.yaml"
    begun = re.sub(
        r"(?m)^(\s+(?:slope|intercept|prevalence|threshold|sensitivity|specificity): ).*", r"\1TODO",
        file.read_text(encoding="utf-8"),
    )  # fmt: skip
    begun = re.sub(r"(_ci95: ).*", r"\1[TODO, TODO]", begun)
    assert begun.count("TODO") == 17
    with labelled(place, 24).open(encoding="utf-8", newline="") as stream:
        rows: list[dict[str, str]] = list(csv.DictReader(stream))
    marked = [{**row, "split": "calibration" if number < 44 else "eval"} for number, row in enumerate(rows)]
    arguments = ("--data", str(table(place / "labels.csv", marked)), "--plain", "--out", "out")
    for text, more in ((begun, ()), (begun.replace("user: a", "user: TODO a"), ("--recalibrate",))):
        file.write_text(text, encoding="utf-8")
        assert "still TODO" in said(capsys, place, *arguments, *more, code=2)["message"]
        assert file.read_text(encoding="utf-8") == text, "nothing is written before there are real numbers"
    file.write_text(begun, encoding="utf-8")
    said(capsys, place, *arguments, "--recalibrate")
    output = load_manifest(file.parent).outputs[0]
    assert output.calibration.n == output.operating_points.rule_in.n == 44


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "either --data or --scores"),
        (["--data", "a", "--scores", "b"], "either --data or --scores"),
        (["--scores", "b", "--update"], "use --data"),
        (["--data", "a", "--threshold", "x=1"], "goes with --scores"),
        (["--scores", "b", "--threshold", "x=y"], "NAME=NUMBER"),
    ],
)
def test_options_that_do_not_go_together(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b").write_text("score,label\n0.1,0\n", encoding="utf-8")
    assert run_cli(["skills", "evaluate", "x", *arguments]) == 2
    assert message in capsys.readouterr().err


def _flat() -> bytes:
    import cv2
    import numpy as np

    return bytes(cv2.imencode(".png", np.full((300, 300), 128, np.uint8))[1])


def _people(years: int, number: int) -> tuple[FilmPatient, FilmStudy]:
    uid = f"1.2.826.0.1.{number + 1}"
    patient = FilmPatient(str(number), "DEMO", "Test^Person", date(2024 - years, 1, 1), "F")
    return patient, FilmStudy(f"A{number}", uid, f"{uid}.1", date(2024, 6, 1))
