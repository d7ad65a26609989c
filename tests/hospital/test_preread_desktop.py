"""The job through GNU Health's desktop client. What came of it is asked of the EHR over JSON-RPC, not of the bot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from robot_library.bot import pictures
from robot_library.drivers.browser import BrowserDriver
from robot_library.drivers.by_kind import DriverByKind
from robot_library.drivers.desktop import DesktopDriver
from robot_library.drivers.desktop.cells import cells
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.nodes import Node
from robot_library.engine.ports import Event
from robot_library.parsing.library import Library
from tests.desktop.conftest import CLINIC, PYTHON, until
from tests.hospital.bot import DESKTOP_BOT, bot_at, killed_when_saved, outcomes
from tests.hospital.lab import lifecycle, oracle
from tests.hospital.lab.site import Lab

pytestmark = [pytest.mark.hospital, pytest.mark.slow]

ROBOT, BANNER = "rpabot", "AI DRAFT, NOT VERIFIED"
DRAFT = "begun by a person"


class Clerk:
    """A person at the bot's own screen, who does something to the program it works in."""

    def __init__(self, driver: DesktopDriver) -> None:
        (station,) = driver.at_work
        self.display = station.display
        self.desk = Desk(self.display)

    def __enter__(self) -> Clerk:
        return self

    def __exit__(self, *_: object) -> None:
        self.desk.close()

    def shown(self, role: str, name: str = "") -> list[Node]:
        told = self.desk.accessibility
        windows = {window.pid for window in self.desk.windows.all() if "Tryton" in window.title}
        nodes = (node for bus in told.buses(windows) for node in told.tree(bus))
        return [node for node in nodes if node.shown and node.role == role and name in node.name]

    def click(self, node: Node, times: int = 1) -> None:
        x, y, width, height = self.desk.accessibility.place(node)
        self.desk.hand.click(x + width // 2, y + height // 2, times=times)

    def begins_to_type(self) -> None:
        """Types into the report, and does not save."""
        (report,) = [node for node in self.shown("text") if node.has("multi_line")]
        self.click(report)
        until(lambda: self.desk.accessibility.states(report) >> 12 & 1)
        self.desk.keys.type(DRAFT, self.desk.windows.focused())
        until(lambda: self.desk.accessibility.text(report) == DRAFT)

    def opens_another_record(self) -> None:
        """Closes the record and opens the first of the list."""
        self.desk.hand.hotkey("ctrl", "w")
        until(lambda: not self.shown("label", "Medical Imaging Results"))
        self._double_click_cell("tree table", "Medical Imaging Results")
        until(lambda: self.shown("table"))
        self._double_click_cell("table", "TEST013")
        until(lambda: self.shown("label", "Interpretation / Report"))

    def puts_a_window_in_front(self) -> None:
        """Starts another program, whose window lies over the record and has the keys."""
        program = self.display.start([PYTHON, CLINIC, "form"])
        until(lambda: [w for w in self.desk.windows.of(program.pid) if w.id == self.desk.windows.focused()])

    def _double_click_cell(self, kind: str, name: str) -> None:
        told = self.desk.accessibility
        (table,) = self.shown(kind)
        rows, columns = told.size(table)
        found = cells(told, table, range(rows), range(columns))
        self.click(next(cell for cell in found if cell.name == name), times=2)


def rows_by_key(lab: Lab) -> dict[str, dict[str, str]]:
    return {row["key"]: row for row in lifecycle.expected(lab)}


MEDDLING: dict[str, dict[str, Callable[[Clerk], None]]] = {
    "normal": {"open ehr.order": Clerk.puts_a_window_in_front, "open ehr.result": Clerk.begins_to_type},
    "monochrome1": {"open ehr.result": Clerk.opens_another_record},
}
"""What a person does at the bot's screen once a step is done."""
BECOMES = {
    "pneumonia": "typed", "normal": "needs_person", "monochrome1": "refused", "cancelled": "refused",
    "same_name_wrong": "refused",
}  # fmt: skip


async def test_the_job_through_the_desktop_client(lab: Lab, tmp_path: Path) -> None:
    """One order is saved by a bot that is killed at once; the next bot goes on, while a person meddles."""
    rows, before = rows_by_key(lab), oracle.results(lab)
    killed_when_saved(lab, tmp_path / "home", rows["pneumonia"], DESKTOP_BOT)
    saved = oracle.result(lab, rows["pneumonia"]["order"])
    desktop = DesktopDriver(pictures(Library.find()))
    driver = DriverByKind({"browser": BrowserDriver, "desktop": lambda: desktop})
    deeds: dict[tuple[str, str], Callable[[Clerk], None]] = {}

    def watch(event: Event) -> None:
        if event.moment == "step_done" and (deed := deeds.pop((event.item, event.title), None)):
            with Clerk(desktop) as clerk:
                deed(clerk)

    async with bot_at(lab, tmp_path / "home", DESKTOP_BOT, driver) as engine:
        for key in BECOMES:
            order = rows[key]["order"]
            item = await engine.submit(DESKTOP_BOT, {"order": order}, order)
            assert (item is None) == (key == "pneumonia"), "that one is at work already"
            deeds |= {(item.id, step): deed for step, deed in MEDDLING.get(key, {}).items() if item is not None}
        await engine.run_until_idle(watch)
        became = await outcomes(engine, DESKTOP_BOT)
        collected = await engine.collect(DESKTOP_BOT)  # the worklist, read as a table
    assert not deeds, "a moment never came"
    assert {key: became[rows[key]["order"]].outcome for key in BECOMES} == BECOMES, became
    assert {one.payload["order"] for one in collected} == set(before) - {rows[key]["order"] for key in BECOMES}
    assert BANNER in saved.text
    the_books_are_right(oracle.results(lab), {**before, saved.order: saved}, saved.order)


def the_books_are_right(after: dict[str, oracle.Result], as_it_was: dict[str, oracle.Result], typed: str) -> None:
    """One order holds the draft, saved once by the robot; every other is as it was."""
    assert after == as_it_was
    for order, result in after.items():
        assert result.writes_by(ROBOT) == (order == typed), order
        assert (BANNER in result.text) == (order == typed), order
