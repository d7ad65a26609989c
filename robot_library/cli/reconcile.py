"""`wetread reconcile`: the EHR's list of orders against what became of our items, every gap by its name."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import db_option, home_option, make_trail, open_desk, open_key
from robot_library.errors import SetupError

if TYPE_CHECKING:
    from robot_library.engine.checks import Check
    from robot_library.engine.desk import Desk


@click.command()
@click.argument("bot")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The last reading of this day (this machine's clock).")
@click.option("--now", "again", is_flag=True, help="Have a worker read the list again, and wait for it.")
@home_option
@db_option
@json_option
def reconcile(bot: str, day: datetime | None, again: bool, home: Path, db: str | None, as_json: bool) -> int:
    """Show what the last reconciliation of BOT has named; the office makes one a day. Exit code 1: there are gaps.

    \b
    wetread reconcile chest-xray-preread
    wetread reconcile chest-xray-preread --now
    wetread reconcile chest-xray-preread --day 2026-11-20 --json
    """
    if day is not None and again:
        raise click.UsageError("--day shows an earlier reading, --now makes one: give one of them.")
    from robot_library.model.audit import Happened

    found = asyncio.run(_found(home, db, bot, day.date() if day else None, again))
    make_trail(home, open_key(home)).record_all([Happened("evidence", "reconciliation", bot=bot)])
    _show(bot, found, as_json)
    return 1 if found.bad else 0


async def _found(home: Path, db: str | None, bot: str, day: date | None, again: bool) -> Check:
    from robot_library.engine.checks import Checks
    from robot_library.engine.reconciling import KIND
    from robot_library.safeguards.sealed import SealedJson

    async with open_desk(home, url=db) as desk:
        if again:
            await _read_again(desk, bot)
        for one in await Checks(desk.store, SealedJson(open_key(home))).all(KIND, bot, limit=1000):
            if day is None or datetime.fromtimestamp(one.at).date() == day:
                return one
    when = f"on {day}" if day else "yet"
    raise SetupError(
        f"the list of {bot!r} was not compared {when}.",
        cure="`wetread serve` compares once a day; `wetread reconcile BOT --now` has a worker do it.",
    )


async def _read_again(desk: Desk, bot: str) -> None:
    from robot_library.engine.reconciling import SLOT

    if not any(one.alive for one in await desk.workers()):
        raise SetupError("no worker is at work that could read the list.", cure="Start `wetread serve`.")
    slot = f"{bot}@{SLOT}{datetime.now().astimezone().isoformat()}"
    await desk.fire(bot, slot)
    while await desk.waits_for(slot):  # noqa: ASYNC110 – what is waited for stands in a database
        await asyncio.sleep(0.5)


def _show(bot: str, found: Check, as_json: bool) -> None:
    from robot_library.engine.reconciling import GAPS

    gaps: list[dict[str, Any]] = found.found
    at = datetime.fromtimestamp(found.at).astimezone()
    if as_json:
        print_json({"bot": bot, "at": at.isoformat(), "bad": found.bad, "counts": dict(found.counts), "gaps": gaps})
        return
    if found.counts.get("not_read"):
        click.echo(f"{bot}: {at:%Y-%m-%d %H:%M}: the list could not be read ({gaps[0]['code']}).")
        return
    words: dict[str, str] = {str(name): said for name, said in GAPS.items()}
    rows = [(one["order"], words[one["what"]], _clock(one["since"]), one["item"][:10]) for one in gaps]
    print_table(("order", "gap", "since", "item"), rows, title=f"{bot}, {at:%Y-%m-%d %H:%M}")
    click.echo(f"{found.counts['listed']} on the list, {found.counts['items']} items of ours, {found.bad} gaps.")


def _clock(at: float | None) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%m-%d %H:%M") if at is not None else ""
