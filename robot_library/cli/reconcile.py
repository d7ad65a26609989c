"""`wetread reconcile`: the EHR's list of orders against what became of our items, every gap by its name."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import db_option, home_option, make_trail, open_desk, open_key, project_option
from robot_library.cli.times import shown, utc
from robot_library.errors import SetupError

if TYPE_CHECKING:
    from robot_library.engine.desk import Desk
    from robot_library.engine.records.checks import Check


@click.command()
@click.argument("bot")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The last reading of this day (this machine's clock).")
@click.option("--now", "again", is_flag=True, help="Have a worker read the list again, and wait for it.")
@click.option("--all", "everything", is_flag=True, help="Every order with its class, and not only gaps.")
@project_option
@home_option
@db_option
@json_option
def reconcile(
    bot: str, day: datetime | None, again: bool, everything: bool, project: Path | None, home: Path, db: str | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Show what the last reconciliation of BOT has named; the office makes one a day. Exit code 1: there are gaps.

    \b
    wetread reconcile chest-xray-preread
    wetread reconcile chest-xray-preread --all
    wetread reconcile chest-xray-preread --now
    wetread reconcile chest-xray-preread --day 2026-11-20 --json
    """
    if day is not None and again:
        raise click.UsageError("--day shows an earlier reading, --now makes one: give one of them.")
    from robot_library.model.audit import Happened

    found = asyncio.run(_found(project, home, db, bot, day.date() if day else None, again))
    make_trail(home, open_key(home)).record_all([Happened("evidence", "reconciliation", bot=bot)])
    if as_json:
        print_json(_data(bot, found))
    else:
        _show(bot, found, everything)
    return 1 if found.bad else 0


async def _found(project: Path | None, home: Path, db: str | None, bot: str, day: date | None, again: bool) -> Check:
    from robot_library.engine.reconciling import KIND
    from robot_library.engine.records.checks import Checks
    from robot_library.parsing.library import Library
    from robot_library.safeguards.sealed import SealedJson

    async with open_desk(home, url=db) as desk:
        checks = await Checks(desk.store, SealedJson(open_key(home))).all(KIND, bot, limit=1000)
        if not checks and bot not in await desk.board.bots():
            Library.find(project).path("bot", bot)  # a name that nothing here has is said to be one
        if again:
            await _read_again(desk, bot)
            checks = await Checks(desk.store, SealedJson(open_key(home))).all(KIND, bot, limit=1)
        for one in checks:
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


def _data(bot: str, found: Check) -> dict[str, Any]:
    orders = [{**one, "since": utc(one.get("since"))} for one in found.found]
    gaps = [one for one in orders if one["gap"]]
    return {
        "bot": bot, "at": utc(found.at), "bad": found.bad, "counts": dict(found.counts), "gaps": gaps, "orders": orders
    }  # fmt: skip


def _show(bot: str, found: Check, everything: bool) -> None:
    from robot_library.engine.records.orders import WORDS

    if found.counts.get("not_read"):
        click.echo(f"{bot}: {shown(found.at)}: the list could not be read ({found.found[0]['code']}).")
        return
    words: dict[str, str] = {str(name): said for name, said in WORDS.items()}
    counts = [
        (said, *(str(found.counts.get(kind + what, 0)) for kind in ("", "listed.", "gap.")))
        for what, said in words.items()
        if found.counts.get(what)
    ]
    print_table(("what became of them", "orders", "on the list", "gaps"), counts, title=f"{bot}, {shown(found.at)}")
    rows = [
        ("gap" if one["gap"] else "", one["order"], words[one["what"]], shown(one["since"]), one["item"][:10])
        for one in found.found
        if everything or one["gap"]
    ]
    if rows:
        print_table(("", "order", "stands", "since", "item"), rows)
    click.echo(f"{found.counts['listed']} on the list, {found.counts['items']} orders in all, {found.bad} gaps.")
