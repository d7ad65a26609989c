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
from robot_library.errors import SetupError
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
