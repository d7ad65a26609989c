"""A private display with a small GTK program on it, started once; real everything."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.display import Display, lacking, private_display
from robot_library.drivers.desktop.nodes import Node, Tree
from robot_library.drivers.desktop.set_text import WAYS, AccessibleField, Way
from robot_library.drivers.desktop.windows import family_of
from tests.conftest import lacking as not_here

PYTHON = "/usr/bin/python3"
CLINIC = str(Path(__file__).parent / "clinic.py")


def until(found: Callable[[], object], seconds: float = 120.0) -> None:
    """Wait for a condition."""
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, "what was waited for did not come"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def display() -> Iterator[Display]:
    if missing := lacking():
        not_here(f"no private display: {', '.join(missing)} (tests/hospital/system.sh)")
    if subprocess.run([PYTHON, "-c", "import gi; gi.require_version('Gtk', '3.0')"], capture_output=True).returncode:
        not_here("no GTK for the system's python: python3-gi and gir1.2-gtk-3.0")
    display = private_display()
    yield display
    display.close()


@pytest.fixture(scope="session")
def desk(display: Display) -> Iterator[Desk]:
    desk = Desk(display)
    desk.accessibility.listen()
    yield desk
    desk.close()


@dataclass
class Form:
    """The clinic's form."""

    desk: Desk
    window: int
    bus: str

    @property
    def tree(self) -> Tree:
        return self.desk.accessibility.tree(self.bus)

    def node(self, label: str) -> Node:
        tree = self.tree
        (named,) = [node for node in tree if node.role == "label" and node.name == label]
        found = tree.at(self.desk.accessibility.label_for(named)[0])
        assert found is not None
        return found

    def field(self, label: str, *ways: Way) -> AccessibleField:
        return AccessibleField(self.desk, self.node(label), self.window, ways or WAYS)

    def clear(self, label: str) -> None:
        self.desk.accessibility.set_text(self.node(label), "")


@pytest.fixture(scope="session")
def form(desk: Desk) -> Iterator[Form]:
    process = desk.display.start([PYTHON, CLINIC, "form"])
    until(lambda: desk.windows.of(process.pid))
    until(lambda: desk.accessibility.buses(family_of(process.pid)))
    (bus,) = desk.accessibility.buses(family_of(process.pid))
    form = Form(desk, desk.windows.of(process.pid)[-1].id, bus)
    until(lambda: len(form.tree) > 8)
    yield form
    desk.display.end(process)
