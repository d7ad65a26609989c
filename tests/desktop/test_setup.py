"""What is missing on this machine is said, with the cure."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from robot_library.drivers.desktop.display import forget_the_dead, own_display, private_display
from robot_library.drivers.desktop.sign_words import words_of
from robot_library.errors import SetupError, SystemDown
from robot_library.model.at_screen import AtScreen


def test_the_sign_speaks_the_language_of_whoever_sits_there_and_fits_on_it() -> None:
    import cv2

    here = {"LANGUAGE": "", "LANG": "es_MX.UTF-8"}
    assert words_of("at_work", AtScreen(), here) == "wetread trabaja en esta pantalla.   Parar: Ctrl+Shift+F12"
    assert words_of("at_work", AtScreen(language="en"), here).startswith("wetread is at work")
    assert words_of("touched", AtScreen(), {"LANG": "C"}).startswith("wetread is paused")
    for language, state in itertools.product(("en", "es"), ("at_work", "touched")):
        longest = AtScreen.model_validate({"language": language, "stop": "ctrl+alt+shift+super+scroll_lock"})
        said = words_of(state, longest)
        assert said.isascii(), "all that the sign can draw"
        assert cv2.getTextSize(said, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)[0][0] < 740


def test_no_display_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(SetupError, match="display: private"):
        own_display()
    monkeypatch.setenv("DISPLAY", ":77")
    monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")
    with pytest.raises(SetupError, match="Wayland"):
        own_display()


async def test_on_a_locked_screen_nothing_begins_and_no_item_is_to_blame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from robot_library.cli.doctor import _display
    from robot_library.drivers.desktop.driver import DesktopDriver
    from robot_library.model.bot import App
    from robot_library.model.screen import ScreenMap

    says = tmp_path / "says"
    logind = tmp_path / "loginctl"
    logind.write_text(f'#!/bin/sh\n[ "$2" = c7 ] && cat {says}\n', encoding="utf-8")
    logind.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("DISPLAY", ":77")
    monkeypatch.setenv("XDG_SESSION_ID", "c7")
    driver, screens = DesktopDriver(lambda name: (tmp_path,)), ScreenMap.model_construct(system="ward")
    app = App.model_validate({"map": "ward", "program": {"run": ["ward"], "display": "own"}})
    says.write_text("yes\n", encoding="utf-8")
    with pytest.raises(SystemDown, match="locked"):
        await driver.session("ehr", app, screens, None)
    assert await driver.ask(app, screens) == "session locked"
    assert "locked" in _display().detail
    says.write_text("no\n", encoding="utf-8")
    assert await driver.ask(app, screens) == ""
    assert _display().status == "ok"


def test_no_packages_for_a_private_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SetupError, match=r"needs xvfb, openbox, dbus.*sudo apt-get install xvfb openbox"):
        private_display()


def test_a_display_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    from robot_library.drivers.desktop.desk import Desk

    monkeypatch.setenv("DISPLAY", ":77")
    monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)
    with pytest.raises(SetupError, match=":77 cannot be opened"):
        Desk(own_display())


def test_what_a_killed_process_left_is_removed_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead, alive, other = (tmp_path / f"wetread-display-{who}-x" for who in (gone.pid, os.getpid(), "nobody"))
    for folder in (dead, alive, other):
        folder.mkdir()
        (folder / "profile").write_text("BETZ", encoding="utf-8")
    (tmp_path / f"wetread-display-{gone.pid}-link").symlink_to(other)
    forget_the_dead()
    assert not dead.exists()
    assert (alive / "profile").exists()
    assert (other / "profile").exists()
