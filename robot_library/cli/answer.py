"""`wetread answer`: a person's decision on an item that waits for one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Literal

import click

from robot_library.cli.output import json_option, print_json, say
from robot_library.cli.progress import item_progress
from robot_library.cli.site import db_option, home_option, open_desk, open_key, project_option, running
from robot_library.interfaces import PersonAnswer


@click.command()
@click.argument("item")
@click.argument("verdict", type=click.Choice(["accept", "correct", "reject"]))
@click.option("--decision", type=click.Choice(["positive", "negative"]), help="What it is. Needed unless rejected.")
@click.option("--who", required=True, help="Who decides; stands in the report and the audit.")
@click.option("--note", default="", help="A word for whoever reads the run. No patient data.")
@project_option
@home_option
@db_option
@json_option
def answer(
    item: str, verdict: Literal["accept", "correct", "reject"], decision: Literal["positive", "negative"] | None,
    who: str, note: str, project: Path | None, home: Path, db: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Decide ITEM (its first letters are enough), which waits for a person; then the bot finishes it: a worker that
    is at work (`wetread serve`), or else this command.

    \b
    wetread answer 3f9a correct --decision negative --who dr.chen
    wetread answer 3f9a reject --who dr.chen
    """
    if verdict != "reject" and decision is None:
        raise click.UsageError("Say what it is: --decision positive or --decision negative.")
    said = PersonAnswer(verdict=verdict, who=who, decision=decision, note=note)
    outcome = asyncio.run(_answer(item, said, project, home, db, as_json))
    if as_json:
        print_json(outcome)
    else:
        say(f"{outcome['item'][:10]}: {outcome['outcome']} {outcome['reason']}".rstrip())
    return 0 if outcome["taken"] else 1


async def _answer(
    item: str, said: PersonAnswer, project: Path | None, home: Path, db: str | None, quiet: bool
) -> dict[str, Any]:
    async with open_desk(home, url=db) as desk:
        ident = await desk.board.find(item)
        if db or any(worker.alive for worker in await desk.workers()):
            taken = await desk.answer(ident, said)
            return {"item": ident, "taken": taken, "outcome": "handed on" if taken else "", "reason": _late(taken)}
        bot = (await desk.board.item(ident)).bot
    return await _finished(ident, bot, said, project, home, quiet)


async def _finished(
    item: str, bot: str, said: PersonAnswer, project: Path | None, home: Path, quiet: bool
) -> dict[str, Any]:
    """Answered and run to its end here: nobody else is at work."""
    from robot_library.bot import assemble
    from robot_library.parsing.library import Library

    key, library = open_key(home), Library.find(project)
    async with running(home, key, assemble(bot, library, home, key), library.site()) as engine:
        taken = await engine.answer(item, said)
        with item_progress(1, {}, quiet=quiet) as listener:
            await engine.run_until_idle(listener)
        record = await engine.run(item)
    return {"item": item, "taken": taken, "outcome": record.outcome, "reason": record.reason if taken else _late(taken)}


def _late(taken: bool) -> str:
    return "" if taken else "this item does not wait for an answer, or no longer"
