"""`wetread attend`: the clerk's app on this machine, or a department's on a server."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import webbrowser
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.people import ADDRESS, ROLES, own_link, user
from robot_library.cli.shortcut import write_shortcut
from robot_library.cli.site import DATABASE, db_option, home_option, make_desk, open_key, project_option

if TYPE_CHECKING:
    from robot_library.attended.house import House
    from robot_library.safeguards.keys import SiteKey
    from robot_library.unattended.front import Address

WORKER = "attend-worker"
"""Name of the worker process that runs what is started here."""


def _span(_: click.Context, __: click.Parameter, text: str) -> timedelta:
    from robot_library.model.values import parse_duration

    try:
        return parse_duration(text)
    except ValueError as wrong:
        raise click.BadParameter(str(wrong)) from None


@click.command()
@home_option
@project_option
@db_option
@click.option("--port", type=click.IntRange(0, 65535), default=8450, show_default=True, help="0 for a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Another address needs TLS files.")
@click.option("--tls-cert", type=click.Path(path_type=Path), help="Certificate (PEM).")
@click.option("--tls-key", type=click.Path(path_type=Path), help="Its private key (PEM).")
@click.option("--name", "names", multiple=True, help="A name browsers reach it by (again: several).")
@click.option("--no-browser", is_flag=True, help="Print the address, and open nothing.")
@click.option("--no-worker", is_flag=True, help="Run no bots here: another process of this home does.")
@click.option("--headed", is_flag=True, help="Show the bots' browser: a person can then do steps in it.")
@click.option("--who", default="", help="Whom the one-time address is for. Without it: this machine's user.")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(ROLES), help="What they are here (again: several) [clerk]."
)
@click.option(
    "--idle",
    default="20 min",
    show_default=True,
    callback=_span,
    help="After so long without a key or a click the screen is blanked, and whoever signed in must do so again.",
)
@click.option(
    "--shortcut",
    type=click.Path(path_type=Path),
    help="Write a shortcut for a desktop that starts just this command "
    "from this folder, to a new file that ends in .desktop (Linux) or .cmd (Windows); start nothing.",
)
@json_option
@click.pass_context
def attend(
    ctx: click.Context,
    home: Path, project: Path | None, db: str | None, port: int, host: str, tls_cert: Path | None,
    tls_key: Path | None, names: tuple[str, ...], no_browser: bool, no_worker: bool, headed: bool,
    who: str, roles: tuple[str, ...], idle: timedelta, shortcut: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Start, watch and review bots in a browser, until Ctrl-C.

    It prints an address that works once: whoever opens it is in, as this machine's user. A worker process beside it
    runs what is started here.

    \b
    wetread attend                                a clerk's own machine
    wetread attend --role reviewer --port 0       a radiologist's
    wetread attend --headed                       the bots' browser is shown; steps can be done in it
    wetread attend --no-browser --json            for a service
    wetread attend --role reviewer --shortcut wetread.desktop    a shortcut for a radiologist's desktop
    """
    if shortcut is not None:
        write_shortcut(shortcut, ctx, "wetread")
        click.echo(f"A shortcut: {shortcut}", err=as_json)
        return
    from robot_library.unattended.front import Address, check_address, take_socket

    address = Address(host, port, tls_cert, tls_key)
    check_address(address)
    key = open_key(home, create=True)
    called = {socket.gethostname(), socket.getfqdn(), host, *names} if address.secure else set(names)
    with take_socket(address) as taken:
        wanted = _Wanted(
            home, project, db, address, frozenset(called), who or user(), roles, idle.total_seconds(), not no_worker,
            headed,
        )  # fmt: skip
        asyncio.run(_attend(wanted, key, taken, browser=not no_browser, as_json=as_json))


@dataclass(frozen=True)
class _Wanted:
    home: Path
    project: Path | None
    db: str | None
    address: Address
    names: frozenset[str]
    who: str
    roles: tuple[str, ...]
    idle: float
    worker: bool
    headed: bool


async def _attend(wanted: _Wanted, key: SiteKey, taken: socket.socket, *, browser: bool, as_json: bool) -> None:
    from robot_library.attended.app import Attended
    from robot_library.attended.site import house_of
    from robot_library.parsing.library import Library
    from robot_library.people.entrances import clerks_doors
    from robot_library.safeguards.audit.trail import AuditTrail
    from robot_library.unattended.front import serving

    desk = make_desk(wanted.home, key, url=wanted.db)
    desk.store.trail = AuditTrail(wanted.home, key)  # who is in is named; whoever fails to come in is not this account
    await desk.open()
    try:
        library = Library.find(wanted.project, to_run=True)
        # A name that browsers reach it by: others than whoever sits here use it.
        alone = not wanted.address.secure and not wanted.names
        house = house_of(wanted.home, key, desk, library, own_machine=alone)
        app = Attended(
            house, clerks_doors(wanted.home, key, idle=wanted.idle), hosts=wanted.names, secure=wanted.address.secure
        )
        url = wanted.address.url(taken.getsockname()[1])
        stop = asyncio.Event()
        with _signals(stop):
            async with serving(app.app, taken, wanted.address), _worker(wanted, house):
                token = own_link(wanted.home, key, wanted.who, wanted.roles)
                (wanted.home / ADDRESS).write_text(url, encoding="utf-8")
                _say(url, f"{url}/enter/{token}", browser=browser, as_json=as_json)
                try:
                    await stop.wait()
                finally:
                    app.close()
    finally:
        await desk.close()


@asynccontextmanager
async def _worker(wanted: _Wanted, house: House) -> AsyncIterator[None]:
    """A worker process for the bots that may be started here, kept alive while the block runs."""
    from robot_library.unattended.supervisor import Supervisor

    bots = [bot.name for bot in house.startable if not bot.problem]
    if not bots or not wanted.worker:
        yield
        return
    command = [sys.executable, "-m", "robot_library.cli.main", "worker", "--home", str(wanted.home.resolve())]
    command += ["--project", str(wanted.project.resolve())] if wanted.project else []
    command += [part for bot in bots for part in ("--bot", bot)]
    environment = {**os.environ, **({DATABASE: wanted.db} if wanted.db else {}),
                   **({"WETREAD_HEADED": "1"} if wanted.headed else {})}  # fmt: skip
    supervisor = Supervisor(
        [WORKER], lambda name: [*command, "--executor", name, "--until-eof"], environment=environment
    )
    supervisor.start()
    try:
        yield
    finally:
        await supervisor.stop()


def _say(url: str, link: str, *, browser: bool, as_json: bool) -> None:
    if as_json:
        print_json({"event": "ready", "url": url, "link": link})
    else:
        click.echo(f"Open {link} in a browser: it works once.\nCtrl-C stops.")
    sys.stdout.flush()
    if browser:
        webbrowser.open(link)


@contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """Plain handlers: they exist on Windows too."""
    loop = asyncio.get_running_loop()
    names = [name for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
    before: dict[str, Any] = {}
    for name in names:
        before[name] = signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stop.set))
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
