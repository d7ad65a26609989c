"""`wetread stop`, `wetread go-on`, `wetread line`: stop the line, let it go on, see what is held and why."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import db_option, home_option, make_engine, open_key, project_option
from robot_library.cli.times import in_utc, shown

if TYPE_CHECKING:
    from robot_library.engine.engine import Engine
    from robot_library.engine.line.standing import Standing

F = TypeVar("F", bound=Callable[..., Any])


def which_line(command: F) -> F:
    """--all, --bot, --system, --credential: exactly one of them."""
    for option in (
        click.option("--credential", metavar="NAME", help="Whatever signs in with this credential."),
        click.option("--system", metavar="NAME", help="Whatever works on this system: a screen map's name."),
        click.option("--bot", metavar="NAME", help="One bot."),
        click.option("--all", "everything", is_flag=True, help="Every bot."),
    ):
        command = option(command)
    return command


def scope_of(everything: bool, **named: str | None) -> str:
    """The line that the options name. UsageError unless it is exactly one."""
    given = ["all"] if everything else []
    given += [f"{kind}:{name}" for kind, name in named.items() if name is not None]
    if len(given) != 1:
        raise click.UsageError("Say which line, once: --all, --bot NAME, --system NAME or --credential NAME.")
    return given[0]


def who_option(command: F) -> F:
    """--who: the user of this machine, unless somebody else is named."""
    return click.option("--who", default=_user, show_default="you", help="Who decides; kept with the decision.")(
        command
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _any_project(command: F) -> F:
    """A switch that stops must not hang on a file, or on where somebody stands."""
    return project_option(command, needed=False)


@click.command()
@which_line
@click.option("--why", required=True, help="The reason, for whoever lets it go on. No patient data.")
@who_option
@_any_project
@home_option
@db_option
@json_option
def stop(
    everything: bool, bot: str | None, system: str | None, credential: str | None, why: str, who: str,
    project: Path | None, home: Path, db: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Stop a line: nothing more is typed within two seconds; what is under way is laid down and waits.

    Nothing is lost, no item fails; a press that has happened is still proven. It stays stopped, through every
    restart, until somebody says `wetread go-on`. Where no worker is at work on this home or database, or where it is of
    another environment than --env or WETREAD_ENV names, it says so.

    \b
    wetread stop --all --why "EHR upgrade went wrong"
    wetread stop --bot chest-xray-preread --why "wrong template"
    wetread stop --system demo-ehr --why "the screens have changed"
    """
    scope = scope_of(everything, bot=bot, system=system, credential=credential)
    changed, workers, there = asyncio.run(
        _with(home, db, lambda engine: _stop(engine, project, scope, who, why), anywhere=True)
    )
    if not workers:
        _tell_nobody_works(home, db)
    _tell_whose(home, db, there)
    return _said(scope, "is stopped", changed, as_json, "was stopped already; its first reason stays", workers=workers)


async def _stop(engine: Engine, project: Path | None, scope: str, who: str, why: str) -> tuple[bool, int, str | None]:
    """Whether it went on until now, how many workers hear of it, and the environment that the database is of."""
    kind, _, name = scope.partition(":")
    if name:
        _known(project, kind, name, await _bots(engine) if kind == "bot" else ())
    changed = await engine.line.switches.stop(scope, who, why)
    return changed, await _workers(engine), await engine.store.belongs_to()


async def _bots(engine: Engine) -> set[str]:
    return {*await engine.desk.board.bots(), *(one.bot for one in await engine.desk.bots.all())}


async def _workers(engine: Engine) -> int:
    from robot_library.engine.fleet.workers import Workers

    return sum(one.alive for one in await Workers(engine.store).all())


def _tell_nobody_works(home: Path, db: str | None) -> None:
    """A look, or a stop, at another home than the bots' must not seem to be one at theirs."""
    place = "this database" if db else str(home.resolve())
    click.echo(
        f"Note: no worker is at work on {place}. Bots that are at work elsewhere go on: name their --home, or their "
        "database with --db or WETREAD_DB.",
        err=True,
    )


def _tell_whose(home: Path, db: str | None, there: str | None) -> None:
    """Whoever means the environment that counts, and has the test system's database, must not believe it stopped."""
    from robot_library.cli.site import environment_told
    from robot_library.safeguards.practice import environment_of

    there, meant = (there if db else environment_of(home)), environment_told()
    if there and meant and there != meant:
        click.echo(
            f"Note: this was environment '{there}', and not '{meant}', which goes on: name its --home or its --db.",
            err=True,
        )


def _known(project: Path | None, kind: str, name: str, had: Iterable[str]) -> None:
    """A misspelt name would stop nothing: UsageError with the nearest one. `had`: bots that are known here. Where
    the files cannot be read nobody can say what a name is: it is stopped."""
    from robot_library.errors import AuthoringError
    from robot_library.parsing.problems import did_you_mean

    try:
        known = {*had, *_names(project, kind)}
    except AuthoringError as wrong:
        click.echo(f"Whether there is a {kind} {name!r} cannot be said: {wrong}", err=True)
        return
    if name not in known:
        where = f"Looked in {project or Path.cwd()}: --project names another folder, --all stops everything."
        raise click.UsageError(f"There is no {kind} {name!r} here. {did_you_mean(name, known)} {where}")


def _names(project: Path | None, kind: str) -> Iterator[str]:
    from robot_library.errors import AuthoringError
    from robot_library.parsing.library import Library

    library = Library.find(project)
    if kind == "bot":
        yield from library.names("bot")
    elif kind == "system":
        yield from (*library.names("screen"), *library.site().systems)
    else:
        for bot in library.names("bot"):
            try:
                yield from (each for app in library.bot(bot).apps.values() for each in app.credentials())
            except AuthoringError:  # `wetread check` says what is wrong with it
                continue


@click.command("go-on")
@which_line
@click.option("--why", default="", help="What has been done about it. No patient data.")
@who_option
@home_option
@db_option
@json_option
def go_on(
    everything: bool, bot: str | None, system: str | None, credential: str | None, why: str, who: str, home: Path,
    db: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Let a stopped line go on. A system that is down is asked at once whether it answers.

    \b
    wetread go-on --bot chest-xray-preread --why "map mended"
    wetread go-on --credential ehr-bot --why "new password in the keyring"
    """
    scope = scope_of(everything, bot=bot, system=system, credential=credential)
    changed, asked = asyncio.run(_with(home, db, lambda engine: _go_on(engine, scope, who, why)))
    return _said(scope, "goes on" if changed else "is asked at once", changed or asked, as_json, "was not stopped")


async def _go_on(engine: Engine, scope: str, who: str, why: str) -> tuple[bool, bool]:
    """Whether it was stopped, and whether it was down."""
    from robot_library.engine.line.downtime import ask_soon

    kind, _, name = scope.partition(":")
    asked = kind == "system" and await ask_soon(engine.store, name)
    return await engine.line.switches.go_on(scope, who, why), asked


def _said(scope: str, what: str, changed: bool, as_json: bool, otherwise: str, **more: int) -> int:
    from robot_library.engine.line.switches import in_words

    if as_json:
        print_json({"scope": scope, "changed": changed, **more})
    else:
        words = in_words(scope)
        click.echo(f"{words[0].upper()}{words[1:]} {what if changed else otherwise}.")
    return 0 if changed else 1


@click.command()
@click.option("--decisions", is_flag=True, help="Who stopped, enabled and let go on what, the newest first.")
@project_option
@home_option
@db_option
@json_option
def line(decisions: bool, project: Path | None, home: Path, db: str | None, as_json: bool) -> None:
    """What is stopped, held, closed or down now, and why.

    \b
    wetread line
    wetread line --decisions
    """
    from robot_library.engine.line.standing import standing
    from robot_library.parsing.library import Library

    if decisions:
        made = asyncio.run(_with(home, db, lambda engine: engine.line.switches.decisions.all()))
        rows = [(shown(one.at), one.about, one.what, one.who, one.why) for one in made]
        if as_json:
            print_json(in_utc({"decisions": [asdict(one) for one in made]}))
        else:
            print_table(("when", "about", "decided", "who", "why"), rows)
        return
    site = Library.find(project).site()

    async def look(engine: Engine) -> tuple[Standing, int]:
        return await standing(engine.store, engine.sealer, site), await _workers(engine)

    found, workers = asyncio.run(_with(home, db, look))
    if as_json:
        print_json({**in_utc(asdict(found)), "workers": workers})
        return
    _show(found)
    if not workers:
        _tell_nobody_works(home, db)


def _show(found: Standing) -> None:
    from robot_library.engine.line.switches import in_words

    rows = [
        ("stopped", in_words(one.scope), f"{one.why} ({one.who})", f"since {shown(one.since)}") for one in found.stopped
    ]
    rows += [("disabled", f"bot {one.bot}", "", f"since {shown(one.at)}") for one in found.bots if not one.enabled]
    rows += [(one.stage, f"bot {one.bot}", "", f"since {shown(one.at)}") for one in found.bots if one.stage]
    rows += [("held", f"bot {one.bot}", one.reason, f"asked again {shown(one.until)}") for one in found.held]
    rows += [("closed", name, one.reason, f"until {shown(one.until)}") for name, one in found.closed.items()]
    rows += [
        ("down", one.system, one.reason, f"since {shown(one.since)}, asked again {shown(one.until)}")
        for one in found.down
    ]
    rows += [("sessions", name, f"{taken} of {there} taken", "") for name, (taken, there) in found.seats.items()]
    rows += [("password", f"credential {one.credential}", "will expire", shown(one.expires)) for one in found.passwords]
    if rows:
        print_table(("what", "which", "why", "when"), rows)
    else:
        click.echo("Nothing is stopped, held or closed.")


async def _with(home: Path, db: str | None, ask: Callable[[Engine], Any], *, anywhere: bool = False) -> Any:
    """Ask something of the database; workers need not run, and go on if they do. `anywhere`: whichever environment it
    is of."""
    key = open_key(home)
    engine = make_engine(home, key, url=db)
    if anywhere:
        engine.store.environment = None
    await engine.open()
    try:
        return await ask(engine)
    finally:
        engine.store.close()
