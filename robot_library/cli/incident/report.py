"""`wetread incident report`, `list`, `close`."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.incident.files import bundle_options, made, may_have_clear
from robot_library.cli.line import who_option
from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import db_option, home_option, open_desk
from robot_library.cli.times import shown, utc

if TYPE_CHECKING:
    from robot_library.engine.people.incidents import Incident


@click.command()
@click.argument("item")
@click.option("--why", required=True, help="What was wrong; kept encrypted, and written into the bundle. No patient "
              "data.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Make the bundle, too: this ZIP file.")
@bundle_options
@who_option
@home_option
@db_option
@json_option
def report(
    item: str, why: str, out: Path | None, evidence: bool, clear: bool, person: str | None, password_stdin: bool,
    since: str | None, who: str, home: Path, db: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Say that what became of ITEM was wrong: its first letters, or a run's id.

    Whoever is told of incidents is told (site.yaml, `alerts`, `on: incident`), until somebody closes it. Nothing is
    stopped: `wetread stop` is the kill switch.

    \b
    wetread incident 3f9a --why "left and right confused" --out incident.zip
    """
    if clear and out is None:
        raise click.UsageError("--clear is for a bundle: give --out FILE.")
    who = may_have_clear(home, person, password_stdin) if clear else who

    async def work() -> Incident:
        async with open_desk(home, url=db) as desk:
            found = await desk.board.find(item.partition(".")[0])
            return await desk.incidents.report(found, who, why)

    one = asyncio.run(work())
    if out is not None:
        made(home, db, one.id, out, evidence, clear, who, since)
    if as_json:
        print_json({**data(one), "bundle": None if out is None else str(out)})
        return
    click.echo(f"Incident {one.id[:8]}: {one.bot}, item {one.item[:10]}. Nothing was stopped.")
    click.echo(f'To stop it:    wetread stop --bot {one.bot} --why "incident {one.id[:8]}"')
    click.echo(f"Its bundle:    {out or f'wetread incident bundle {one.id[:8]} --out incident.zip'}")


@click.command("list")
@click.option("--closed", is_flag=True, help="Those that were closed, too.")
@home_option
@db_option
@json_option
def listed(closed: bool, home: Path, db: str | None, as_json: bool) -> None:
    """What was said to be wrong, the newest first.

    \b
    wetread incident list
    """

    async def work() -> list[Incident]:
        async with open_desk(home, url=db) as desk:
            return await desk.incidents.all(closed=closed)

    found = asyncio.run(work())
    if as_json:
        print_json([data(one) for one in found])
        return
    rows = [(one.id[:8], shown(one.at), one.bot, one.item[:10], one.who, one.why, _state(one)) for one in found]
    print_table(("incident", "when", "bot", "item", "who", "why", "state"), rows)


@click.command()
@click.argument("letters", metavar="INCIDENT")
@click.option("--why", required=True, help="What was done about it. No patient data.")
@who_option
@home_option
@db_option
@json_option
def close(letters: str, why: str, who: str, home: Path, db: str | None, as_json: bool) -> None:
    """Somebody has looked at INCIDENT, and done what was to be done: nobody is told of it any more.

    \b
    wetread incident close 5b11 --why "map corrected, two records corrected"
    """

    async def work() -> Incident:
        async with open_desk(home, url=db) as desk:
            return await desk.incidents.close(letters, who, why)

    one = asyncio.run(work())
    if as_json:
        print_json(data(one))
    else:
        click.echo(f"Incident {one.id[:8]} is closed.")


def data(one: Incident) -> dict[str, Any]:
    """For programs."""
    closed = None if one.closed is None else utc(one.closed)
    return {**asdict(one), "at": utc(one.at), "closed": closed}


def _state(one: Incident) -> str:
    return "open" if one.closed is None else f"closed by {one.closed_by}: {one.closed_why}"
