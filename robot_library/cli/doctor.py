"""`wetread doctor`: what this machine has and lacks, and the cure."""

from __future__ import annotations

import importlib.util
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import db_option, home_option, project_option
from robot_library.errors import WetreadError

Status = Literal["ok", "note", "missing"]
_COLOURS: dict[str, str] = {"ok": "green", "note": "yellow", "missing": "red"}


@dataclass(frozen=True)
class Found:
    """One thing looked for. `missing` means that bots cannot run; `note` that something optional is not there."""

    thing: str
    status: Status
    detail: str
    cure: str = ""


@click.command()
@home_option
@project_option
@db_option
@click.option("--port", type=click.IntRange(1, 65535), default=8440, show_default=True, help="Of `wetread serve`.")
@json_option
def doctor(home: Path, project: Path | None, db: str | None, port: int, as_json: bool) -> int:
    """What this machine and this site have and lack, with the cure. Exit code 3 if something needed is missing.

    \b
    wetread doctor
    wetread doctor --home D:/wetread --db postgresql://…
    """
    from robot_library.cli.doctor_site import look

    found = [probe() for probe in PROBES] + list(look(home, project, db, port))
    if as_json:
        print_json([vars(thing) for thing in found])
    else:
        rows = [(f.thing, f.status, f.detail, f.cure) for f in found]
        print_table(("what", "", "found", "cure"), rows, colours=_COLOURS)
    return 3 if any(f.status == "missing" for f in found) else 0


def _python() -> Found:
    version = platform.python_version()
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Found("Python", "missing", version, "Install Python 3.11, 3.12 or 3.13.")
    if sys.version_info < (3, 12):
        return Found("Python", "note", f"{version}: queue times are kept to the second only", "Python 3.12 or newer.")
    return Found("Python", "ok", f"{version} on {platform.system()} {platform.machine()}")


def _browser() -> Found:
    from robot_library.drivers.browser.find_browser import find_browser

    try:
        found = find_browser()
        return Found("Browser", "ok", f"{found.path} (by {found.how})")
    except WetreadError as failure:
        return Found("Browser", "missing", failure.message, failure.cure)


def _sandbox() -> Found:
    from robot_library.drivers.browser.driver import sandboxed

    if sandboxed():
        return Found("Browser's sandbox", "ok", "on")
    detail = "off: a page that takes the browser over has all that this user may"
    return Found("Browser's sandbox", "note", detail, "A user of its own, not root, and no WETREAD_NO_SANDBOX.")


def _runtime() -> Found:
    from robot_library.skills.session import available

    version, providers = available()
    return Found("ONNX Runtime", "ok", f"{version}: {', '.join(providers)}")


def _codecs() -> Found:
    wanted = {"gdcm": "python-gdcm", "openjpeg": "pylibjpeg-openjpeg", "rle": "pylibjpeg-rle", "jpeg_ls": "pyjpegls"}
    lacking = [package for module, package in wanted.items() if importlib.util.find_spec(module) is None]
    if lacking:
        return Found("DICOM codecs", "missing", ", ".join(lacking), f"pip install {' '.join(lacking)}")
    return Found("DICOM codecs", "ok", ", ".join(wanted.values()))


def _keyring() -> Found:
    import keyring

    name = type(keyring.get_keyring()).__name__
    module = type(keyring.get_keyring()).__module__
    if "fail" in module or "null" in module:
        return Found("Keyring", "note", "none on this machine", "Credentials come from WETREAD_CREDENTIAL_… then.")
    return Found("Keyring", "ok", f"{module}.{name}")


def _store() -> Found:
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(Path(folder) / "probe.sqlite")
        mode = database.execute("pragma journal_mode=wal").fetchone()[0]
        database.close()
    status: Status = "ok" if mode == "wal" else "missing"
    return Found(
        "SQLite", status, f"{sqlite3.sqlite_version}, journal {mode}", "" if mode == "wal" else "A local disk."
    )


def _display() -> Found:
    from robot_library.unattended.session import no_desktop

    if why := no_desktop():
        return Found("Desktop", "note", f"{why}: browsers run without a window", "Needed by bots that work on windows.")
    return Found("Desktop", "ok", "logged on and unlocked, as far as can be seen")


PROBES: tuple[Callable[[], Found], ...] = (
    _python, _browser, _sandbox, _runtime, _codecs, _keyring, _store, _display,
)  # fmt: skip
