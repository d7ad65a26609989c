"""The recorder's own reasoning: from what was heard to files that `wetread check` accepts, and that name nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from robot_library.authoring.recorder.files import Places, made_files, write_files
from robot_library.authoring.recorder.recorder import Recorder
from robot_library.cli.main import run_cli
from robot_library.model.heard import Field, Found, Grid, Looked, Press, Sight, Typed

EHR, PACS = "http://127.0.0.1:8420", "http://127.0.0.1:8430"
PERSON = {"Patient:": "DOE-WALDER, Ophelia", "MRN:": "MRN0071234", "Birth date:": "1961-07-29"}
NOBODYS = ("DOE", "WALDER", "Ophelia", "0071234", "1961", "REQ005626", "ACC7654321", "hunter2", "infiltrate", "9.8.7")


def fields(**more: str) -> tuple[Field, ...]:
    shown = {**PERSON, **{label.replace("_", " ") + ":": value for label, value in more.items()}}
    return tuple(Field(label, value, ({"label": label},)) for label, value in shown.items())


def button(name: str, role: str = "button") -> tuple[Found, ...]:
    return ({"role": role, "name": name},)


def clicked(sight: Sight, name: str, role: str = "link", **more: Any) -> Press:
    return Press(sight, name, role, button(name, role), **more)


def visit() -> list[Any]:
    """Through the demo hospital: list, order, study in the PACS, result form, a report typed, Save not pressed."""
    door = Sight(f"{EHR}/signin?next=%2F")
    box = Sight(f"{EHR}/signin?next=%2F", dialog="Sign in")
    rows = {"css": "tbody tr", "inside": {"role": "table", "name": "Imaging orders"}}
    grid = Grid("Imaging orders", rows, ("Order", "Date", "Patient", "Date"), {"role": "button", "name": "Next page"})
    out = {"role": "link", "name": "Sign out"}
    work = Sight(f"{EHR}/worklist", ("Imaging worklist",), grids=(grid,), sign_out=out, sign_out_path="/signout")
    tour = Sight(f"{EHR}/worklist", ("Imaging worklist",), dialog="Welcome to Meadow EHR", grids=(grid,))
    skip = {"role": "button", "name": "Skip all", "inside": {"role": "dialog", "name": "Welcome to Meadow EHR"}}
    cells = (("Order", "REQ005626"), ("Date", "2026-03-01"), ("Patient", PERSON["Patient:"]), ("Date", ""))
    order = Sight(
        f"{EHR}/orders/REQ005626", ("Imaging request REQ005626",),
        fields=fields(Issuer="MEADOW", Order_number="REQ005626", Accession="ACC7654321", State="Requested"),
    )  # fmt: skip
    door2 = Sight(f"{PACS}/login?next=%2Fstudies%3Faccession%3DACC7654321")
    listed = {"css": "tbody tr", "inside": {"role": "table", "name": "Studies"}}
    found = Grid("Studies", listed, ("Patient name", "Accession", ""))
    studies = Sight(f"{PACS}/studies?accession=ACC7654321", ("Study list",), grids=(found,))
    study = Sight(
        f"{PACS}/studies/9.8.7", ("Study",), fields=fields(Issuer="MEADOW", Accession="ACC7654321", Study_UID="9.8.7")
    )
    comment = Field("", "Small infiltrate of Ophelia.", ({"css": 'textarea[name="comment"]'},), box=True)
    result = Sight(
        f"{EHR}/results/REQ005626", ("Imaging result REQ005626",),
        fields=fields(Order_number="REQ005626", State="Requested", Locked_by="nobody", Report_status="None"),
    )  # fmt: skip
    return [
        Looked(door),
        Typed(door, Field("User name", "rpabot", ({"label": "User name"},), box=True)),
        Press(door, "Login", "button", button("Login")),
        Typed(box, Field("Password for rpabot", "", ({"css": "input[type=password]"},), box=True), secret=True),
        Press(box, "OK", "button", button("OK")),
        Looked(work), Looked(tour), Press(tour, "Skip all", "button", (skip,)), Looked(work),
        Press(work, "REQ005626", "link", button("REQ005626", "link"), cells, "Order", rows),
        Looked(order), clicked(order, "Images in Harbour PACS", new_tab=True),
        Looked(door2), Typed(door2, Field("User", "rpabot", ({"label": "User"},), box=True)),
        Typed(door2, Field("Password", "", ({"label": "Password"},), box=True), secret=True),
        Press(door2, "Log in", "button", button("Log in")),
        Looked(studies),
        Press(studies, "Open", "link", button("Open", "link"),
              (("Patient name", PERSON["Patient:"]), ("Accession", "ACC7654321"), ("", "Open")), "", listed),
        Looked(study), clicked(order, "Open result form"), Looked(result),
        Typed(result, comment),
        Press(result, "Save", "button", button("Save"), final="its name", pressed=False),
    ]  # fmt: skip


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[Path, list[str]]:
    rec = Recorder({"ehr": EHR, "pacs": PACS})
    lines = [line for heard in visit() for line in rec.hear(heard)]
    made = made_files(rec, Places.of(tmp_path / "workflows/typed-report/workflow.yaml"), {}, append=False)
    write_files(made.files)
    (tmp_path / "wetread.toml").touch()
    return tmp_path, lines + made.lines


def test_a_visit_becomes_files_that_are_accepted_and_name_nobody(
    recorded: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, lines = recorded
    monkeypatch.chdir(folder)
    assert run_cli(["check"]) == 0, capsys.readouterr()
    assert run_cli(["fmt", "--check"]) == 0
    written = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*.yaml")}
    assert len(written) == 4
    for text in [*written.values(), *lines]:
        assert [word for word in NOBODYS if word in text] == []
    workflow = yaml.safe_load(written[folder / "workflows/typed-report/workflow.yaml"])
    assert set(workflow["item"]) == {"order", "comment"}
    assert [next(iter(step)) for step in workflow["steps"]] == [
        "sign_in", "sign_in", "open", "read", "open", "read", "check_patient", "protect",
    ]  # fmt: skip
    ehr = yaml.safe_load(written[folder / "workflows/screens/ehr.yaml"])
    assert ehr["sign_in"]["sign_out"] == "/signout"
    assert ehr["screens"]["imaging_result"]["identity"]["issuer_is"] == "MEADOW"
