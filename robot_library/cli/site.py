"""Where a command works: the files it finds, the home it keeps things in, the engine over it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from robot_library.parsing.chosen import ENVIRONMENT

if TYPE_CHECKING:
    from robot_library.engine.desk import Desk
    from robot_library.engine.engine import Engine
    from robot_library.engine.ports import Assembly
    from robot_library.model.site import Site
    from robot_library.safeguards.audit.trail import AuditTrail
    from robot_library.safeguards.keys import SiteKey

HOME = Path(".wetread")
DATABASE = "WETREAD_DB"
"""Also how a supervisor tells its workers the database: a command line can be read by every user of a machine."""
ATTENDED = "attended"
"""Executor of whatever a person starts at the desk, beside the workers'."""
F = TypeVar("F", bound=Callable[..., Any])


def home_option(command: F) -> F:
    """--home, the same on every command that keeps something."""
    return click.option(
        "--home", type=click.Path(path_type=Path, file_okay=False), default=HOME, envvar="WETREAD_HOME",
        show_envvar=True, show_default=True, help="Where queue, journal and evidence are kept, encrypted.",
    )(command)  # fmt: skip


def project_option(command: F, *, needed: bool = True) -> F:
    """--project and --env, the same on every command that reads authors' files. Not `needed`: the command does its work
    where these files are wrong, or are not there."""
    from robot_library.cli.environments import env_option

    return click.option(
        "--project", type=click.Path(path_type=Path), help="Folder with bots/, workflows/, skills/, site.yaml."
    )(env_option(command, needed=needed))


def db_option(command: F) -> F:
    """--db, the same on every command that a fleet shares."""
    return click.option(
        "--db", envvar=DATABASE, show_envvar=True, callback=_shared,
        help="postgresql://… of a fleet; without it, SQLite in the home.",
    )(command)  # fmt: skip


def _shared(context: click.Context, _: click.Parameter, url: str | None) -> str | None:
    """Whether several hosts share the queue decides where keys are looked for that can be destroyed one by one."""
    from robot_library.safeguards.keys import ON_SERVER

    token = ON_SERVER.set(bool(url) and not str(url).startswith("sqlite"))
    context.call_on_close(lambda: ON_SERVER.reset(token))
    return url


def log_option(command: F) -> F:
    """--log-format, the same on every command that stays."""
    return click.option(
        "--log-format", type=click.Choice(["text", "json"]), default="text", envvar="WETREAD_LOG_FORMAT",
        show_envvar=True, show_default=True, help="How log lines are written to stderr.",
    )(command)  # fmt: skip


def open_key(home: Path, *, create: bool = False) -> SiteKey:
    """The site's key; with `create`, a new site gets one."""
    from robot_library.safeguards.keys import site_key

    key = site_key(home, create=create)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return key


def make_engine(home: Path, key: SiteKey, **settings: Any) -> Engine:
    """An engine over a home, not started."""
    from robot_library.engine.engine import Engine
    from robot_library.safeguards.sealed import SealedJson

    engine = Engine(home, SealedJson(key), key.fingerprint, **settings)
    engine.store.trail, engine.store.environment = make_trail(home, key), environment_told()
    return engine


def make_desk(home: Path, key: SiteKey, *, url: str | None = None) -> Desk:
    """The door to a home's queue, not open."""
    from robot_library.engine.desk import Desk
    from robot_library.safeguards.sealed import SealedJson

    desk = Desk(home, SealedJson(key), key.fingerprint, url=url)
    desk.store.trail, desk.store.environment = make_trail(home, key), environment_told()
    return desk


def environment_told() -> str | None:
    """The environment that --env, WETREAD_ENV or site.yaml has chosen for this command; None where nothing was said."""
    return os.environ.get(ENVIRONMENT) or None


def make_trail(home: Path, key: SiteKey) -> AuditTrail:
    """The home's audit trail; whoever is at this desk stands behind what names nobody else."""
    import getpass

    from robot_library.safeguards.audit.trail import AuditTrail

    try:
        person = getpass.getuser()
    except (KeyError, OSError):
        person = ""
    return AuditTrail(home, key, person=person)


@asynccontextmanager
async def open_desk(home: Path, *, url: str | None = None) -> AsyncIterator[Desk]:
    """The door to a home's queue; workers may be at work behind it, or none."""
    desk = make_desk(home, open_key(home), url=url)
    await desk.open()
    try:
        yield desk
    finally:
        await desk.close()


@asynccontextmanager
async def running(home: Path, key: SiteKey, assembly: Assembly, site: Site | None = None) -> AsyncIterator[Engine]:
    """A started engine with one bot, under the hospital's limits; the browser is closed with it."""
    from robot_library.unattended.traces import make_spans

    engine = make_engine(home, key, executor=ATTENDED, site=site)
    engine.add_bot(assembly)
    if site is not None:
        engine.spans = make_spans(site.traces, ATTENDED)
    try:
        async with engine:
            yield engine
    finally:
        await assembly.driver.close()


@asynccontextmanager
async def reading(home: Path, db: str | None = None) -> AsyncIterator[Engine]:
    """An engine that only looks: nothing is taken up, another process may be at work."""
    key = open_key(home)
    engine = make_engine(home, key, url=db)
    engine.store.open(key.fingerprint)
    try:
        yield engine
    finally:
        engine.store.close()
