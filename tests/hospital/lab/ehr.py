"""GNU Health on trytond with SQLite: installed apart from this project, seeded from a plan, started."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any, Final

from . import processes, web_clients
from .cache import built
from .pins import EHR_MODULES, HERE, REQUIREMENTS, template_key, venv_key
from .shell import run
from .site import DATABASE, HOST, Lab

_PIP_CURE: Final = "let pip reach a package index that has the versions of ehr_requirements.txt (Python 3.11 to 3.13)"
_ADMIN_CURE: Final = "remove the lab's cache folder and run `up` again; if it stays, the pins do not fit together"


def venv(lab: Lab) -> Path:
    """The EHR's own virtual environment. `--no-deps`: one declared dependency would need a PostgreSQL build."""
    target = lab.cache / f"ehr-{venv_key()}"

    # a virtual environment knows its own path, so it is built in place and marked finished by its last file
    if not (target / "finished").exists():
        shutil.rmtree(target, ignore_errors=True)
        run("making the EHR's environment", [sys.executable, "-m", "venv", target], cure="install python3-venv")
        pip: list[str | Path] = [
            _python(target),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
        ]
        run("installing GNU Health", [*pip, "-r", REQUIREMENTS], cure=_PIP_CURE)
        (target / "finished").touch()
    return target


def _python(environment: Path) -> Path:
    return environment / "bin" / "python"


def template(lab: Lab) -> Path:
    """The empty database with all modules activated; making it is the slowest step (20 s of CPU)."""
    python = _python(venv(lab))

    def build(target: Path) -> None:
        work = target.parent
        (work / f"{DATABASE}.sqlite").touch()
        (work / "password").write_text("replaced-when-seeded", encoding="utf-8")
        conf = work / "trytond.conf"
        conf.write_text(f"[database]\nuri = sqlite://\npath = {work}\n", encoding="utf-8")
        admin: list[str | Path] = [
            python,
            python.parent / "trytond-admin",
            "-c",
            conf,
            "-d",
            DATABASE,
            "--email",
            "root@localhost",
        ]
        env = {"TRYTONPASSFILE": str(work / "password")}
        argv: list[str | Path] = [*admin, "-u", *EHR_MODULES, "--activate-dependencies"]
        run("making the empty EHR database", argv, cure=_ADMIN_CURE, env=env)
        os.replace(work / f"{DATABASE}.sqlite", target)

    return built(lab.cache / f"template-{template_key()}.sqlite", build)


def _folder(lab: Lab) -> Path:
    return lab.state / "ehr"


def configure(lab: Lab) -> Path:
    """Write trytond.conf for this lab's port and give its path."""
    folder = _folder(lab)
    (folder / "db").mkdir(parents=True, exist_ok=True)
    conf = folder / "trytond.conf"
    conf.write_text(
        f"[database]\nuri = sqlite://\npath = {folder / 'db'}\nlanguage = en\n"
        f"[web]\nlisten = {HOST}:{lab.ports['ehr']}\nroot = {web_clients.sao(lab)}\n"
        "[session]\ntimeout = 86400\nmax_attempt = 1000\nmax_attempt_ip_network = 100000\n",
        encoding="utf-8",
    )
    return conf


def seed(lab: Lab, plan: dict[str, Any]) -> dict[str, Any]:
    """Fresh database from the template, filled by ehr_seed.py with `plan`; what it made, by the plan's keys."""
    folder = _folder(lab)
    conf = configure(lab)
    shutil.copy(template(lab), folder / "db" / f"{DATABASE}.sqlite")
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    argv: list[str | Path] = [_python(venv(lab)), "-W", "ignore", HERE / "ehr_seed.py", conf]
    argv += [folder / "plan.json", folder / "made.json"]
    run("seeding the EHR", argv, cure="read the last lines: the plan or the pins are wrong", env={"TZ": "UTC"})
    (folder / "plan.json").unlink()  # it holds the passwords
    shutil.copy(folder / "db" / f"{DATABASE}.sqlite", folder / "seeded.sqlite")
    made: dict[str, Any] = json.loads((folder / "made.json").read_text(encoding="utf-8"))
    return made


def restore(lab: Lab) -> bool:
    """Put back the database as it was just after seeding; False where it was never seeded. The server must be down."""
    seeded = _folder(lab) / "seeded.sqlite"
    if not seeded.exists():
        return False
    for journal in (_folder(lab) / "db").glob(f"{DATABASE}.sqlite*"):
        journal.unlink()
    shutil.copy(seeded, _folder(lab) / "db" / f"{DATABASE}.sqlite")
    return True


def start(lab: Lab) -> float:
    """Start trytond with sao; seconds until it answers."""
    conf = configure(lab)
    python = _python(venv(lab))
    argv: list[str | Path] = [python, python.parent / "trytond", "-c", conf, "-d", DATABASE]
    processes.start(lab, "ehr", argv, env={"TZ": "UTC"})
    return processes.wait_for(lab, "ehr", lab.ehr_url + "/")


def end_sessions(lab: Lab, login: str) -> int:
    """End every session of a user, as the server's own time-out would; how many there were.

    The one place that goes through SQL: trytond offers no call for it.
    """
    with contextlib.closing(sqlite3.connect(_folder(lab) / "db" / f"{DATABASE}.sqlite", timeout=10)) as db, db:
        user = "(SELECT id FROM res_user WHERE login = ?)"
        return db.execute(f"DELETE FROM ir_session WHERE create_uid = {user}", (login,)).rowcount
