"""The recorder's own reasoning: from what was heard to files that `wetread check` accepts, and that name nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from robot_library.authoring.recorder.files import Places, made_files, write_files
from robot_library.authoring.recorder.recorder import Recorder
from robot_library.cli.main import run_cli
from robot_library.drivers.final import final
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
        Looked(study), Looked(study), clicked(order, "Open result form"), Looked(result),
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


MINE = """\
# mine, every letter of it
system: ehr
screens:
  request:
    seen_by: [{role: heading, name: 'Imaging request {no}'}]
    reach: [{goto: '/orders/{no}'}]
    targets:
      whose_number: {find: [{label: 'MRN:'}], use: identity, type: mrn}   # my own name for it
"""


def test_a_map_that_is_there_is_added_to_and_stays_letter_for_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "workflows/screens/ehr.yaml"
    mine.parent.mkdir(parents=True)
    mine.write_text(MINE, encoding="utf-8")
    rec = Recorder({"ehr": EHR, "pacs": PACS})
    for heard in visit():
        rec.hear(heard)
    places = Places.of(tmp_path / "workflows/typed-report/workflow.yaml")
    write_files(made_files(rec, places, {}, append=True).files)
    text = mine.read_text(encoding="utf-8")
    rest = iter(text.splitlines())
    assert all(line in rest for line in MINE.splitlines())  # each, in this order
    data = yaml.safe_load(text)
    assert next(iter(data["screens"])) == "request"
    assert "imaging_request" not in data["screens"]
    assert data["sign_in"]["sign_out"] == "/signout"
    assert "mrn" not in data["screens"]["request"]["targets"]
    assert data["screens"]["imaging_result"]["reach"] == [{"goto": "/results/{no}"}]
    workflow = yaml.safe_load(places.workflow.read_text(encoding="utf-8"))
    assert workflow["steps"][2] == {"open": {"screen": "ehr.request", "where": {"no": "=item.no"}}}
    again = made_files(rec, places, {}, append=True)
    assert again.files[mine] == text


def test_one_system_alone_proves_no_patient_so_what_was_typed_stays_a_comment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rec = Recorder({"ehr": EHR})
    for heard in visit():
        if heard.sight.url.startswith(EHR):
            rec.hear(heard)
    write_files(made_files(rec, Places.of(tmp_path / "workflows/half/workflow.yaml"), {}, append=False).files)
    (tmp_path / "wetread.toml").touch()
    monkeypatch.chdir(tmp_path)
    assert run_cli(["check"]) == 0, capsys.readouterr()
    text = (tmp_path / "workflows/half/workflow.yaml").read_text(encoding="utf-8")
    assert "# Nothing is written before two systems have agreed on the patient" in text
    assert "#   - protect:" in text
    assert "\n  - protect:" not in text


def pressed(name: str, tag: str = "button", typed: tuple[str, ...] = (), **form: bool) -> dict[str, Any]:
    return {"name": name, "tag": tag, "role": "", "form": form, "typed_here": typed, "menu": False}


@pytest.mark.parametrize(
    "said",
    [
        pressed("Save"), pressed("Sign"), pressed("Freigeben"), pressed("Save", "a"), pressed("Order", post=True),
        pressed("", typed=("Report:",)), pressed("OK", typed=("Report:",)), pressed("Next", typed=("User", "Report:")),
        pressed("Löschen"), pressed("Save", search=True),
    ],
)  # fmt: skip
def test_what_may_be_final_is_held(said: dict[str, Any]) -> None:
    assert final(said)


@pytest.mark.parametrize(
    "said",
    [
        pressed("Sign in"), pressed("Log in", post=True, secret=True), pressed("OK", secret=True),
        pressed("Login", typed=("User",)), pressed("Search", post=True), pressed("Cancel", typed=("Report:",)),
        pressed("Refresh status", typed=("Report:",)),
        pressed("Patient record", "a", typed=("Report:",)), pressed("Requested", "a"),
    ],
)  # fmt: skip
def test_what_only_looks_is_let_through(said: dict[str, Any]) -> None:
    assert not final(said)


def test_nothing_of_an_authors_is_written_over_and_no_browser_opens_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flow = tmp_path / "workflows/mine/workflow.yaml"
    flow.parent.mkdir(parents=True)
    flow.write_text("# mine\n", encoding="utf-8")
    assert run_cli(["record", EHR, "--out", str(flow)]) == 3
    screen = tmp_path / "workflows/screens/ehr.yaml"
    screen.parent.mkdir()
    screen.write_text("# mine\n", encoding="utf-8")
    assert run_cli(["record", EHR, "--out", str(flow.parents[1] / "other/workflow.yaml")]) == 3
    assert "--append" in capsys.readouterr().err
    assert run_cli(["record", "ehr=http://me:word@127.0.0.1", "--out", str(tmp_path / "x.yaml")]) == 2
    assert "me:word" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "address",
    [f"{EHR}/patients/ophelia", f"{EHR}/patients/walder-doe", f"{EHR}/worklist?name=ophelia", f"{EHR}/#/chart/Quill"],
)
def test_an_address_with_a_name_in_it_is_none(tmp_path: Path, address: str) -> None:
    """Even where the fields that say whose it is have not filled yet, or are not there at all."""
    rec = Recorder({"ehr": EHR})
    rec.hear(Looked(Sight(address, ("Patient record",))))
    rec.hear(Looked(Sight(address, ("Patient record",), fields=fields())))
    made = made_files(rec, Places.of(tmp_path / "workflows/w/workflow.yaml"), {}, append=False)
    text = "".join(made.files.values()) + "".join(made.lines)
    assert made.files
    assert not [word for word in ("ophelia", "walder", "Quill", *NOBODYS) if word in text]
