"""`wetread queue add`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import db_option, home_option, make_desk, open_key, project_option

if TYPE_CHECKING:
    from robot_library.parsing.library import Library
    from robot_library.safeguards.keys import SiteKey
    from robot_library.unattended.intake import Intake
    from robot_library.unattended.worklist import Row


@click.command()
@click.argument("bot")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="An input of the workflow (again: several).")
@click.option("--from", "file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A CSV file.")
@click.option("--key", help="The input or column that tells items apart. Without it, the workflow's own.")
@click.option("--separator", default=",", show_default=True, help="Of the CSV's columns; `tab` for tabs.")
@click.option("--priority", default="routine", show_default=True, help="stat, routine, or 1 (first) to 99.")
@click.option("--due", default="", help="When it should have ended: 2026-03-28T18:00+01:00, or `4 h` from now.")
@home_option
@project_option
@db_option
@json_option
def add(
    bot: str, given: tuple[str, ...], file: Path | None, key: str | None, separator: str, priority: str, due: str,
    home: Path, project: Path | None, db: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Put items into BOT's queue. What is known by its key already is not taken again.

    A CSV's columns are the workflow's inputs; `priority` and `due` may stand beside them. If one row does not fit, none
    is taken.

    \b
    wetread queue add chest-xray-preread --set order=REQ0001 --priority stat --due "2 h"
    wetread queue add chest-xray-preread --from orders.csv --json
    """
    from robot_library.parsing.library import Library
    from robot_library.unattended.intake import NotAnItem

    if bool(given) == bool(file):
        raise click.UsageError("Give one item with --set, or many with --from.")
    library, site_key = Library.find(project, to_run=True), open_key(home, create=True)
    library.path("bot", bot)
    try:
        said = asyncio.run(_add(library, bot, given, file, key, separator, (priority, due), home, site_key, db))
    except NotAnItem as failure:
        raise click.UsageError(f"Nothing was taken: {failure.message}") from None
    if as_json:
        print_json(said)
    else:
        known = f" {said['known']} were known already." if said["known"] else ""
        click.echo(f"{len(said['items'])} taken.{known}")


async def _add(
    library: Library, bot: str, given: Sequence[str], file: Path | None, key: str | None, separator: str,
    when: tuple[str, str], home: Path, site_key: SiteKey, db: str | None,
) -> dict[str, Any]:  # fmt: skip
    from robot_library.engine.desk import New
    from robot_library.safeguards.blobs import FileBlobs
    from robot_library.safeguards.sealed import SealedJson
    from robot_library.unattended.intake import Intake

    spec = library.bot(bot)
    workflow = library.workflow(spec.workflow)
    async with make_desk(home, site_key, url=db) as desk:
        intake = Intake(desk, spec, workflow, home, FileBlobs(home / "blobs", site_key), SealedJson(site_key))
        known_by = key or (workflow.collect.key if workflow.collect else None)
        rows = _one(given, known_by, when, intake) if file is None else _many(file, known_by, separator, when, intake)
        taken = await desk.add_all(bot, [New(row.inputs, row.key, row.priority, row.due) for row in rows])
    items = [item for item in taken if item is not None]
    return {"bot": bot, "items": items, "known": len(taken) - len(items)}


def _one(given: Sequence[str], key: str | None, when: tuple[str, str], intake: Intake) -> list[Row]:
    from robot_library.unattended.intake import NotAnItem, priority_of
    from robot_library.unattended.worklist import Row, due_at

    pairs = [text.partition("=") for text in given]
    inputs = {name.strip(): value.strip() for name, _, value in pairs}
    if any(not equals for _, equals, _ in pairs) or len(inputs) != len(pairs):
        raise NotAnItem("write each input once, as NAME=VALUE.")
    intake.check(inputs)
    ident = inputs.get(_key_of(key, list(inputs)), "")
    if not ident:
        raise NotAnItem("the input that tells items apart is empty, or not given; say which it is with --key.")
    return [Row(ident, priority_of(when[0]), due_at(when[1]), inputs)]


def _many(file: Path, key: str | None, separator: str, when: tuple[str, str], intake: Intake) -> list[Row]:
    from dataclasses import replace

    from robot_library.unattended.intake import ROUTINE, priority_of
    from robot_library.unattended.worklist import due_at, read_worklist

    known_by = _key_of(key, list(intake.inputs))
    rows = read_worklist(file.read_bytes(), known_by, intake, "\t" if separator == "tab" else separator)
    priority, due = priority_of(when[0]), due_at(when[1])
    return [
        replace(row, priority=priority if row.priority == ROUTINE else row.priority, due=row.due or due) for row in rows
    ]


def _key_of(key: str | None, inputs: list[str]) -> str:
    """What tells items apart: as said, or the only input there is."""
    from robot_library.unattended.intake import NotAnItem

    if key is None and len(inputs) != 1:
        raise NotAnItem("say with --key which input tells items apart.")
    return key or inputs[0]
