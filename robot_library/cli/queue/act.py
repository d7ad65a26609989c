"""`wetread queue retry`, `note`, `cancel`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.line import who_option
from robot_library.cli.output import json_option, print_json
from robot_library.cli.queue.which import states_option
from robot_library.cli.site import db_option, home_option, open_desk

if TYPE_CHECKING:
    from robot_library.model.workitem import State

_FAILED: tuple[State, ...] = ("application_exception", "dead")
_NOTHING = " Only what has ended is sent back, and nothing that was typed to its end: `wetread queue show ITEM`."


@click.command()
@click.argument("items", nargs=-1)
@states_option
@click.option("--bot", help="All that were given up of this bot.")
@click.option("--code", help="All that were given up with this code.")
@who_option
@home_option
@db_option
@json_option
def retry(
    items: tuple[str, ...], states: tuple[State, ...], bot: str | None, code: str | None, who: str, home: Path,
    db: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Send ITEMS (first letters are enough) back into the queue, or all that --bot, --code and --state name.

    Each begins a new life: it reads everything again, and never presses what an earlier life has pressed. What was
    typed to its end is not sent back. Without --state, those are meant that the world failed, and the dead.

    \b
    wetread queue retry 3f9a 77b0
    wetread queue retry --bot chest-xray-preread --code ScreenNotReached
    """
    if bool(items) == bool(states or bot or code):
        raise click.UsageError("Name items, or say which with --bot, --code or --state.")
    back = asyncio.run(_retry(home, db, items, states, bot, code, who))
    if as_json:
        print_json({"sent_back": back})
    else:
        click.echo(f"{len(back)} sent back into the queue." + ("" if back else _NOTHING))
    return 0 if back else 1


async def _retry(
    home: Path, db: str | None, letters: tuple[str, ...], states: tuple[State, ...], bot: str | None,
    code: str | None, who: str,
) -> list[str]:  # fmt: skip
    async with open_desk(home, url=db) as desk:
        if letters:
            wanted = [await desk.board.find(some) for some in letters]
        else:
            wanted = await desk.board.matching(bot=bot, states=states or _FAILED, code=code)
        back = await desk.retry(wanted, who)
        await desk.note_all(back, who, "sent back into the queue")
        return back


@click.command()
@click.argument("item")
@click.argument("text")
@who_option
@home_option
@db_option
@json_option
def note(item: str, text: str, who: str, home: Path, db: str | None, as_json: bool) -> None:
    """Write TEXT about ITEM (its first letters are enough).

    \b
    wetread queue note 3f9a "the department has called; second film on its way" --who dr.chen
    """

    async def work() -> str:
        async with open_desk(home, url=db) as desk:
            ident = await desk.board.find(item)
            await desk.note(ident, who, text)
            return ident

    ident = asyncio.run(work())
    if as_json:
        print_json({"item": ident, "who": who})
    else:
        click.echo(f"Noted with {ident[:10]}.")


@click.command()
@click.argument("items", nargs=-1, required=True)
@click.option("--why", default="", help="Why; it is kept, encrypted.")
@who_option
@home_option
@db_option
@json_option
def cancel(items: tuple[str, ...], why: str, who: str, home: Path, db: str | None, as_json: bool) -> int:
    """Take ITEMS (first letters are enough) out of the bot's hands; a person sees to them.

    One that is at work stops before its next step, never between a press and its proof.

    \b
    wetread queue cancel 3f9a --why "done by hand"
    """

    async def work() -> dict[str, bool]:
        async with open_desk(home, url=db) as desk:
            wanted = [await desk.board.find(some) for some in items]
            return {ident: await desk.cancel(ident, who, why) for ident in wanted}

    done = asyncio.run(work())
    if as_json:
        print_json({"cancelled": [item for item, taken in done.items() if taken],
                    "ended_before": [item for item, taken in done.items() if not taken]})  # fmt: skip
    else:
        for item, taken in done.items():
            click.echo(f"{item[:10]}: {'taken out of the bot’s hands' if taken else 'it has ended already'}.")
    return 0 if all(done.values()) else 1
