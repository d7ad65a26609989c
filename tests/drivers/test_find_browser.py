"""The probe looks where browsers are, in the promised order."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from robot_library.drivers.browser import find_browser
from robot_library.errors import SetupError

PROBE = sys.modules["robot_library.drivers.browser.find_browser"]


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose fixed places are empty."""
    monkeypatch.setattr(PROBE, "_LINUX", (str(tmp_path / "opt" / "chrome"),))
    return tmp_path


def make(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_the_order_is_variable_configured_installed_path_playwrights_own(places: Path) -> None:
    own, on_path = make(places / "own" / "chrome"), make(places / "bin" / "chromium")
    env = {"PATH": str(on_path.parent)}

    def found(configured: str | None = None, **more: str) -> tuple[Path, str]:
        one = find_browser(configured, env={**env, **more}, platform="linux", playwrights_own=str(own))
        return one.path, one.how

    assert found() == (on_path, "PATH")
    installed = make(places / "opt" / "chrome")
    assert found() == (installed, "installed")
    named, variable = make(places / "named"), make(places / "variable")
    assert found(str(named)) == (named, "configured")
    assert found(str(named), WETREAD_BROWSER=str(variable)) == (variable, "WETREAD_BROWSER")
    installed.unlink()
    on_path.unlink()
    assert found() == (own, "Playwright")


def test_one_without_windows_comes_first_where_nobody_looks(places: Path) -> None:
    with_windows, without = make(places / "bin" / "chromium"), make(places / "bin" / "chromium-headless-shell")
    env = {"PATH": str(without.parent)}
    assert find_browser(env=env, platform="linux").path == without
    assert find_browser(env=env, platform="linux", headed=True).path == with_windows


def test_a_named_browser_that_is_not_there_is_no_reason_to_take_another(places: Path) -> None:
    make(places / "bin" / "chromium")
    with pytest.raises(SetupError, match="named by WETREAD_BROWSER is not an executable"):
        find_browser(env={"PATH": str(places / "bin"), "WETREAD_BROWSER": "/nowhere/chrome"}, platform="linux")


@pytest.mark.parametrize(
    ("platform", "cure"), [("linux", "apt install chromium"), ("win32", "Microsoft Edge"), ("darwin", "Chrome")]
)
def test_without_any_the_cure_fits_the_platform(
    places: Path, monkeypatch: pytest.MonkeyPatch, platform: str, cure: str
) -> None:
    monkeypatch.setattr(PROBE, "_MAC", ())
    with pytest.raises(SetupError, match=cure):
        find_browser(env={"PATH": str(places)}, platform=platform)


def test_windows_is_searched_below_its_program_folders(places: Path) -> None:
    program = places / r"Microsoft\Edge\Application\msedge.exe"
    make(program)
    found = find_browser(env={"PATH": "", "PROGRAMFILES(X86)": str(places)}, platform="win32")
    assert found.path == program
