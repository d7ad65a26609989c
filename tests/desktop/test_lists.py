"""A long list that must scroll to a row, and a button whose question comes up inside its own press."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.press import press
from robot_library.drivers.desktop.reading import Reading
from robot_library.drivers.desktop.thing import Thing
from robot_library.model.bot import Program
from robot_library.model.screen import Locator
from tests.desktop.conftest import CLINIC, PYTHON, until


def test_a_row_out_of_sight_is_scrolled_to_and_a_question_is_seen(desk: Desk) -> None:
    program = desk.display.start([PYTHON, CLINIC, "list"])

    def find(**locator: object) -> list[Thing]:
        return Look(desk, program.pid, Reading()).find(Locator.model_validate(locator), {})

    try:
        until(lambda: find(role="cell", name="150"))
        (cell,) = find(role="cell", name="150", inside={"role": "grid"})
        (grid,) = find(role="grid")
        assert not grid.box.y <= cell.box.y < grid.box.y + grid.box.height, "it is in sight: nothing would be shown"
        press(desk, cell, double=True)
        until(lambda: find(title="Order 150"))
        press(desk, find(role="button", name="Save")[0])
        until(lambda: find(text="Changed meanwhile"))
        press(desk, find(role="button", name="OK")[0])
        until(lambda: not find(text="Changed meanwhile"))
    finally:
        desk.display.end(program)


def test_a_profile_is_for_a_private_display() -> None:
    assert Program(run=("ehr",), profile="settings").display == "private"
    with pytest.raises(ValidationError, match="private display"):
        Program(run=("ehr",), display="own", profile="settings")
