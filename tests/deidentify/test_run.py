"""The command: files, folders and zips; what stands in OUT, and what never does."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom import dcmread
from pydicom.uid import generate_uid

from robot_library.cli.main import run_cli
from robot_library.cli.site import open_key
from robot_library.imaging.deidentify import run as runs
from robot_library.imaging.deidentify.objects import Deidentifier
from robot_library.imaging.deidentify.profile import profile_of
from robot_library.imaging.deidentify.pseudonyms import Pseudonyms
from robot_library.safeguards.audit.verify import records
from tests.deidentify.test_burnt import scan, ultrasound
from tests.deidentify.test_objects import film
from tests.imaging.dicoms import written

CORPUS = Path(pydicom.__file__).parent / "data" / "test_files"


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    assert run_cli(["deidentify", *arguments, "--json"]) == code
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Two films, one in a zip, a text, named as exports are."""
    folder = tmp_path / "in" / "BETZ_EDITH_00417832"
    folder.mkdir(parents=True)
    (folder / "BETZ^EDITH 1.dcm").write_bytes(written(film(SOPInstanceUID=generate_uid())))
    with zipfile.ZipFile(folder / "BETZ.zip", "w") as archive:
        archive.writestr("BETZ/2", written(film(SOPInstanceUID=generate_uid())))
        archive.writestr("BETZ/read me.txt", "Edith Betz")
    return tmp_path / "in"


def test_where_a_home_is_its_trail_says_that_data_were_given_away(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    open_key(home, create=True)
    said(capsys, str(study), str(tmp_path / "out"), "--home", str(home))
    told = [record.event for record in records(home / "audit") if record.is_event]
    assert [(one["kind"], one["what"], one["outcome"]) for one in told] == [
        ("export", "deidentify basic", "begun"),
        ("export", "deidentify basic", "ok"),
    ]


def test_a_folder_with_a_demo_in_it_is_no_home(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "home" / "demo").mkdir(parents=True)
    said(capsys, str(study), str(tmp_path / "out"), "--home", str(tmp_path / "home"))


def test_a_study_comes_out_without_its_patient(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in study.rglob("*") if path.is_file()}
    answer = said(capsys, str(study), str(tmp_path / "out"))
    assert (answer["written"], answer["refused"], len(answer["left_out"])) == (2, [], 1)
    objects = sorted((tmp_path / "out").rglob("*.dcm"))
    assert len(objects) == 2
    assert len({dcmread(path).StudyInstanceUID for path in objects}) == 1
    for path in (tmp_path / "out").rglob("*"):
        assert "BETZ" not in path.name.upper()
        assert "00417832" not in path.name
        if path.is_file():
            held = path.read_bytes().upper()
            assert b"BETZ" not in held, path
            assert b"00417832" not in held, path
    proofs = (tmp_path / "out" / "deidentification" / "proofs.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["file"] for line in proofs} == {
        path.relative_to(tmp_path / "out").as_posix() for path in objects
    }
    assert {path: path.read_bytes() for path in study.rglob("*") if path.is_file()} == before


def test_what_fails_is_not_written_and_said_so(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = written(film())
    (study / "cut.dcm").write_bytes(whole[:400])
    (study / "sonography.dcm").write_bytes(written(ultrasound(scan())))
    names = tmp_path / "names.tsv"
    answer = said(capsys, str(study), str(tmp_path / "out"), "--names", str(names), code=1)
    assert answer["written"] == 2
    assert {one["reason"] for one in answer["refused"]} == {"unreadable", "burnt_in_text"}
    assert "BETZ" not in json.dumps(answer)
    assert "sonography.dcm" in names.read_text(encoding="utf-8")
    assert (
        run_cli(["deidentify", str(study), str(tmp_path / "again"), "--profile", "clean", "--finder", "letters"]) == 1
    )
    assert "cut.dcm" in capsys.readouterr().out, "the person at the terminal is told which file"


def test_a_key_makes_later_runs_the_same_study(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = tmp_path / "trial.key"
    trees = []
    for name in ("first", "second"):
        said(capsys, str(study), str(tmp_path / name), "--key", str(key))
        trees.append({p.relative_to(tmp_path / name) for p in (tmp_path / name).rglob("*.dcm")})
    said(capsys, str(study), str(tmp_path / "third"))
    assert trees[0] == trees[1]
    assert trees[0].isdisjoint({p.relative_to(tmp_path / "third") for p in (tmp_path / "third").rglob("*.dcm")})


def test_out_and_in_never_meet(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("x", encoding="utf-8")
    for out in (study / "out", study, tmp_path, full):
        assert run_cli(["deidentify", str(study), str(out)]) == 3
    assert run_cli(["deidentify", str(tmp_path / "nothing"), str(tmp_path / "o")]) == 3
    assert run_cli(["deidentify", str(study), str(tmp_path / "o"), "--key", str(tmp_path / "o" / "k")]) == 3
    assert run_cli(["deidentify", str(study), str(tmp_path / "o"), "--option", "dates"]) == 2
    capsys.readouterr()
    assert not (study / "out").exists()
    assert said(capsys, str(study), str(full), "--force")["written"] == 2
    assert (full / "mine.txt").exists()


def test_a_folder_beside_a_single_file_is_its_own(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`wetread deidentify film.dcm out` in the film's folder was refused; into that folder itself it still is."""
    film = next(study.rglob("*.dcm"))
    assert said(capsys, str(film), str(film.parent / "out"))["written"] == 1
    assert run_cli(["deidentify", str(film), str(film.parent), "--force"]) == 3


@pytest.mark.parametrize(("more", "how"), [((), "into another OUT"), (("--key", "k"), "say --force, too")])
def test_what_an_interruption_says_is_true(
    more: tuple[str, ...], how: str, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Without a key the same objects would come a second time, under other names, beside the first."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runs, "run", lambda *_: runs.Outcome())
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "deidentification").mkdir()
    assert run_cli(["deidentify", str(study), "o", "--force", *more]) == 130
    assert how in capsys.readouterr().err


def test_an_interruption_leaves_whole_objects(study: Path, tmp_path: Path) -> None:
    def stop(done: int, total: int, text: str) -> None:
        raise KeyboardInterrupt

    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x.dcm.partial").write_bytes(b"half")
    work = Deidentifier(profile_of("basic"), Pseudonyms(b"k" * 32))
    outcome = runs.run(study, tmp_path / "out", work, stop)
    assert not outcome.finished
    assert not outcome.good
    assert [dcmread(path).PatientIdentityRemoved for path in (tmp_path / "out").rglob("*.dcm")] == ["YES"]
    assert not list((tmp_path / "out").rglob("*.partial"))


def test_names_of_files_that_are_no_text_stop_nothing(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Latin-1 from an old export: the run ended in a traceback, after which the list of names was missing."""
    odd = os.fsencode(study) + b"/M\xfcller\x1b[2J\nwritten.txt"
    try:
        with open(odd, "wb") as file:
            file.write(b"no DICOM")
    except OSError:
        pytest.skip("this file system has no such names")
    names = tmp_path / "names.tsv"
    assert run_cli(["deidentify", str(study), str(tmp_path / "out"), "--names", str(names)]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\nwritten.txt" not in shown
    assert b"M\xfcller\\x1b[2J\\x0awritten.txt\n" in names.read_bytes()
    if os.name == "posix":
        assert names.stat().st_mode & 0o077 == 0


def test_the_list_of_names_is_never_written_over_an_original_or_the_key(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = next(study.rglob("*.dcm"))
    before, key = film.read_bytes(), tmp_path / "trial.key"
    for source, more in (
        (film, ["--names", str(film)]), (study, ["--names", str(study / "names.tsv")]),
        (study, ["--key", str(study / "k")]), (study, ["--key", str(key), "--names", str(key)]),
        (study, ["--names", str(tmp_path / "nowhere" / "n.tsv")]),
    ):  # fmt: skip
        assert run_cli(["deidentify", str(source), str(tmp_path / "out"), *more]) == 3
    assert film.read_bytes() == before
    assert not (tmp_path / "out").exists()
    capsys.readouterr()


def test_force_takes_no_file_of_others_and_says_what_is_not_of_this_run(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, key = tmp_path / "out", str(tmp_path / "k")
    assert said(capsys, str(study), str(out), "--key", key)["others"] == 0
    (out / "download.partial").write_bytes(b"somebody's")
    film = next(study.rglob("*.dcm"))
    assert said(capsys, str(film), str(out), "--key", key, "--force")["others"] == 1
    assert (out / "download.partial").exists()


@pytest.mark.skipif(os.name != "posix", reason="rights and links of POSIX")
def test_what_is_not_read_is_told(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without the right to it, and links (a data set kept by git-annex is nothing else), were passed over."""
    target = next(study.rglob("*.dcm"))
    (study / "link.dcm").symlink_to(target)
    (study / "folder").symlink_to(target.parent)
    closed = study / "closed"
    closed.mkdir(mode=0o000)
    try:
        closed_to_us = not os.access(closed, os.R_OK)
        answer = said(capsys, str(study), str(tmp_path / "out"), code=int(closed_to_us))
    finally:
        closed.chmod(0o700)
    assert [one["reason"] for one in answer["left_out"]].count("link") == 2
    assert [one["reason"] for one in answer["refused"]] == ["unreadable"] * closed_to_us
    (tmp_path / "linked.dcm").symlink_to(target)
    assert said(capsys, str(tmp_path / "linked.dcm"), str(tmp_path / "other"))["written"] == 1


def test_a_stop_in_the_middle_of_a_file_leaves_none(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    work = Deidentifier(profile_of("basic"), Pseudonyms(b"k" * 32))
    assert not runs.run(study, tmp_path / "out", work, lambda *_: None).finished
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("profile", ["basic", "research"])
def test_pydicoms_corpus_goes_through_or_is_refused_with_a_reason(
    profile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = said(capsys, str(CORPUS), str(tmp_path / "out"), "--profile", profile, "--finder", "letters", code=1)
    assert answer["written"] > 100
    assert all(one["reason"] and one["cause"] for one in answer["refused"])
    written_objects = list((tmp_path / "out").rglob("*.dcm"))
    assert len(written_objects) == answer["written"]
    for path in written_objects:
        assert dcmread(path).PatientIdentityRemoved == "YES"
