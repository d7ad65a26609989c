"""What a site needs to leave bots alone on this machine: drive, space, clock, ports, database, secrets."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from robot_library.cli.doctor import Found, Status
from robot_library.errors import AuthoringError, SetupError, WetreadError

if TYPE_CHECKING:
    from robot_library.model.bot import BotSpec
    from robot_library.parsing.library import Library

_GIGABYTE = 1e9
_LITTLE, _TOO_LITTLE = 10.0, 1.0
"""Gigabytes: a day's films, and not even a day's."""
_APART = 2.0
"""Seconds that two clocks of a fleet may differ."""


def look(home: Path, project: Path | None, db: str | None, port: int) -> Iterator[Found]:
    """Everything about this site. Nothing is created and nothing is changed."""
    from robot_library.parsing.library import Library

    library = Library.find(project)
    yield _drive(home)
    yield _space(home)
    yield _clock(library)
    yield _environment(library)
    yield _vault()
    yield from _site_credentials(library)
    if db:
        yield _server(db)
        yield _line(db)
    if not ((home / "engine.sqlite").exists() or db):
        yield Found("Bots", "note", f"no site in {home} yet", "wetread bots enable NAME --who YOU")
        return
    yield _trail(home)
    try:
        yield from _bots(home, library, db, port)
    except WetreadError as failure:
        yield Found("Bots", "missing", failure.message, failure.cure or "See the lines above.")


def _drive(home: Path) -> Found:
    from robot_library.safeguards.private import open_to_others
    from robot_library.unattended.drives import unfit

    what = unfit(home)
    if what:
        return Found("Home", "missing", f"{home} lies on {what}", "--home on a local disk.")
    if home.exists() and open_to_others(home):
        return Found("Home", "note", f"{home.resolve()}: other users may look into it", f"chmod 700 {home}")
    return Found("Home", "ok", f"{home.resolve()}, a local disk")


def _space(home: Path) -> Found:
    there = next(folder for folder in (home.resolve(), *home.resolve().parents) if folder.exists())
    free = shutil.disk_usage(there).free / _GIGABYTE
    status: Status = "ok" if free >= _LITTLE else "note" if free >= _TOO_LITTLE else "missing"
    return Found("Disk", status, f"{free:.1f} GB free", "" if status == "ok" else "Make room, or shorten retention.")


def _trail(home: Path) -> Found:
    """Whether the audit trail goes as far as its head says; where it does not, bots type nothing."""
    from robot_library.safeguards.audit.log import last_number
    from robot_library.safeguards.audit.signing import HEAD_VARIABLE, read_head
    from robot_library.safeguards.audit.trail import FOLDER, head_of

    lines, where = last_number(home / FOLDER), head_of(home)
    try:
        head = read_head(where)
    except SetupError as failure:
        return Found("Audit trail", "missing", failure.message, failure.cure)
    if head is None and lines:
        detail = f"{lines} lines, and no head at {where}"
        return Found(
            "Audit trail", "missing", detail, f"{HEAD_VARIABLE} as the service has it; else wetread audit verify"
        )
    if head is not None and head.n > lines:
        detail = f"it ends at line {lines}, its head says {head.n}: bots type nothing"
        return Found("Audit trail", "missing", detail, "wetread audit verify; after a restore, wetread audit set-aside")
    return Found("Audit trail", "ok", f"{lines} lines, as far as its head says; `wetread audit verify` reads them all")


def _clock(library: Library) -> Found:
    here = datetime.now().astimezone()
    try:
        site = library.site()
    except AuthoringError:
        return Found("Clock", "missing", "site.yaml is wrong", "wetread check site.yaml")
    shown = f"{here:%Y-%m-%d %H:%M:%S %z}; schedules in {site.zone}"
    if "zone" not in site.model_fields_set:
        return Found("Clock", "note", shown, "Write `zone:` into site.yaml.")
    return Found("Clock", "ok", shown)


def _environment(library: Library) -> Found:
    """Whether another person is asked before a bot goes live here."""
    try:
        site = library.site()
    except AuthoringError:
        return Found("Environment", "missing", "site.yaml is wrong", "wetread check site.yaml")
    found = library.environment()
    name = f"{found[0]}, " if found else ""
    if site.environment == "production":
        return Found("Environment", "ok", f"{name}production: a bot goes as far as another person has approved")
    if found:
        return Found("Environment", "ok", f"{name}a trial: production addresses are refused")
    if site.environments:
        known = ", ".join(site.environments)
        return Found("Environment", "note", f"none is chosen of {known}", "--env, WETREAD_ENV or default_environment.")
    cure = "Where patients are treated by what is written: `environment: production` in site.yaml."
    return Found("Environment", "note", "trial: nobody else is asked before a bot goes live", cure)


def _vault() -> Found:
    """Whether the vault that is named here opens."""
    from robot_library.safeguards.vault_file import FILE, from_environment
    from robot_library.safeguards.vaults.named import server_vault

    try:
        if (server := server_vault()) is not None:
            server.check()
            return Found("Vault", "ok", f"{server.where} lets us look")
    except SetupError as failure:
        return Found("Vault", "missing", failure.message, failure.cure)
    vault = from_environment()
    if vault is None:
        return Found("Vault", "ok", f"environment and keyring; {FILE} names no file")
    try:
        count = len(vault.secrets())
    except SetupError as failure:
        return Found("Vault", "missing", failure.message, failure.cure)
    old = len(vault.keys()) - 1
    if old:
        return Found("Vault", "note", f"{vault.path} opens; {old} older keys are kept beside its own",
                     "wetread vault rotate")  # fmt: skip
    return Found("Vault", "ok", f"{vault.path} opens: {count} secrets, by name only")


def _site_credentials(library: Library) -> Iterator[Found]:
    """Whether what site.yaml names (mail, webhooks, receivers, the hospital's sign-in) is known here."""
    from robot_library.safeguards.vault import Vault

    try:
        names = sorted(_named(library.site()))
    except AuthoringError:  # said where the clock is looked at
        return
    lacking: list[SetupError] = []
    for name in names:
        try:
            Vault().credential(name)
        except SetupError as failure:
            lacking.append(failure)
    if lacking:
        yield Found("Credentials of site.yaml", "missing", lacking[0].message, lacking[0].cure)
    elif names:
        yield Found("Credentials of site.yaml", "ok", f"{len(names)} are there")


def _named(part: object) -> set[str]:
    """Names of credentials anywhere in a part of site.yaml."""
    if isinstance(part, BaseModel):
        said = vars(part)
        own = {said["credential"]} if isinstance(said.get("credential"), str) else set()
        return own.union(*(_named(one) for name, one in said.items() if name != "environments"))
    if isinstance(part, dict):
        return set().union(*map(_named, part.values()))
    return set().union(*map(_named, part)) if isinstance(part, tuple) else set()


def _server(db: str) -> Found:
    from robot_library.engine.database.store import ask_server

    try:
        said = ask_server(db)
    except SetupError as failure:
        return Found("PostgreSQL", "missing", failure.message, failure.cure)
    apart = abs(said.clock - time.time())
    if apart > _APART:
        return Found("PostgreSQL", "missing", f"its clock is {apart:.0f} s beside this one", "Set both by NTP.")
    return Found("PostgreSQL", "ok", f"{said.version}, {said.milliseconds:.1f} ms to ask")


def _line(db: str) -> Found:
    """Whether the server proves who it is before it gets a password."""
    from robot_library.engine.database.unproven import CURE, unproven

    try:
        open_to_others = unproven(db)
    except SetupError as failure:
        return Found("Line to PostgreSQL", "missing", failure.message, failure.cure)
    if open_to_others:
        return Found("Line to PostgreSQL", "note", "whatever answers there gets the password: nothing proves it", CURE)
    return Found("Line to PostgreSQL", "ok", "on this machine, or proven by a certificate")


def _bots(home: Path, library: Library, db: str | None, port: int) -> Iterator[Found]:
    specs = []
    for name in asyncio.run(_enabled(home, db)):
        try:
            specs.append(library.bot(name))
        except AuthoringError:
            yield Found(f"Bot {name}", "missing", "its file is wrong or gone", "wetread check")
    if not specs:
        yield Found("Bots", "note", "none is enabled", "wetread bots enable NAME --who YOU")
    for spec in specs:
        yield _needs(spec)
    yield from _ports(home, specs, port)


async def _enabled(home: Path, db: str | None) -> list[str]:
    from robot_library.cli.bots.known import open_books

    async with open_books(home, None, db) as found:
        return [state.bot for state in await found.states.all() if state.enabled and state.since is not None]


def _needs(spec: BotSpec) -> Found:
    from robot_library.cli.bots.known import missing

    lacking = missing(spec)
    lacking += [
        f"folder {trigger.folder.path} is not there"
        for trigger in spec.triggers
        if trigger.folder is not None and "$" not in trigger.folder.path and not Path(trigger.folder.path).is_dir()
    ]
    if lacking:
        return Found(f"Bot {spec.bot}", "missing", lacking[0], f"wetread bots show {spec.bot}")
    return Found(f"Bot {spec.bot}", "ok", "credentials and addresses are there")


def _ports(home: Path, specs: list[BotSpec], port: int) -> Iterator[Found]:
    wanted = [("Dashboard", "127.0.0.1", port)]
    arrivals = [trigger.dicom_arrival for spec in specs for trigger in spec.triggers if trigger.dicom_arrival]
    wanted += [(f"DICOM {one.aet}", one.host, one.port) for one in arrivals]
    at_work = _office_at_work(home)
    for name, host, number in wanted:
        if _free(host, number):
            yield Found(name, "ok", f"port {number} is free")
        elif at_work:
            yield Found(name, "ok", f"port {number} is in use; an office runs here")
        else:
            yield Found(name, "missing", f"port {number} of {host} is taken", "Another port, or end what has it.")


def _office_at_work(home: Path) -> bool:
    from robot_library.engine.fleet.lock import ExecutorLock

    lock = ExecutorLock(home, "office")
    if not lock.path.exists():
        return False
    try:
        with lock:
            return False
    except WetreadError:
        return True


def _free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as tried:
        if os.name == "posix":
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError:
            return False
        return True
