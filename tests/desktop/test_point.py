"""Pointing at things of a program: the ways that are kept find them again, and no patient is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
import yaml

from robot_library.authoring.adding import with_target
from robot_library.cli.main import run_cli
from robot_library.drivers.desktop.capture import Box
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.point import node_at, point
from robot_library.drivers.desktop.reading import Reading
from robot_library.drivers.desktop.thing import Thing
from robot_library.drivers.desktop.windows import Windows, family_of
from robot_library.errors import AuthoringError, TargetNotFound
from robot_library.model.screen import Locator, ScreenMap
from tests.desktop.conftest import PYTHON, until

WARD = Path(__file__).with_name("ward_program.py")
NAME = "Ágnes Betz"


@pytest.fixture(scope="module")
def record(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Look]:
    """The ward's EHR, at the record of an order."""
    books = tmp_path_factory.mktemp("ward") / "books.json"
    order = {"patient": NAME, "mrn": "00418075", "born": "1961-04-09", "procedure": "Chest", "state": "Open",
             "report": "", "saves": 0}  # fmt: skip
    books.write_text(json.dumps({"orders": {"4101": order}, "sign_ins": []}), encoding="utf-8")
    process = desk.display.start([PYTHON, str(WARD), str(books)])
    until(lambda: desk.windows.of(process.pid))
    until(lambda: desk.accessibility.buses(family_of(process.pid)))
    desk.windows.activate(desk.windows.of(process.pid)[-1].id)
    for fills, press in (({"Password": "ward-secret-7"}, "Sign in"), ({"Find order": "4101"}, "Show")):
        until(partial(named, desk, process.pid, press))
        for label, text in fills.items():
            told = desk.accessibility
            (field,) = Look(desk, process.pid, Reading()).find(_label(label), {})
            assert field.node is not None
            told.set_text(field.node, text)
        button = named(desk, process.pid, press)[0]
        desk.accessibility.act(button.node)  # type: ignore[arg-type]
    until(lambda: named(desk, process.pid, "Save"))
    until(lambda: any(each.text == NAME for each in Look(desk, process.pid, Reading()).find(_label("Patient"), {})))
    desk.capture.still(None, 30, lambda: None)
    yield Look(desk, process.pid, Reading())
    desk.display.end(process)


def _label(label: str) -> Locator:
    return Locator(label=label)


def named(desk: Desk, pid: int, name: str) -> list[Thing]:
    return Look(desk, pid, Reading()).find(Locator(role="button", name=name), {})


def filled(look: Look) -> bool:
    return any(each.text == NAME for each in look.find(_label("Patient"), {}))


def middle(look: Look, label: str) -> tuple[int, int]:
    (field,) = look.find(_label(label), {})
    return field.box.middle


def test_a_button_is_found_by_what_it_is_called_and_by_what_it_looks_like(record: Look) -> None:
    (save,) = named(record.desk, record.windows[0].pid, "Save")
    found = point(record, save.box.middle)
    assert found.find == ({"role": "button", "name": "Save"}, {"image": ""})
    assert found.use == "navigate"
    assert found.picture is not None


def test_of_a_field_only_label_and_place_are_kept(record: Look) -> None:
    for label in ("Patient", "Number"):
        found = point(record, middle(record, label), fixed=True)
        assert found.find[0] == {"label": label}
        assert found.find[1]["near"] == {"label": label}
        assert found.picture is None
        assert NAME not in repr(found)
        assert "00418075" not in repr(found)


def test_on_a_remote_window_nothing_is_kept_that_nobody_calls_fixed(record: Look) -> None:
    (save,) = named(record.desk, record.windows[0].pid, "Save")
    patient, told = middle(record, "Patient"), record.desk.remote
    entry = record.told.place(node_at(record, middle(record, "Number"))[1])
    record.desk.remote = True
    try:
        pixels = Look(record.desk, record.windows[0].pid, Reading())
        with pytest.raises(TargetNotFound, match="like any other text"):
            point(pixels, patient)
        button = point(pixels, save.box.middle, fixed=True)
        assert {"image": ""} in button.find
        label = next(each for each in pixels.lines() if each.text == "Number")
        field = point(pixels, middle_of(label.box, 200), fixed=True, anchor=label.box.middle, size=(120, 24))
        assert field.find[0]["near"] == {"text": "Number"}
        assert field.picture is None
        inner, cut, outer = ((entry[2] - less, entry[3] - less) for less in (10, 24, 0))
        at = Box(*entry).middle
        assert not point(pixels, at, fixed=True, anchor=label.box.middle, size=inner).doubts
        for size in (cut, outer):  # it cuts a letter, it takes in the border
            (doubt,) = point(pixels, at, fixed=True, anchor=label.box.middle, size=size).doubts
            assert "on the area's edge" in doubt
    finally:
        record.desk.remote = told


def middle_of(box: Box, right: int) -> tuple[int, int]:
    return box.x + right, box.middle[1]


def test_the_command_writes_a_map_that_is_one(
    record: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for key in ("DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.setenv(key, record.desk.display.env[key])
    monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)
    record.desk.windows.activate(record.windows[0].id)
    (save,) = named(record.desk, record.windows[0].pid, "Save")
    path = tmp_path / "screens" / "ward.yaml"
    for name, at in (("save", save.box.middle), ("patient", middle(record, "Patient"))):
        assert run_cli(["screens", "point", str(path), f"order.{name}", "--at", "{},{}".format(*at), "--json"]) == 0
    assert NAME not in capsys.readouterr().out
    screen_map = yaml.safe_load(path.read_text("utf-8"))
    ScreenMap.model_validate(screen_map)
    targets = screen_map["screens"]["order"]["targets"]
    assert targets["save"]["find"] == [{"role": "button", "name": "Save"}, {"image": "order-save.png"}]
    assert targets["patient"]["find"][0] == {"label": "Patient"}
    assert (path.with_suffix("") / "order-save.png").is_file()
    assert [each.name for each in path.with_suffix("").iterdir()] == ["order-save.png"]


def test_a_click_that_is_waited_for_reaches_no_program(desk: Desk) -> None:
    with Windows(desk.display) as other, ThreadPoolExecutor(1) as beside:
        place = beside.submit(other.clicked)
        until(lambda: _pressed(desk, place.done))
        assert place.result(30) == (333, 222)


def _pressed(desk: Desk, done: Callable[[], bool]) -> bool:
    desk.hand.click(333, 222)
    return bool(done())


SPEC = {"find": [{"role": "button", "name": "Show"}], "use": "navigate"}
MAP = """# ours
system: ward
kind: desktop
screens:
  orders:   # the list
    seen_by: [{role: button, name: Show}]
    targets:
      number: {find: [{label: Find order}], use: search}  # typed into

  home:
    seen_by: [{title: Ward EHR}]
"""


def test_the_rest_of_a_map_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "ward.yaml"
    path.write_text(MAP, encoding="utf-8")
    after = with_target(path, "orders", "show", SPEC)
    assert [line for line in after.splitlines() if "show:" not in line] == MAP.splitlines()
    assert yaml.safe_load(after)["screens"]["orders"]["targets"]["show"] == SPEC
    assert yaml.safe_load(with_target(path, "order", "show", SPEC))["screens"]["order"]["targets"] == {"show": SPEC}
    with pytest.raises(AuthoringError, match="already"):
        with_target(path, "orders", "number", SPEC)
    path.write_text("system: web\nscreens: {}\n", encoding="utf-8")
    with pytest.raises(AuthoringError, match="desktop"):
        with_target(path, "orders", "show", SPEC)
