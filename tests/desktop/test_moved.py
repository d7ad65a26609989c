"""What is known by its looks is pressed only while it stands where it was seen."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.press import press
from robot_library.drivers.desktop.reading import Reading
from robot_library.drivers.desktop.thing import Thing
from robot_library.errors import TargetNotFound
from robot_library.model.screen import Locator
from tests.desktop.conftest import PYTHON, until

PROGRAM = """
import gi, pathlib, sys
gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk
folder = pathlib.Path(sys.argv[1])
window = Gtk.Window(title="Report")
window.set_default_size(400, 300)
box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
window.add(box)
for word in ("Sign and send", "Save as draft"):
    button = Gtk.Button(label=word)
    button.set_size_request(200, 40)
    button.connect("clicked", lambda _, word=word: (folder / "pressed").write_text(word))
    box.pack_start(button, False, False, 0)
banner = Gtk.Label(label="The system goes down at ten")
banner.set_size_request(200, 40)
def look():
    if (folder / "banner").exists() and banner.get_parent() is None:
        box.pack_start(banner, False, False, 0)
        box.reorder_child(banner, 0)
        banner.show()
    return True
GLib.timeout_add(50, look)
window.connect("destroy", Gtk.main_quit)
window.show_all()
Gtk.main()
"""


def test_a_button_that_another_one_has_taken_the_place_of_is_not_pressed(desk: Desk, tmp_path: Path) -> None:
    program = desk.display.start([PYTHON, "-c", PROGRAM, str(tmp_path)])

    def find(**locator: object) -> list[Thing]:
        return Look(desk, program.pid, Reading(tmp_path)).find(Locator.model_validate(locator), {})

    try:
        until(lambda: find(role="button", name="Save as draft"))
        (button,) = find(role="button", name="Save as draft")
        desk.windows.activate(button.window)
        desk.capture.still(None, 10, lambda: None)
        cv2.imwrite(str(tmp_path / "save.png"), desk.capture.grey(button.box))
        (seen,) = find(image="save.png")
        (tmp_path / "banner").touch()
        until(lambda: find(role="button", name="Save as draft")[0].box != button.box)
        desk.capture.still(None, 10, lambda: None)
        with pytest.raises(TargetNotFound):
            press(desk, seen)
        assert not (tmp_path / "pressed").exists()
        press(desk, find(image="save.png")[0])
        until((tmp_path / "pressed").exists)
        assert (tmp_path / "pressed").read_text(encoding="utf-8") == "Save as draft"
    finally:
        desk.display.end(program)
