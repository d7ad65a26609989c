"""Tryton's desktop client (GTK) for GNU Health, made beside the lab; its profile says which server.

It is GPL: tests run it as a program, nothing of ours imports it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from .pins import TRYTON, desktop_key
from .shell import run
from .site import DATABASE, Lab

_PYTHON: Final = Path("/usr/bin/python3")
_CURE: Final = "apt-get install python3 python3-gi python3-gi-cairo python3-dateutil gir1.2-gtk-3.0 librsvg2-common"
_PIP_CURE: Final = f"let pip reach a package index that has {TRYTON}"
# no question to the maker's site whether there is a newer one; nothing of an earlier session is remembered
_SETTINGS: Final = """\
[login]
host = {host}
db = {database}
login =
profile =
[client]
check_version = False
lang = en
toolbar = both
save_tree_state = False
"""


def program(lab: Lab) -> Path:
    """The client, made once: PyGObject comes from the system, since its wheel would have to be compiled."""
    target = lab.cache / f"desktop-{desktop_key()}"
    client = target / "bin" / "tryton"
    if not (target / "finished").exists():
        shutil.rmtree(target, ignore_errors=True)
        python = target / "bin" / "python"
        make: list[str | Path] = [_PYTHON, "-m", "venv", "--system-site-packages", "--without-pip", target]
        run("making the desktop client's environment", make, cure=_CURE)
        pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
        run("installing the desktop client", [*pip, TRYTON], cure=_PIP_CURE)
        check = "import gi, cairo, dateutil; gi.require_version('Gtk', '3.0')"
        run("looking for the desktop client's parts", [python, "-c", check], cure=_CURE)
        (target / "finished").touch()
    return client


def profile(lab: Lab) -> Path:
    """What the client finds in its home: this lab's server, and no user."""
    home = lab.state / "desktop"
    folder = home / ".config" / "tryton" / ".".join(TRYTON.partition("==")[2].split(".")[:2])
    folder.mkdir(parents=True, exist_ok=True)
    settings = _SETTINGS.format(host=lab.ehr_url.removeprefix("http://"), database=DATABASE)
    (folder / "tryton.conf").write_text(settings, encoding="utf-8")
    return home
