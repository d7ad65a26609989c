"""`wetread qa`: films measured from files, counted once; the report of a day."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from robot_library.cli.main import run_cli
from robot_library.hospital.films import FilmPatient, FilmStudy, film_dataset, make_film
from robot_library.safeguards.audit.verify import records

PROJECT = Path(__file__).parents[2]


def film(folder: Path, seed: int, day: int) -> None:
    study = FilmStudy(f"A{seed}", f"1.2.3.{seed}", f"1.2.4.{seed}", date(2026, 3, day))
    person = FilmPatient("0042", "X", "Doe^Jane", date(2023, 1, 1), "F")
    made = film_dataset(make_film(seed, "normal", rows=300, cols=350), patient=person, study=study)
    made.save_as(folder / f"{seed}.dcm", enforce_file_format=True)


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    return dict(json.loads(capsys.readouterr().out.strip().splitlines()[-1]))


def test_films_are_measured_once_and_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    films, home, out = tmp_path / "films", tmp_path / "home", tmp_path / "out" / "page.html"
    films.mkdir()
    for seed in (1, 2, 3):
        film(films, seed, day=seed)
    measure = ["qa", "measure", str(films), "--home", str(home), "--project", str(PROJECT), "--json"]
    assert run_cli(measure) == 0
    assert said(capsys) == {"measured": 3, "known already": 0, "unreadable": 0}
    assert run_cli(measure) == 0
    assert said(capsys) == {"measured": 0, "known already": 3, "unreadable": 0}
    assert run_cli(["qa", "report", "--home", str(home), "--out", str(out), "--json"]) == 0
    found = said(capsys)
    assert (found["day"], found["films"]) == ("2026-03-03", 1)
    opened = [one.event for one in records(home / "audit")]
    assert [(one["kind"], one["what"]) for one in opened] == [("evidence", "image quality report of 2026-03-03")]
    page = out.read_text(encoding="utf-8")
    assert "Fewer than 6 judged films" in page
    assert "Doe" not in page
    assert "0042" not in page


def test_a_file_that_is_no_film_is_told_and_the_next_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    films = tmp_path / "films"
    films.mkdir()
    film(films, 4, day=4)
    broken = (films / "4.dcm").read_bytes()
    (films / "5.dcm").write_bytes(broken[: len(broken) // 2])
    command = ["qa", "measure", str(films), "--home", str(tmp_path / "home"), "--project", str(PROJECT), "--json"]
    assert run_cli(command) == 1
    assert said(capsys) == {"measured": 1, "known already": 0, "unreadable": 1}


def test_a_home_without_measurements_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["qa", "report", "--home", str(tmp_path)]) == 3
    assert "nothing is kept in" in capsys.readouterr().err
