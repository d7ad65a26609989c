"""Where this machine's browser is.

Playwright looks for Chrome and Edge at fixed paths only and never finds Debian's, snap's or flatpak's Chromium,
so the search is ours: WETREAD_BROWSER → configured path → where nobody looks, a Chromium without windows on PATH →
Chrome and Edge where their installers put them → PATH → Playwright's own download → an error that says what to install.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from robot_library.errors import SetupError

VARIABLE = "WETREAD_BROWSER"
PATH_NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
    "microsoft-edge", "microsoft-edge-stable", "chrome", "msedge",
)  # fmt: skip
UNSEEN_NAMES = ("chromium-headless-shell", "chrome-headless-shell")
"""The same engine without windows: a third less processor time for an order of the demo hospital."""
_LINUX = ("/opt/google/chrome/chrome", "/opt/microsoft/msedge/msedge", "/snap/bin/chromium")
_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_WINDOWS = (r"Google\Chrome\Application\chrome.exe", r"Microsoft\Edge\Application\msedge.exe",
            r"Chromium\Application\chrome.exe")  # fmt: skip
_CURE = {
    "linux": "Install one (Debian, Ubuntu: 'sudo apt install chromium'; without root: 'playwright install chromium')",
    "darwin": "Install Google Chrome, or run 'playwright install chromium'",
    "win32": "Install Google Chrome or Microsoft Edge, or run 'playwright install chromium' (no administrator needed)",
}


@dataclass(frozen=True)
class FoundBrowser:
    """An executable and how it was found ("WETREAD_BROWSER", "configured", "installed", "PATH", "Playwright")."""

    path: Path
    how: str


def find_browser(
    configured: str | None = None,
    *,
    env: Mapping[str, str] | None = None,
    platform: str = sys.platform,
    playwrights_own: str | None = None,
    headed: bool = False,
) -> FoundBrowser:
    """The first browser that is there. A path that somebody named but that is wrong is an error, not a fallback.

    `playwrights_own` is the executable that Playwright would use (`BrowserType.executable_path`); `headed`: it must
    be one with windows. Raises SetupError with the cure for this platform.
    """
    env = os.environ if env is None else env
    for how, named in ((VARIABLE, env.get(VARIABLE)), ("configured", configured)):
        if named:
            return FoundBrowser(_named(named, how), how)
    for how, path in _usual(env, platform, headed):
        if path.is_file():
            return FoundBrowser(path, how)
    if playwrights_own and Path(playwrights_own).is_file():
        return FoundBrowser(Path(playwrights_own), "Playwright")
    cure = _CURE.get(platform, _CURE["linux"])
    raise SetupError("No Chrome, Edge or Chromium was found.", cure=f"{cure}, or set {VARIABLE} to the executable.")


def _named(name: str, how: str) -> Path:
    found = Path(name) if Path(name).is_file() else shutil.which(name)
    if found is None:
        raise SetupError(
            f"The browser named by {how} is not an executable file.", cure="Correct the path, or unset it."
        )
    return Path(found)


def _usual(env: Mapping[str, str], platform: str, headed: bool) -> Iterator[tuple[str, Path]]:
    """One without windows if that will do, fixed places, then PATH."""
    for name in () if headed else UNSEEN_NAMES:
        if found := shutil.which(name, path=env.get("PATH")):
            yield "PATH", Path(found)
    if platform == "win32":
        for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
            if base := env.get(variable):
                yield from (("installed", Path(base) / tail) for tail in _WINDOWS)
    for path in _MAC if platform == "darwin" else _LINUX if platform.startswith("linux") else ():
        yield "installed", Path(path)
    for name in PATH_NAMES:
        if found := shutil.which(name, path=env.get("PATH")):
            yield "PATH", Path(found)
