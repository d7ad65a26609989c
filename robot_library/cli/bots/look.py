"""`wetread bots list`, `show` and `next`: which bots there are, how they stand, when they run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from robot_library.cli.bots.known import decided, line, missing, moment, open_books, queues, runs_ahead
from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import db_option, home_option, project_option
from robot_library.cli.times import utc


@click.command("list")
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
        (one["bot"], "yes" if one["enabled"] else "no", "\n".join(one["triggers"]) or "-", moment(one["next_local"]),
         _queue(one["queue"]), one["problem"])
        for one in found
    ]  # fmt: skip
    columns = ("bot", "enabled", "set going by", "next run", "queue", "problem")
    shown = len(columns) if any(one["problem"] for one in found) else len(columns) - 1
    print_table(columns[:shown], [row[:shown] for row in rows])


@click.command()
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
        queue = await queues(books.board)
        return [line(books.library, name, states.get(name), queue) for name in books.library.names("bot")]


async def _show(home: Path, project: Path | None, db: str | None, bot: str) -> dict[str, Any]:
    from robot_library.lint import check_bot

    async with open_books(home, project, db, create=True) as books:
        spec = books.library.bot(bot)
        found = check_bot(books.library, bot)
        decisions = await books.states.decisions.all(f"bot:{bot}", limit=10)
        stands = line(books.library, bot, await books.state(bot), await queues(books.board))
        return {
            **stands, "workflow": spec.workflow,
            "systems": {role: {"map": app.map, "url": app.url, "credential": app.credential}
                        for role, app in spec.apps.items()},
            "coming": runs_ahead(books.library, spec, datetime.now(UTC), 5),
            "missing": missing(spec), "mistakes": [str(one) for one in found if one.severity == "error"],
            "decisions": [
                {"at": utc(one.at), "what": one.what,
                 "who": one.who, "why": one.why}
                for one in decisions
            ],
        }  # fmt: skip


@click.command("next")
@click.argument("bot", required=False)
@click.option("--count", type=click.IntRange(1, 1000), default=5, show_default=True, help="So many runs of each bot.")
@click.option("--from", "start", help="From this moment on, as in 2026-03-28T00:00+01:00; without it, from now.")
@home_option
@project_option
@db_option
@json_option
def next_runs(
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
    rows = [(moment(one["local"]), one["bot"], one["kind"], "yes" if one["enabled"] else "no") for one in found]
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
            enabled = decided(states.get(name))["enabled"]
            found += [{**run, "enabled": enabled} for run in runs_ahead(books.library, spec, after, count)]
        return sorted(found, key=lambda one: datetime.fromisoformat(one["at"]))


def _parsed(start: str | None) -> datetime:
    if start is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(start)
    except ValueError:
        raise click.BadParameter("write it as in 2026-03-28T00:00+01:00", param_hint="--from") from None
    return moment if moment.tzinfo is not None else moment.astimezone()


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
