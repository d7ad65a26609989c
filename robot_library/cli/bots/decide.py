"""`wetread bots enable`, `disable` and `stage`: which bots run by themselves, and how far they may go."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from robot_library.cli.bots.known import line, missing, moment, open_books, queues
from robot_library.cli.line import who_option
from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import db_option, home_option, project_option

if TYPE_CHECKING:
    from robot_library.engine.line.switches import Stage

_why = click.option("--why", default="", help="Why; it is kept, encrypted.")


@click.command()
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
    click.echo(f"{bot} is enabled. Next run by the clock: {moment(found['next_local'])}.")
    for text in found["missing"]:
        click.echo(f"Missing on this machine: {text}", err=True)
    if not found["triggers"]:
        click.echo("It has no triggers: it runs only on items that are added to its queue.", err=True)


@click.command()
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


@click.command()
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
            **line(books.library, bot, await books.state(bot), await queues(books.board)),
            "missing": missing(books.library.bot(bot)),
        }
