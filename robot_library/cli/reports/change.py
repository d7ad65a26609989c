"""`wetread reports draft` and `take-back`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.reports.listed import as_data
from robot_library.cli.site import db_option, home_option, make_desk, open_desk, open_key, project_option

if TYPE_CHECKING:
    from robot_library.model.release import ReportVersion

ROLES = ("reviewer", "clerk", "author", "operator", "admin")


@click.command()
@click.argument("item")
@click.option("--who", required=True, help="Who makes it.")
@project_option
@home_option
@db_option
@json_option
def draft(item: str, who: str, project: Path | None, home: Path, db: str | None, as_json: bool) -> None:
    """Make the first version of a report from what the finished ITEM left behind. It is a draft, and goes nowhere.

    \b
    wetread reports draft 5d3c… --who dr-blanco
    """
    one = asyncio.run(_draft(home, db, project, item, who))
    if as_json:
        print_json(as_data(one, []))
    else:
        click.echo(f"{one.id[:8]}: a draft. A reviewer reviews and releases it in `wetread attend`.")


@click.command("take-back")
@click.argument("version")
@click.option("--who", required=True, help="Who takes it back.")
@click.option("--role", type=click.Choice(ROLES), default="operator", show_default=True, help="In which role.")
@click.option("--why", default="", help="Why.")
@home_option
@db_option
@json_option
def take_back(version: str, who: str, role: str, why: str, home: Path, db: str | None, as_json: bool) -> None:
    """Withdraw VERSION, which was not released. Whoever got it as preliminary is told.

    \b
    wetread reports take-back 3f9a --who dr-blanco --role reviewer --why "other study"
    """
    one = asyncio.run(_take_back(home, db, version, who, role, why))
    if as_json:
        print_json(as_data(one, []))
    else:
        click.echo(f"{one.id[:8]}: taken back.")


async def _draft(home: Path, db: str | None, project: Path | None, item: str, who: str) -> ReportVersion:
    from robot_library.delivery.gathered import gathered
    from robot_library.parsing.library import Library
    from robot_library.safeguards.sealed import SealedJson

    key = open_key(home)
    async with make_desk(home, key, url=db) as desk:
        content = await gathered(desk, SealedJson(key), item, Library.find(project))
        return await desk.releases.draft(item, content, who, "operator")


async def _take_back(home: Path, db: str | None, letters: str, who: str, role: str, why: str) -> ReportVersion:
    async with open_desk(home, url=db) as desk:
        return await desk.releases.take_back(await desk.releases.find(letters), who, role, why)
