"""Two monitors, and a program at 125 % on the second one: captured, found, typed into and pressed where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from Xlib.ext import randr
from Xlib.protocol import rq

from robot_library.drivers.desktop.capture import Box
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.display import Display, private_display
from robot_library.drivers.desktop.images import find_all
from robot_library.drivers.desktop.monitors import area_at, corners, monitors
from robot_library.drivers.desktop.nodes import has
from robot_library.drivers.desktop.set_text import set_text
from robot_library.drivers.desktop.windows import Windows, family_of
from tests.desktop.conftest import CLINIC, PYTHON, Form, until

LEFT, RIGHT = Box(0, 0, 700, 500), Box(700, 0, 1000, 700)


class SetMonitor(rq.Request):  # type: ignore[misc]
    """What `xrandr --setmonitor NAME … none` sends; Xlib's own does not pack it."""

    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(43), rq.RequestLength(), rq.Window("window"), rq.Card32("name"),
        rq.Bool("primary"), rq.Bool("automatic"), rq.LengthOf("outputs", 2), rq.Int16("x"), rq.Int16("y"),
        rq.Card16("width"), rq.Card16("height"), rq.Card32("width_mm"), rq.Card32("height_mm"),
        rq.List("outputs", rq.Card32Obj),
    )  # fmt: skip


def split(windows: Windows, name: str, box: Box, *, primary: bool) -> None:
    """A monitor of the name; the main one takes the display's only output, which is a monitor of its own else."""
    outputs = list(randr.get_screen_resources(windows.root).outputs) if primary else []
    SetMonitor(
        display=windows.link.display, opcode=windows.link.display.get_extension_major("RANDR"), window=windows.root,
        name=windows.link.intern_atom(name), primary=primary, automatic=False, outputs=outputs, x=box.x, y=box.y,
        width=box.width, height=box.height, width_mm=200, height_mm=150,
    )  # fmt: skip
    windows.link.sync()


@pytest.fixture
def form(display: Display) -> Iterator[Form]:
    """The form at 125 %, on the right one of two monitors of different heights."""
    own = private_display((1700, 700))
    desk = Desk(replace(own, env={**own.env, "GDK_DPI_SCALE": "1.25"}))
    try:
        split(desk.windows, "left", LEFT, primary=False)
        split(desk.windows, "right", RIGHT, primary=True)
        desk.accessibility.listen()
        process = desk.display.start([PYTHON, CLINIC, "form"])
        until(lambda: desk.windows.of(process.pid))
        until(lambda: desk.accessibility.buses(family_of(process.pid)))
        (bus,) = desk.accessibility.buses(family_of(process.pid))
        form = Form(desk, desk.windows.of(process.pid)[-1].id, bus)
        until(lambda: len(form.tree) > 8)
        desk.windows.link.create_resource_object("window", form.window).configure(x=RIGHT.x + 60, y=40)
        desk.windows.link.sync()
        until(lambda: desk.windows.of(process.pid)[-1].x >= RIGHT.x)
        yield form
    finally:
        desk.close()
        own.close()


def test_a_window_on_the_second_monitor_is_worked_in_where_it_stands(form: Form) -> None:
    desk = form.desk
    assert monitors(desk.windows.link) == [RIGHT, LEFT], "the main one first"
    assert {(0, 499), (699, 499), (1699, 699)} <= set(corners(desk.windows.link)), "corners that a pointer reaches"
    assert area_at(desk.windows.link, 900, 300) == RIGHT.width * RIGHT.height
    assert (
        set_text(desk, form.field("Findings", "keys"), "at 125 % on the right: Grüße") == "at 125 % on the right: Grüße"
    )
    label = next(node for node in form.tree if node.role == "label" and node.name == "Only digits")
    place = Box(*desk.accessibility.place(label))
    assert place.x > RIGHT.x
    desk.capture.still(None, 30, lambda: None, 0.3)
    (hit,) = find_all(desk.capture.grey(), desk.capture.grey(place))
    assert hit.box == place
    whole = desk.capture.grey()
    assert np.array_equal(
        desk.capture.grey(place), whole[place.y : place.y + place.height, place.x : place.x + place.width]
    )
    for name in ("Note", "Short"):
        node = form.node(name)
        desk.hand.click(*Box(*desk.accessibility.place(node)).middle, over=form.window)
        until(lambda node=node: has(desk.accessibility.states(node), "focused"))  # type: ignore[misc]
