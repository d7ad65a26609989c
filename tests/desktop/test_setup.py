"""What is missing on this machine is said, with the cure."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from robot_library.drivers.desktop.display import forget_the_dead, own_display, private_display
from robot_library.errors import SetupError


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
