"""`wetread bots`: which bots there are, which of them run by themselves, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

import click

from robot_library.cli import permission
from robot_library.cli.line import who_option
from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import db_option, home_option, open_key, project_option
from robot_library.cli.times import shown, utc

if TYPE_CHECKING:
    from robot_library.engine.line.switches import BotState, BotStates, Stage
    from robot_library.engine.records.board import Board
    from robot_library.model.bot import BotSpec
    from robot_library.parsing.library import Library


@click.group()
def bots() -> None:
    """Which bots there are, which of them run by themselves, and when.

    No bot runs by itself before a person has enabled it at this site.

    \b
    wetread bots list --json
    wetread bots enable chest-xray-preread --who "Dr. Chen"
    wetread bots next --count 3
    """


for _command in permission.COMMANDS:
    bots.add_command(_command)


@dataclass(frozen=True)
class Books:
    """What is known about bots: their files, what people have decided, what is in the queue."""

    library: Library
    states: BotStates
    board: Board

    async def state(self, bot: str) -> BotState:
        """What people have decided about one bot."""
        return await self.states.get(bot)


@asynccontextmanager
async def open_books(home: Path, project: Path | None, db: str | None, *, create: bool = False) -> AsyncIterator[Books]:
    from robot_library.cli.site import make_engine
    from robot_library.engine.line.switches import BotStates
    from robot_library.engine.records.board import Board
    from robot_library.parsing.library import Library

    key = open_key(home, create=create)
    engine = make_engine(home, key, url=db)
    await engine.open()
    try:
        store, sealer = engine.store, engine.sealer
        yield Books(Library.find(project, to_run=True), BotStates(store, sealer), Board(store, sealer))
    finally:
        engine.store.close()


# ---- list and show ----


@bots.command("list")
@home_option
@project_option
@db_option
@json_option
def listed(home: Path, project: Path | None, db: str | None, as_json: bool) -> None:
    """List every bot: is it enabled, what sets it going, when it runs next, what is in its queue.

    \b
    wetread bots list
    wetread bots list --json
    """
    found = asyncio.run(_list(home, project, db))
    if as_json:
        print_json(found)
        return
    rows = [
        (one["bot"], "yes" if one["enabled"] else "no", "\n".join(one["triggers"]) or "-", _moment(one["next_local"]),
         _queue(one["queue"]), one["problem"])
        for one in found
    ]  # fmt: skip
    columns = ("bot", "enabled", "set going by", "next run", "queue", "problem")
    shown = len(columns) if any(one["problem"] for one in found) else len(columns) - 1
    print_table(columns[:shown], [row[:shown] for row in rows])


@bots.command()
@click.argument("bot")
@home_option
@project_option
@db_option
@json_option
def show(bot: str, home: Path, project: Path | None, db: str | None, as_json: bool) -> None:
    """Everything about BOT: what it is made of, what it needs, its next runs, who decided what about it.

    \b
    wetread bots show chest-xray-preread
    """
    found = asyncio.run(_show(home, project, db, bot))
    if as_json:
        print_json(found)
        return
    rows = [(key, _text(value)) for key, value in found.items() if value not in (None, "", [])]
    print_table(("", bot), rows)


async def _list(home: Path, project: Path | None, db: str | None) -> list[dict[str, Any]]:
    async with open_books(home, project, db, create=True) as books:
        states = {state.bot: state for state in await books.states.all()}
        queue = await _queues(books.board)
        return [_line(books.library, name, states.get(name), queue) for name in books.library.names("bot")]


def _line(library: Library, name: str, state: BotState | None, queue: dict[str, dict[str, int]]) -> dict[str, Any]:
    from robot_library.errors import AuthoringError

    said: dict[str, Any] = {
        "bot": name,
        **_decided(state),
        "about": "",
        "triggers": [],
        "next": None,
        "next_local": None,
    }
    said |= {"queue": queue.get(name, {}), "problem": ""}
    try:
        spec = library.bot(name)
    except AuthoringError as failure:
        return {**said, "problem": f"wetread check: {len(failure.diagnostics)} mistakes"}
    runs = _coming(library, spec, datetime.now(UTC), 1) if said["enabled"] else []
    words = [trigger.in_words for trigger in spec.triggers]
    return {**said, "about": spec.about, "triggers": words, "next": runs[0]["at"] if runs else None,
            "next_local": runs[0]["local"] if runs else None}  # fmt: skip


def _decided(state: BotState | None) -> dict[str, Any]:
    """`enabled`: its triggers set it going."""
    runs = state is not None and state.enabled and state.since is not None
    since = utc(state.since) if state and state.since else None
    return {"enabled": runs, "since": since, "stage": state.stage if state else None}


async def _show(home: Path, project: Path | None, db: str | None, bot: str) -> dict[str, Any]:
    from robot_library.lint import check_bot

    async with open_books(home, project, db, create=True) as books:
        spec = books.library.bot(bot)
        found = check_bot(books.library, bot)
        decisions = await books.states.decisions.all(f"bot:{bot}", limit=10)
        line = _line(books.library, bot, await books.state(bot), await _queues(books.board))
        return {
            **line, "workflow": spec.workflow,
            "systems": {role: {"map": app.map, "url": app.url, "credential": app.credential}
                        for role, app in spec.apps.items()},
            "coming": _coming(books.library, spec, datetime.now(UTC), 5),
            "missing": missing(spec), "mistakes": [str(one) for one in found if one.severity == "error"],
            "decisions": [
                {"at": utc(one.at), "what": one.what,
                 "who": one.who, "why": one.why}
                for one in decisions
            ],
        }  # fmt: skip


async def _queues(board: Board) -> dict[str, dict[str, int]]:
    """How many items of each bot stand how."""
    found: dict[str, dict[str, int]] = {}
    for tally in await board.tally():
        states = found.setdefault(tally.bot, {})
        states[tally.state] = states.get(tally.state, 0) + tally.count
    return found


def missing(spec: BotSpec) -> list[str]:
    """Credentials and addresses that this machine lacks for the bot."""
    import os

    from robot_library.bot import with_addresses
    from robot_library.errors import SetupError
    from robot_library.safeguards.vault import Vault

    hooks = [trigger.hook.credential for trigger in spec.triggers if trigger.hook is not None]
    names = {app.credential for app in spec.apps.values() if app.credential} | set(hooks)
    said = []
    try:
        with_addresses(spec, os.environ)
    except SetupError as failure:
        said.append(str(failure))
    for name in sorted(names):
        try:
            Vault().credential(name)
        except SetupError as failure:
            said.append(str(failure))
    return said


# ---- enable and disable ----

_why = click.option("--why", default="", help="Why; it is kept, encrypted.")


@bots.command()
@click.argument("bot")
@who_option
@_why
@home_option
@project_option
@db_option
@json_option
def enable(bot: str, who: str, why: str, home: Path, project: Path | None, db: str | None, as_json: bool) -> None:
    """Let BOT's triggers set it going, from now on. Nothing that was due before is made up for.

    \b
    wetread bots enable chest-xray-preread --who "Dr. Chen" --why "accepted on 12 November"
    """
    found = asyncio.run(_enable(home, project, db, bot, who, why))
    if as_json:
        print_json(found)
        return
    click.echo(f"{bot} is enabled. Next run by the clock: {_moment(found['next_local'])}.")
    for text in found["missing"]:
        click.echo(f"Missing on this machine: {text}", err=True)
    if not found["triggers"]:
        click.echo("It has no triggers: it runs only on items that are added to its queue.", err=True)


@bots.command()
@click.argument("bot")
@who_option
@_why
@home_option
@project_option
@db_option
@json_option
def disable(bot: str, who: str, why: str, home: Path, project: Path | None, db: str | None, as_json: bool) -> None:
    """Let BOT take nothing more. What it is at is laid down at the next safe point; its queue stays.

    \b
    wetread bots disable chest-xray-preread --who "Dr. Chen" --why "EHR update tonight"
    """

    async def work() -> None:
        async with open_books(home, project, db) as books:
            books.library.path("bot", bot)
            await books.states.disable(bot, who, why)

    asyncio.run(work())
    if as_json:
        print_json({"bot": bot, "enabled": False})
    else:
        click.echo(f"{bot} is disabled. Its queue stays as it is.")


@bots.command()
@click.argument("bot")
@click.argument("stage", type=click.Choice(["draft", "shadow", "limited", "live"]))
@who_option
@click.option("--why", required=True, help="Why; it is kept, encrypted.")
@home_option
@project_option
@db_option
@json_option
def stage(
    bot: str, stage: str, who: str, why: str, home: Path, project: Path | None, db: str | None, as_json: bool
) -> None:
    """Move BOT to a stage: draft, shadow, limited or live. The stricter one of this and its file's `mode` holds.

    Items that are under way as a shadow's stay a shadow's to their end. Orders that only a shadow has seen are
    taken anew by what is no shadow.

    \b
    wetread bots stage chest-xray-preread shadow --who "Dr. Chen" --why "first two weeks"
    wetread bots stage chest-xray-preread limited --who "Dr. Chen" --why "agrees in 412 of 415"
    """
    held = asyncio.run(_stage(home, project, db, bot, cast("Stage", stage), who, why))
    if as_json:
        print_json({"bot": bot, "stage": stage, "holds": held})
    elif held == stage:
        click.echo(f"{bot} is {stage} now.")
    else:
        click.echo(f"{bot} is {stage} by this decision, and {held} by its file's `mode`: {held} holds.")


async def _stage(home: Path, project: Path | None, db: str | None, bot: str, stage: Stage, who: str, why: str) -> Stage:
    from robot_library.engine.line.switches import stricter

    async with open_books(home, project, db, create=True) as books:
        spec = books.library.bot(bot)
        await books.states.set_stage(bot, stage, who, why)
        return stricter(stage, spec.mode)


async def _enable(home: Path, project: Path | None, db: str | None, bot: str, who: str, why: str) -> dict[str, Any]:
    from robot_library.errors import AuthoringError
    from robot_library.lint import check_bot

    async with open_books(home, project, db, create=True) as books:
        if wrong := [one for one in check_bot(books.library, bot) if one.severity == "error"]:
            raise AuthoringError(wrong)
        await books.states.enable(bot, who, why)
        return {
            **_line(books.library, bot, await books.state(bot), await _queues(books.board)),
            "missing": missing(books.library.bot(bot)),
        }


# ---- next ----


@bots.command("next")
@click.argument("bot", required=False)
@click.option("--count", type=click.IntRange(1, 1000), default=5, show_default=True, help="So many runs of each bot.")
@click.option("--from", "start", help="From this moment on, as in 2026-03-28T00:00+01:00; without it, from now.")
@home_option
@project_option
@db_option
@json_option
def coming(
    bot: str | None, count: int, start: str | None, home: Path, project: Path | None, db: str | None, as_json: bool
) -> None:
    """When bots run next by the clock, enabled or not: to look at a schedule before it is used.

    \b
    wetread bots next
    wetread bots next chest-xray-preread --from 2026-03-28T00:00+01:00   over a change of the clocks
    """
    after = _parsed(start)
    found = asyncio.run(_next(home, project, db, bot, after, count))
    if as_json:
        print_json(found)
        return
    rows = [(_moment(one["local"]), one["bot"], one["kind"], "yes" if one["enabled"] else "no") for one in found]
    print_table(("when", "bot", "by", "enabled"), rows)


async def _next(
    home: Path, project: Path | None, db: str | None, bot: str | None, after: datetime, count: int
) -> list[dict[str, Any]]:
    from robot_library.errors import AuthoringError

    async with open_books(home, project, db, create=True) as books:
        states = {state.bot: state for state in await books.states.all()}
        found: list[dict[str, Any]] = []
        for name in [bot] if bot else books.library.names("bot"):
            try:
                spec = books.library.bot(name)
            except AuthoringError:
                if bot:
                    raise
                continue
            enabled = _decided(states.get(name))["enabled"]
            found += [{**run, "enabled": enabled} for run in _coming(books.library, spec, after, count)]
        return sorted(found, key=lambda one: datetime.fromisoformat(one["at"]))


def _coming(library: Library, spec: BotSpec, after: datetime, count: int) -> list[dict[str, Any]]:
    from robot_library.unattended.schedule import coming

    zone = library.site().zone
    runs, there = coming(spec, after, count, zone), _shown_in(spec, zone)
    return [
        {"bot": run.bot, "at": utc(run.moment), "local": run.moment.astimezone(there).isoformat(timespec="seconds"),
         "kind": run.kind, "slot": run.slot}
        for run in runs
    ]  # fmt: skip


def _shown_in(spec: BotSpec, zone: str) -> ZoneInfo:
    """The zone a bot's runs are shown in: its own first one, else the site's."""
    own = [one.zone for trigger in spec.triggers if (one := trigger.cron or trigger.at) is not None and one.zone]
    return ZoneInfo(own[0] if own else zone)


def _parsed(start: str | None) -> datetime:
    if start is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(start)
    except ValueError:
        raise click.BadParameter("write it as in 2026-03-28T00:00+01:00", param_hint="--from") from None
    return moment if moment.tzinfo is not None else moment.astimezone()


def _moment(text: str | None) -> str:
    """In the zone the bot's file thinks in."""
    return f"{(at := datetime.fromisoformat(text)):%a} {shown(at, at.tzinfo)}" if text else "-"


def _queue(states: dict[str, int]) -> str:
    return ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(states.items())) or "-"


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_text(inner)}" for key, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(
            _text(inner) if not isinstance(inner, dict) else "  ".join(map(str, inner.values())) for inner in value
        )
    return str(value)
