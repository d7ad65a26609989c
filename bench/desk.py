"""A private display with the tests' GTK programs on it, for the desktop benchmarks."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.display import private_display
from robot_library.drivers.desktop.nodes import Node
from robot_library.drivers.desktop.windows import family_of

_AS_IT_IS: Mapping[str, str] = {}
CLINIC = Path(__file__).resolve().parents[1] / "tests" / "desktop" / "clinic.py"


@contextmanager
def shown(
    *programs: tuple[str, ...], size: tuple[int, int] = (1920, 1080), env: Mapping[str, str] = _AS_IT_IS
) -> Iterator[tuple[Desk, list[list[Node]]]]:
    """A desk with these programs running, and the things each tells of itself once it has come to rest."""
    display = private_display(size)
    display.env = {**display.env, **env}
    desk = Desk(display)
    try:
        desk.accessibility.listen()
        yield desk, [_started(desk, command) for command in programs]
    finally:
        desk.close()
        display.close()


def _started(desk: Desk, command: tuple[str, ...]) -> list[Node]:
    process = desk.display.start(command)
    end, before = time.monotonic() + 60, 0
    while time.monotonic() < end:
        if desk.windows.of(process.pid) and (buses := desk.accessibility.buses(family_of(process.pid))):
            desk.windows.activate(desk.windows.of(process.pid)[-1].id)
            desk.capture.still(None, 30, lambda: None, 0.5)
            nodes = [node for node in desk.accessibility.tree(buses[0]) if node.shown]
            if len(nodes) > 6 and len(nodes) == before:  # the tree comes a moment after the window
                return nodes
            before = len(nodes)
        time.sleep(0.05)
    raise RuntimeError("the program did not come up")


def labelled(desk: Desk, nodes: list[Node], name: str) -> Node:
    """The field that a label names."""
    label = next(node for node in nodes if node.role == "label" and node.name == name)
    return next(node for node in nodes if node.path in desk.accessibility.label_for(label))


def clinic(mode: str) -> tuple[str, ...]:
    """The tests' program in one of its modes."""
    return ("/usr/bin/python3", str(CLINIC), mode)
