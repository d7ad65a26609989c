"""`wetread serve`: bots left alone. Schedule, triggers, workers, dashboard, on this machine."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import (
    DATABASE,
    db_option,
    environment_told,
    home_option,
    log_option,
    open_key,
    project_option,
)
from robot_library.errors import SetupError

if TYPE_CHECKING:
    from robot_library.unattended.entrance import Entrance
    from robot_library.unattended.front import Address
    from robot_library.unattended.office import Office
    from robot_library.unattended.supervisor import Supervisor

_STOP_WITHIN = 300.0
"""Seconds that `--stop` waits for the office to end."""
Says = Callable[[str, Mapping[str, Any]], None]


@click.command()
@home_option
@project_option
@db_option
@click.option("--workers", type=click.IntRange(0, 64), default=1, show_default=True, help="Worker processes.")
@click.option("--port", type=click.IntRange(0, 65535), default=8440, show_default=True, help="0 for a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Another address needs TLS files.")
@click.option("--tls-cert", type=click.Path(path_type=Path), help="Certificate (PEM).")
@click.option("--tls-key", type=click.Path(path_type=Path), help="Its private key (PEM).")
@click.option("--name", "names", multiple=True, help="A name browsers reach it by (again: several).")
@click.option("--as", "station", help="Name of this host in a fleet; without it, the machine's own.")
@click.option("--unsafe-home", is_flag=True, help="Accept a home on a network or temporary drive.")
@click.option("--stop", is_flag=True, help="Stop the one that serves this home, in peace, and wait for it.")
@log_option
@json_option
def serve(
    home: Path, project: Path | None, db: str | None, workers: int, port: int, host: str, tls_cert: Path | None,
    tls_key: Path | None, names: tuple[str, ...], station: str | None, unsafe_home: bool, stop: bool,
    log_format: Literal["text", "json"], as_json: bool,
) -> None:  # fmt: skip
    """Run every enabled bot by its triggers, day and night, until Ctrl-C or SIGTERM.

    \b
    wetread bots enable chest-xray-preread --who "Dr. Chen"
    wetread serve --workers 2                     one machine, nothing else to install
    wetread serve --db postgresql://…             the same command on every host of a fleet
    wetread serve --stop                          from another window: stop in peace
    """
    from robot_library.cli.environments import header
    from robot_library.engine.fleet.lock import ExecutorLock
    from robot_library.parsing.library import Library
    from robot_library.unattended.drives import check_home
    from robot_library.unattended.front import Address, check_address, take_socket
    from robot_library.unattended.logs import configure

    says = _says(as_json)
    if stop:
        _stop_other(home, says)
        return
    if not unsafe_home:
        check_home(home)
    address = Address(host, port, tls_cert, tls_key)
    check_address(address)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["WETREAD_LOG_FORMAT"] = "json" if as_json else log_format  # for the workers, too
    configure("office")
    if said := header(Library.find(project)):
        logging.getLogger(__name__).info("%s", said)
    with ExecutorLock(home, "office"), take_socket(address) as taken:
        supervisor = _supervisor(home, project, db, _names(workers, db, station), as_json)
        supervisor.listen(lambda worker: says("worker", worker.state()))
        called = {socket.gethostname(), socket.getfqdn(), host, *names} if address.secure else set(names)
        wanted = _Wanted(home, project, db, address, frozenset(called))
        asyncio.run(_serve(wanted, taken, supervisor, says))


# ---- what is said ----

_WORDS = {
    "ready": "Serving {home} at {url}\nOpen {link} in a browser: it works once, for a quarter of an hour.\n"
    "Bots: {bots}. Next run: {next}. Ctrl-C stops.",
    "worker": "{worker}: {state}",
    "stopping": "Stopping: every worker finishes its step. Ctrl-C again ends them at once.",
    "stopped": "Stopped. Nothing is lost: start again to go on.",
    "nobody": "Nobody serves {home}: there is nothing to stop.",
}


def _says(as_json: bool) -> Says:
    """How what happens is told: a line of JSON each, or in words."""

    def in_words(event: str, about: Mapping[str, Any]) -> None:
        click.echo(_WORDS[event].format_map({key: _shown(value) for key, value in about.items()}))
        if event == "ready" and not about["bots"]:
            click.echo("No bot runs by itself yet: wetread bots enable BOT --who YOU")
        sys.stdout.flush()

    def as_data(event: str, about: Mapping[str, Any]) -> None:
        print_json({"event": event, **about})
        sys.stdout.flush()

    return as_data if as_json else in_words


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


# ---- stopping another one ----


def _stop_other(home: Path, says: Says) -> None:
    """Ask the office of a home to stop, and wait until it has. SetupError if it does not."""
    from robot_library.engine.fleet.lock import ExecutorLock
    from robot_library.unattended.office import STOP

    if not home.is_dir():
        says("nobody", {"home": str(home)})
        return
    until, lock, asked = time.monotonic() + _STOP_WITHIN, ExecutorLock(home, "office"), False
    while True:
        try:
            with lock:
                (home / STOP).unlink(missing_ok=True)
                says("stopped" if asked else "nobody", {"home": str(home)})
                return
        except SetupError:
            (home / STOP).touch()
            asked = True
        if time.monotonic() > until:
            raise SetupError("the office has not stopped.", cure="Look what its workers are at: wetread queue list.")
        time.sleep(0.2)


# ---- serving ----


@dataclass(frozen=True)
class _Wanted:
    """What was asked for. `names` are what browsers may call it by, beside this machine's own."""

    home: Path
    project: Path | None
    db: str | None
    address: Address
    names: frozenset[str]


async def _serve(wanted: _Wanted, taken: socket.socket, supervisor: Supervisor, says: Says) -> None:
    from robot_library.engine.desk import Desk
    from robot_library.parsing.library import Library
    from robot_library.safeguards.audit.trail import AuditTrail
    from robot_library.safeguards.sealed import SealedJson
    from robot_library.unattended.duties import duties
    from robot_library.unattended.entrance import Entrance
    from robot_library.unattended.office import Office

    library, key = Library.find(wanted.project, to_run=True), open_key(wanted.home, create=True)
    desk = Desk(wanted.home, SealedJson(key), key.fingerprint, url=wanted.db)
    desk.store.trail, desk.store.environment = AuditTrail(wanted.home, key), environment_told() or ""
    await desk.open()
    try:
        office = Office(wanted.home, library, desk, key, supervisor, everything=duties())
        entrance = Entrance(office, desk, names=wanted.names, secure=wanted.address.secure)
        await _open(office, entrance, wanted, taken, says)
        says("stopped", {})
    finally:
        await desk.close()


async def _open(office: Office, entrance: Entrance, wanted: _Wanted, taken: socket.socket, says: Says) -> None:
    """Until somebody stops it."""
    from robot_library.unattended.front import serving
    from robot_library.unattended.office import ADDRESS

    stop, url = asyncio.Event(), wanted.address.url(taken.getsockname()[1])
    with _signals(stop, office.supervisor, says):
        async with serving(entrance.app, taken, wanted.address):
            await office.look()
            (wanted.home / ADDRESS).write_text(url, encoding="utf-8")
            says("ready", {**_standing(office), "home": str(wanted.home), "url": url, "link": entrance.link(url)})
            try:
                await office.run(stop, url)
            finally:
                entrance.close()


def _standing(office: Office) -> dict[str, Any]:
    state = office.state()
    return {"bots": state["bots"], "next": state["next"], "workers": len(office.supervisor.workers)}


def _names(workers: int, db: str | None, station: str | None) -> list[str]:
    """What this host's workers are called: the same at every start. In a fleet each host's have names of their own."""
    host = station or (socket.gethostname().partition(".")[0].lower() if db else "")
    return [f"{host}-worker-{number}" if host else f"worker-{number}" for number in range(1, workers + 1)]


def _supervisor(home: Path, project: Path | None, db: str | None, names: Sequence[str], as_json: bool) -> Supervisor:
    """Of these workers, not started."""
    from robot_library.unattended.logs import VARIABLE
    from robot_library.unattended.supervisor import Supervisor

    more = ["--project", str(project.resolve())] if project else []
    more += ["--json"] if as_json else []
    command = [sys.executable, "-m", "robot_library.cli.main", "worker", "--home", str(home.resolve()), *more]
    environment = {**os.environ, **({DATABASE: db} if db else {}), **({VARIABLE: "json"} if as_json else {})}
    return Supervisor(names, lambda name: [*command, "--executor", name, "--until-eof"], environment=environment)


@contextmanager
def _signals(stop: asyncio.Event, supervisor: Supervisor, says: Says) -> Iterator[None]:
    """The first signal stops in peace, the second at once. Plain handlers: they exist on Windows too."""
    loop = asyncio.get_running_loop()

    def heard() -> None:
        if stop.is_set():
            supervisor.end_now()
        else:
            says("stopping", {})
            stop.set()

    names = [name for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(heard)) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
