"""`wetread reports critical`: list, found, told, ack."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.reports.change import ROLES
from robot_library.cli.site import db_option, home_option, open_desk
from robot_library.cli.times import shown

if TYPE_CHECKING:
    from robot_library.model.release import CriticalResult

_role = click.option("--role", type=click.Choice(ROLES), default="reviewer", show_default=True, help="In which role.")


@click.group()
def critical() -> None:
    """Critical results: what was found, who was told how and when, who has acknowledged it.

    \b
    wetread reports critical list
    wetread reports critical found 5d3c… --what "tension pneumothorax" --who dr-blanco
    wetread reports critical told 3f9a --whom "Dr Ward 7" --how telephone --read-back --who dr-blanco
    wetread reports critical ack 3f9a --who "Dr Ward 7"
    """


@critical.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that were acknowledged, too.")
@home_option
@db_option
@json_option
def listed(everything: bool, home: Path, db: str | None, as_json: bool) -> None:
    """List those that nobody has acknowledged, the oldest first; what was found is shown by --json only.

    \b
    wetread reports critical list --all --json
    """
    found = asyncio.run(_all(home, db, everything))
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    rows = [
        (one.id[:8], one.item[:8], one.bot, shown(one.found.at), one.told or "nobody",
         one.how, one.acknowledged.who if one.acknowledged else "not yet")
        for one in found
    ]  # fmt: skip
    print_table(("result", "item", "bot", "found", "told", "how", "acknowledged"), rows)


@critical.command()
@click.argument("item")
@click.option("--what", required=True, help="What was found.")
@click.option("--who", required=True, help="Who found it.")
@_role
@home_option
@db_option
@json_option
def found(item: str, what: str, who: str, role: str, home: Path, db: str | None, as_json: bool) -> None:
    """Write down that ITEM has a critical result.

    \b
    wetread reports critical found 5d3c… --what "tension pneumothorax" --who dr-blanco
    """
    _say(asyncio.run(_found(home, db, item, what, who, role)), "written down; somebody must be told", as_json)


@critical.command()
@click.argument("result")
@click.option("--whom", required=True, help="Who was told.")
@click.option("--how", required=True, help="How: telephone, in person, ….")
@click.option("--read-back", is_flag=True, help="They repeated it, and it was right.")
@click.option("--who", required=True, help="Who told them.")
@_role
@home_option
@db_option
@json_option
def told(
    result: str, whom: str, how: str, read_back: bool, who: str, role: str, home: Path, db: str | None, as_json: bool
) -> None:
    """Write down who was told of RESULT (its first letters are enough), and how.

    \b
    wetread reports critical told 3f9a --whom "Dr Ward 7" --how telephone --read-back --who dr-blanco
    """
    one = asyncio.run(_told(home, db, result, whom, how, who, role, read_back))
    _say(one, "told; it stays open until it is acknowledged", as_json)


@critical.command()
@click.argument("result")
@click.option("--who", required=True, help="Who takes care of the patient now.")
@_role
@home_option
@db_option
@json_option
def ack(result: str, who: str, role: str, home: Path, db: str | None, as_json: bool) -> None:
    """Acknowledge RESULT (its first letters are enough): its alert is over.

    \b
    wetread reports critical ack 3f9a --who "Dr Ward 7"
    """
    _say(asyncio.run(_ack(home, db, result, who, role)), "acknowledged", as_json)


def _say(one: CriticalResult, words: str, as_json: bool) -> None:
    if as_json:
        print_json(one.model_dump(mode="json"))
    else:
        click.echo(f"{one.id[:8]}: {words}.")


async def _all(home: Path, db: str | None, everything: bool) -> list[CriticalResult]:
    async with open_desk(home, url=db) as desk:
        return await desk.critical.all(acknowledged=everything)


async def _found(home: Path, db: str | None, *said: Any) -> CriticalResult:
    async with open_desk(home, url=db) as desk:
        return await desk.critical.found(*said)


async def _told(home: Path, db: str | None, letters: str, *said: Any) -> CriticalResult:
    *before, read_back = said
    async with open_desk(home, url=db) as desk:
        one = await desk.critical.find(letters)
        return await desk.critical.told(one.id, *before, read_back=read_back)


async def _ack(home: Path, db: str | None, letters: str, who: str, role: str) -> CriticalResult:
    async with open_desk(home, url=db) as desk:
        return await desk.critical.acknowledge((await desk.critical.find(letters)).id, who, role)
