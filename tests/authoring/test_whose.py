"""Whose record a recorded screen shows where no label says so, and what may find it in the other system: the way that a
person takes through OHIF and GNU Health, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from robot_library.authoring.recorder.files import Places, made_files, write_files
from robot_library.authoring.recorder.recorder import Recorder
from robot_library.cli.main import run_cli
from robot_library.model.heard import Field, Grid, Looked, Press, Sight, Typed
from tests.authoring.test_recorder import button, clicked

PACS, EHR = "http://127.0.0.1:8430", "http://127.0.0.1:8420"
NAME, NUMBER, ACCESSION = "Doe, Ophelia", "00071234", "ACC7654321"
NOBODYS = ("Doe", "Ophelia", NUMBER, "1961", "Jul", ACCESSION, "Dictated")


def loose(value: str, css: str) -> Field:
    return Field("", value, ({"css": css},))


def viewer() -> list[Any]:
    """A list of studies, and a viewer in whose head number, name and birth date stand without a label."""
    rows = {"css": "tbody tr", "inside": {"role": "table", "name": "Studies"}}
    grid = Grid("Studies", rows, ("Description", "Accession"))
    studies = Sight(f"{PACS}/", ("Study list",), grids=(grid,))
    cells = (("Description", "Chest"), ("Accession", ACCESSION))
    head = (loose(NAME, ".head > b:nth-child(1)"), loose(f"ID: {NUMBER}", ".head > span:nth-child(2)"),
            loose("29-Jul-1961", ".head > span:nth-child(3)"), loose("W: 400", ".corner"))  # fmt: skip
    zoom = ({"role": "button", "name": "Zoom"},)
    film = Sight(f"{PACS}/viewer?StudyInstanceUIDs=1.2.3", controls=zoom, loose=head)
    return [Looked(studies), Press(studies, "Open", "link", button("Open", "link"), cells, "", rows), Looked(film)]


def patients() -> list[Any]:
    """A list of patients, and the form of one, in which a note is typed."""
    rows = {"css": "tbody tr", "inside": {"role": "table", "name": "Patients"}}
    listed = Sight(f"{EHR}/patients", ("Patients",), grids=(Grid("Patients", rows, ("Patient", "PUID")),))
    shown = (Field("Patient:", NAME, ({"label": "Patient:"},)), Field("PUID:", NUMBER, ({"label": "PUID:"},)),
             Field("DoB:", "1961-07-29", ({"label": "DoB:"},)))  # fmt: skip
    form = Sight(f"{EHR}/patients/77", ("Patient",), fields=shown)
    note = Field("Note:", "Dictated.", ({"label": "Note:"},), box=True)
    return [
        Looked(listed), Press(listed, "", "row", (), (("Patient", NAME), ("PUID", NUMBER)), "Patient", rows),
        Looked(form), Typed(form, note, blank=True),
        Press(form, "Save", "button", button("Save"), final="its name", pressed=False),
    ]  # fmt: skip


def recorded(folder: Path, *visits: list[Any], issuer: str = "") -> tuple[dict[str, Any], str]:
    """What the files say, by name, and every line and text together."""
    rec = Recorder({"pacs": PACS, "ehr": EHR}, issuer)
    lines = [line for visit in visits for heard in visit for line in rec.hear(heard)]
    made = made_files(rec, Places.of(folder / "workflows/note/workflow.yaml"), {}, append=False)
    write_files(made.files)
    (folder / "wetread.toml").touch()
    texts = {path.name: text for path, text in made.files.items()}
    return {n: yaml.safe_load(t) for n, t in texts.items()}, "\n".join([*lines, *made.lines, *texts.values()])


def test_what_another_system_shows_finds_the_patient_and_the_number_proves_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files, told = recorded(tmp_path, viewer(), patients(), issuer="MEADOW")
    assert [word for word in NOBODYS if word in told] == []
    screen = files["pacs.yaml"]["screens"]["viewer"]
    assert {key: screen["identity"][key] for key in ("patient_id", "name", "birth_date", "issuer_is")} == {
        "patient_id": "patient_number", "name": "patient_name", "birth_date": "birth_date", "issuer_is": "MEADOW",
    }  # fmt: skip
    assert screen["targets"]["patient_number"]["pattern"] == "^ID:\\s*(.+)$"
    steps = files["workflow.yaml"]["steps"]
    assert [next(iter(step)) for step in steps][-2:] == ["check_patient", "protect"]
    assert steps[-4]["open"] == {"screen": "ehr.patient", "where": {"patient": "=viewer.patient_name"}}
    form = files["ehr.yaml"]["screens"]["patient"]
    assert form["identity"]["shows"] == {"patient": "patient"}
    save = steps[-1]["protect"]["steps"][-1]["save"]
    assert save["once_per"] == "=item.accession"
    monkeypatch.chdir(tmp_path)
    assert run_cli(["check"]) == 0, capsys.readouterr()


def test_a_record_found_by_the_patients_number_is_told_to_prove_nothing_and_nothing_is_written(tmp_path: Path) -> None:
    files, told = recorded(tmp_path, patients(), viewer(), issuer="MEADOW")
    assert "identity what is found by 'puid' is not proven by it" in told
    assert "# Nothing is written yet: ehr.patient is opened by the patient's own number" in told
    assert "protect" not in [next(iter(step)) for step in files["workflow.yaml"]["steps"]]
    assert "pacs: no screen says who issues" not in told
    assert "ehr: no screen says who issues its patient numbers" in recorded(tmp_path / "b", viewer(), patients())[1]


def test_somebody_elses_number_is_nobodys_identity(tmp_path: Path) -> None:
    """Number and one more must be one person's: a namesake's head is not taken for the patient's."""
    other = [NAME, "00099999", "29-Jul-1961"]
    sight = Sight(f"{PACS}/viewer/study", controls=({"role": "button", "name": "Zoom"},),
                  loose=tuple(loose(text, f".head > b:nth-child({n})") for n, text in enumerate(other, 1)))  # fmt: skip
    files, _ = recorded(tmp_path, [Looked(sight)], patients())
    assert not any("identity" in one for one in files["pacs.yaml"]["screens"].values())


def test_a_form_that_shows_a_name_only_is_proven_by_the_patients_record_behind_its_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named = Field("Patient:", NAME, ({"label": "Patient:"},))
    order = Field("Order:", "REQ005626", ({"label": "Order:"},))
    rows = {"css": "tbody tr", "inside": {"role": "table", "name": "Results"}}
    listed = Sight(f"{EHR}/results", ("Results",), grids=(Grid("Results", rows, ("Order", "State")),))
    form = Sight(f"{EHR}/results/REQ005626", ("Result",), fields=(named, order))
    inside = {"role": "dialog", "name": "Patient record"}
    box = Sight(
        f"{EHR}/results/REQ005626", ("Result",), dialog="Patient record", fields=(
            Field("Patient:", NAME, ({"label": "Patient:"},), behind=True),
            Field("Name:", NAME, ({"label": "Name:", "inside": inside},)),
            Field("PUID:", NUMBER, ({"label": "PUID:", "inside": inside},)),
            Field("DoB:", "1961-07-29", ({"label": "DoB:", "inside": inside},)),
        ),
    )  # fmt: skip
    visit = [
        Looked(listed), Press(listed, "REQ005626", "link", button("REQ005626", "link"),
                              (("Order", "REQ005626"), ("State", "Requested")), "Order", rows),
        Looked(form), clicked(form, "Open the record"), Looked(box),
        Press(box, "Close", "button", ({"role": "button", "name": "Close", "inside": inside},)), Looked(form),
        Typed(form, Field("Note:", "Dictated.", ({"label": "Note:"},), box=True), blank=True),
        Press(form, "Save", "button", button("Save"), final="its name", pressed=False),
    ]  # fmt: skip
    files, told = recorded(tmp_path, visit, viewer(), issuer="MEADOW")
    assert [word for word in (*NOBODYS, "REQ005626") if word in told] == []
    screens = files["ehr.yaml"]["screens"]
    assert screens["result"]["identity"] == {
        "via": "patient_record", "link": "open_the_record", "unchanged": ["patient", "order"],
        "shows": {"order": "order"},
    }  # fmt: skip
    assert screens["patient_record"]["leave"] == "close"
    assert [next(iter(step)) for step in files["workflow.yaml"]["steps"]][-1] == "protect", told
    monkeypatch.chdir(tmp_path)
    assert run_cli(["check"]) == 0, capsys.readouterr()
