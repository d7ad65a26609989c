"""Windows' UI Automation held to the contract of AT-SPI: the tests' own map of the ward's program finds the same things
in a tree as Windows is documented to tell it. No Windows machine is asked."""

# ruff: noqa: N802  # the names are Windows' own

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.nodes import Absent
from robot_library.drivers.desktop.reading import Reading
from robot_library.drivers.desktop.table import read_rows
from robot_library.drivers.desktop.telling import Telling
from robot_library.drivers.desktop.ui_automation import (
    GRID,
    INVOKE,
    SELECT,
    TABLE,
    TEXT,
    TOGGLE,
    VALUE,
    WINDOW,
    UiAutomation,
)
from robot_library.drivers.desktop.windows import Window
from robot_library.errors import SetupError, TargetAmbiguous
from robot_library.model.screen import Column, Locator
from robot_library.parsing.screens import load_screen_map

MAP = load_screen_map(Path(__file__).parent / "ward.yaml")
SHOWN = {
    "order": "A-1", "patient": "O'Neill, Zoë", "mrn": "00418O7", "born": "1961-04-09", "procedure": "Chest PA",
    "state": "Open", "report": "", "reported": "",
}  # fmt: skip
ROWS = [("A-1", "O'Neill, Zoë", "Open"), ("A-10", "Other, Person", "Open")]


class Gone(Exception):
    """As comtypes' COMError: the program has let go of the element."""


@dataclass
class Recorded:
    """One element: properties by their names in the `uiautomation` package, patterns by number."""

    ControlTypeName: str
    Name: str = ""
    patterns: dict[int, Any] = field(default_factory=dict)
    children: list[Recorded] = field(default_factory=list)
    label: Recorded | None = None
    lines: tuple[int, int] = (0, 0)
    """Its top, and its height; 0 where it is on no screen."""
    IsPassword: bool = False
    IsOffscreen: bool = False
    IsEnabled: bool = True
    IsKeyboardFocusable: bool = True
    HasKeyboardFocus: bool = False
    gone: bool = False
    number: int = field(default_factory=itertools.count(1).__next__)
    ProcessId: int = field(default_factory=os.getpid)

    def GetRuntimeId(self) -> list[int]:
        if self.gone:
            raise Gone
        return [42, self.number]

    def GetChildren(self) -> list[Recorded]:
        return self.children

    def GetPattern(self, number: int) -> Any:
        if self.gone:
            raise Gone
        return self.patterns.get(number)

    def SetFocus(self) -> bool:
        self.HasKeyboardFocus = True
        return True

    @property
    def BoundingRectangle(self) -> Any:
        return SimpleNamespace(left=10, top=self.lines[0], right=400, bottom=self.lines[0] + self.lines[1])

    @property
    def Element(self) -> Any:
        return SimpleNamespace(CurrentLabeledBy=self.label)


@dataclass
class Value:
    """The pattern of what holds a text."""

    Value: str
    IsReadOnly: bool = False

    def SetValue(self, text: str) -> bool:
        self.Value = text
        return True


def field_of(name: str, value: str, top: int, *, named: bool = True, read_only: bool = True) -> list[Recorded]:
    """A label and its field: called like it, or held to it by the program."""
    label = Recorded("TextControl", name, lines=(top, 20))
    patterns = {VALUE: Value(value, read_only)}
    edit = Recorded("EditControl", name if named else "", patterns, label=None if named else label, lines=(top, 22))
    return [label, edit]


def button(name: str, top: int, pressed: list[str]) -> Recorded:
    invoke = SimpleNamespace(Invoke=lambda: pressed.append(name) is None)
    return Recorded("ButtonControl", name, {INVOKE: invoke}, lines=(top, 24))


def grid(top: int, *names: str) -> Recorded:
    headers = [Recorded("HeaderItemControl", name) for name in names or ("Order", "Patient", "State")]
    cells = [[Recorded("EditControl", "", {VALUE: Value(text)}, lines=(200, 20)) for text in row] for row in ROWS]
    told = SimpleNamespace(RowCount=len(ROWS), ColumnCount=3, GetItem=lambda row, column: cells[row][column])
    patterns = {GRID: told, TABLE: SimpleNamespace(GetColumnHeaders=lambda: headers)}
    return Recorded("DataGridControl", "", patterns, headers, lines=(top, 200))


def window(*children: Recorded | list[Recorded], modal: bool = False) -> Recorded:
    held = [one for each in children for one in (each if isinstance(each, list) else [each])]
    pane = Recorded("PaneControl", children=held, lines=(0, 640))
    return Recorded("WindowControl", "Ward EHR", {WINDOW: SimpleNamespace(IsModal=modal)}, [pane], lines=(0, 640))


def look(*windows: Recorded, told: UiAutomation | None = None) -> Look:
    """A look at these windows. Only what is told of them is asked: no display is needed."""
    told = told or telling(*windows)
    shown = [Window(7, "Ward EHR", os.getpid(), "ward", 10, 0, 390, 640)]
    desk = SimpleNamespace(remote=False, accessibility=told, windows=SimpleNamespace(all=lambda: shown))
    return Look(cast(Desk, desk), os.getpid(), Reading())


def telling(*windows: Recorded) -> UiAutomation:
    return UiAutomation(Recorded("PaneControl", "Desktop", children=list(windows)), Gone)


def order(pressed: list[str], **other: Any) -> Recorded:
    """The record of one order, as `ward_program.py` shows it."""
    words = {"Order": "order", "Patient": "patient", "Number": "mrn", "Born": "born", "Procedure": "procedure",
             "State": "state"}  # fmt: skip
    fields = [
        one for top, (word, key) in enumerate(words.items())
        for one in field_of(word, SHOWN[key], 40 + 40 * top, named=top % 2 == 0)
    ]  # fmt: skip
    report = field_of("Report", "", 300, read_only=False)
    return window(fields, report, button("Save", 520, pressed), button("Orders", 520, pressed), **other)


def test_the_map_of_the_ward_finds_its_things_in_windows_tree() -> None:
    seen = look(order([]))
    screen = MAP.screens["order"]
    assert all(seen.shows(one, {}) for one in screen.seen_by)
    assert not seen.shows(screen.instead[0].seen_by, {})
    found = {name: seen.find(target.find[0], {}) for name, target in screen.targets.items() if name != "written"}
    assert {name: [thing.text for thing in things] for name, things in found.items() if name != "save"} == {
        name: [text] for name, text in SHOWN.items()
    }
    assert not found["report"][0].read_only
    assert found["mrn"][0].read_only
    assert found["mrn"][0].box == (10, 120, 390, 22)
    assert {thing.window for things in found.values() for thing in things} == {7}
    (near,) = seen.find(Locator.model_validate({"role": "textbox", "near": {"role": "label", "name": "Born"}}), {})
    assert near.text == SHOWN["born"]


def test_a_grid_is_read_by_its_headers_and_its_cells_are_found() -> None:
    seen = look(window(field_of("Find order", "", 40, read_only=False), button("Show", 80, []), grid(160)))
    table = MAP.screens["orders"].tables["orders"]
    rows = read_rows(seen, seen.told, table, "orders", {})
    assert rows == [dict(zip(("order", "patient", "state"), row, strict=True)) for row in ROWS]
    (cell,) = seen.find(Locator.model_validate({"role": "cell", "name": "A-10", "inside": {"role": "grid"}}), {})
    assert cell.text == "A-10"
    partly = Locator.model_validate({"role": "cell", "name": "{order}", "partly": True, "inside": {"role": "grid"}})
    assert [each.text for each in seen.find(partly, {"order": "A-1"})] == ["A-1"]


def test_two_columns_of_one_header_are_none_unless_the_map_counts_them() -> None:
    seen = look(window(grid(160, "Order", "Name", "Name")))
    table = MAP.screens["orders"].tables["orders"]

    def read(**name: Any) -> Any:
        columns = {"name": Column(header="Name", **name)}
        return read_rows(seen, seen.told, table.model_copy(update={"columns": columns}), "orders", {})

    with pytest.raises(TargetAmbiguous, match="2 columns"):
        read()
    assert read(nth=2) == [{"name": row[2]} for row in ROWS]


def test_a_text_is_put_in_and_read_back_and_a_button_is_pressed() -> None:
    pressed: list[str] = []
    seen = look(order(pressed))
    told: Telling = seen.told
    report, save = (seen.find(MAP.screens["order"].targets[name].find[0], {})[0].node for name in ("report", "save"))
    assert report is not None
    assert save is not None
    assert told.set_text(report, "Łódź <&> 漢字")
    assert (told.text(report), told.length(report)) == ("Łódź <&> 漢字", 11)
    assert told.focus(report)
    assert told.act(save)
    assert pressed == ["Save"]
    with pytest.raises(Absent):
        told.set_text(save, "a button takes no text")
    assert not told.act(report)


def test_what_a_thing_is_and_how_it_stands_is_said_in_the_words_of_at_spi() -> None:
    on = SimpleNamespace(ToggleState=1, Toggle=lambda: True)
    chosen = SimpleNamespace(IsSelected=True)
    parts = [
        Recorded("CheckBoxControl", "Urgent", {TOGGLE: on}, lines=(10, 20)),
        Recorded("EditControl", "Password", {VALUE: Value("")}, IsPassword=True, lines=(40, 20)),
        Recorded("TabItemControl", "Films", {SELECT: chosen}, lines=(70, 20)),
        Recorded("ComboBoxControl", "Priority", {VALUE: Value("STAT")}, lines=(100, 20)),
        Recorded("DocumentControl", "", {TEXT: _rich("one\rtwo")}, lines=(130, 60)),
        Recorded("ButtonControl", "Hidden", IsOffscreen=True, lines=(200, 0)),
        Recorded("ButtonControl", "Off", IsEnabled=False, lines=(230, 20)),
        Recorded("OfSomeMakersOwnControl", "odd", lines=(260, 20)),
    ]
    seen = look(window(parts, modal=True))
    nodes = {node.name: node for node in seen.trees[0]}
    roles = {name: nodes[name].role for name in ("Ward EHR", "Urgent", "Password", "Films", "STAT", "odd")}
    assert list(roles.values()) == ["dialog", "check box", "password text", "page tab", "combo box", "unknown"]
    assert nodes["Films"].has("selected")
    assert not nodes["Hidden"].shown
    assert not nodes["Off"].has("sensitive")
    text = [thing.text for thing in _found(seen, {"role": "textbox"})]
    assert text == ["", "one\rtwo"]
    assert _found(seen, {"role": "checkbox", "name": "Urgent"})[0].text == "yes"
    assert _found(seen, {"role": "button", "name": "Off"})[0].disabled
    assert _found(seen, {"role": "button", "name": "Hidden"}) == []


def test_what_has_gone_is_left_out_or_absent_never_another_thing() -> None:
    record = order([])
    told = telling(record)
    first = look(told=told)
    (report,) = first.find(MAP.screens["order"].targets["report"].find[0], {})
    assert report.node is not None
    edit = next(one for one in record.children[0].children if one.Name == "Report" and one.patterns)
    edit.gone = True
    for question in (told.text, told.states, told.act):
        with pytest.raises(Absent):
            question(report.node)
    assert look(told=told).find(MAP.screens["order"].targets["report"].find[0], {}) == []
    with pytest.raises(Absent):
        told.place(report.node)  # it is no longer in the tree


@pytest.mark.skipif(sys.platform == "win32", reason="there it is to be had")
def test_elsewhere_it_is_said_that_there_is_none() -> None:
    with pytest.raises(SetupError, match="Windows"):
        UiAutomation()


def _found(seen: Look, locator: dict[str, Any]) -> Sequence[Any]:
    return seen.find(Locator.model_validate(locator), {})


def _rich(text: str) -> Any:
    return SimpleNamespace(DocumentRange=SimpleNamespace(GetText=lambda most: text))
