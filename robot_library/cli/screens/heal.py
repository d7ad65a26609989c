"""`wetread screens heal`: reading targets that were found by a fall-back, and the change to their map."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import db_option, home_option, open_desk, project_option

if TYPE_CHECKING:
    from robot_library.authoring.healing import Proposal
    from robot_library.engine.records.figures import Drifted
    from robot_library.parsing.library import Library


@click.command()
@click.option("--review", is_flag=True, help="Ask about each, and write what a person agrees to.")
@project_option
@home_option
@db_option
@json_option
def heal(review: bool, project: Path | None, home: Path, db: str | None, as_json: bool) -> int:
    """Reading targets that runs have found by a fall-back, with the change to their map: the way that finds them first.

    With --review each is shown, and written after a yes; comments and order of the file stay. What is typed into or
    pressed is never healed. A changed map is looked at again: `wetread screens verify`.

    \b
    wetread screens heal
    wetread screens heal --review
    """
    from robot_library.parsing.library import Library

    if review and as_json:
        raise click.UsageError("--review asks a person; --json only lists.")
    library = Library.find(project)
    found = [(one, _proposal(library, one)) for one in asyncio.run(_drifts(home, db))]
    if as_json:
        print_json([_data(one, proposal) for one, proposal in found])
        return 0
    if not found:
        click.echo("Every target was found by its first locator.")
    for one, proposal in found:
        _tell(one, proposal)
        if review and not proposal.why_not and click.confirm("   Write it?", default=False):
            _write(proposal)
            asyncio.run(_mended(home, db, one))
            click.echo(f"   Written to {proposal.path}.")
    return 0


def _proposal(library: Library, one: Drifted) -> Proposal:
    from robot_library.authoring.healing import Proposal, number_of, proposed
    from robot_library.errors import AuthoringError

    role, _, rest = one.target.partition(".")
    screen, _, name = rest.partition(".")
    used = number_of(one.line)
    try:
        app = library.bot(one.bot).apps[role]
        path, there = library.path("screen", app.map), library.screen_map(app.map).screens.get(screen)
    except (AuthoringError, KeyError):
        return Proposal(Path(), screen, name, used, one.count, why_not="its bot or its map cannot be read")
    if len(library.folders) < 2 or not path.is_relative_to(library.folders[0]):
        why = "its map came with wetread: copy it into workflows/screens of your project first"
        return Proposal(path, screen, name, used, one.count, why_not=why)
    return proposed(path, screen, name, there.targets.get(name) if there else None, used, one.count)


def _tell(one: Drifted, proposal: Proposal) -> None:
    times = "once" if one.count == 1 else f"{one.count} times"
    click.echo(f"{one.bot}: {one.target} was found by way {proposal.used}, {times}")
    if proposal.why_not:
        click.echo(f"   Not proposed: {proposal.why_not}.")
        return
    for number, way in enumerate(proposal.ways, start=1):
        click.echo(f"   {number}  {way}{'   <- first' if number == proposal.used else ''}")


def _write(proposal: Proposal) -> None:
    from robot_library.authoring.healing import healed

    with proposal.path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    after = healed(text, proposal)
    with proposal.path.open("w", encoding="utf-8", newline="") as file:
        file.write(after)


async def _drifts(home: Path, db: str | None) -> list[Drifted]:
    async with open_desk(home, url=db) as desk:
        return await desk.board.figures.drift()


async def _mended(home: Path, db: str | None, one: Drifted) -> None:
    from robot_library.engine.records.counts import Counts

    async with open_desk(home, url=db) as desk:
        await Counts(desk.store).mended(one.bot, one.target)


def _data(one: Drifted, proposal: Proposal) -> dict[str, Any]:
    return {
        "bot": one.bot, "target": one.target, "count": one.count, "file": str(proposal.path), "way": proposal.used,
        "ways": list(proposal.ways), "not_proposed": proposal.why_not,
    }  # fmt: skip
