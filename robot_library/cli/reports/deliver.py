"""`wetread reports deliver` and `write`."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import db_option, home_option, make_desk, open_key, project_option

if TYPE_CHECKING:
    from robot_library.model.delivery import Format

FORMATS = ("pdf", "text", "fhir", "hl7", "sr", "narrative", "seg", "picture")


@click.command()
@click.option("--to", "target", default="", help="To this receiver only.")
@click.option("--again", metavar="VERSION", help="Try again what of this version a person had to look at.")
@project_option
@home_option
@db_option
@json_option
def deliver(target: str, again: str | None, project: Path | None, home: Path, db: str | None, as_json: bool) -> int:
    """Bring what is released to its receivers now, as the office of `wetread serve` does by itself.

    \b
    wetread reports deliver
    wetread reports deliver --to pacs --again 3f9a
    """
    done = asyncio.run(_deliver(home, db, project, target, again))
    if as_json:
        print_json(done)
    else:
        click.echo(f"{done['sent']} delivered, {done['later']} tried again later, {done['stopped']} wait for a person.")
    return 0 if not done["later"] + done["stopped"] else 1


@click.command()
@click.argument("version")
@click.option("--as", "formats", type=click.Choice(FORMATS), multiple=True, required=True, help="A format; several.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder.")
@home_option
@db_option
@json_option
def write(version: str, formats: tuple[str, ...], out: Path, home: Path, db: str | None, as_json: bool) -> None:
    """Write VERSION into a folder, in these formats: to hand it over, or to see what receivers get. Patient data leave
    the home; the audit trail is told.

    \b
    wetread reports write 3f9a --as pdf --as fhir --out handed-over
    """
    told = asyncio.run(_write(home, db, version, formats, out))
    if as_json:
        print_json(told)
    else:
        for name in told["files"]:
            click.echo(str(out / told["folder"] / name))


async def _deliver(home: Path, db: str | None, project: Path | None, target: str, again: str | None) -> dict[str, Any]:
    from robot_library.delivery.paper import paper
    from robot_library.delivery.postman import Postman
    from robot_library.delivery.routes import targets
    from robot_library.parsing.library import Library
    from robot_library.safeguards.blobs import FileBlobs
    from robot_library.safeguards.vault import Vault

    key, library = open_key(home), Library.find(project)
    async with make_desk(home, key, url=db) as desk:
        if again:
            one = await desk.releases.find(again)
            letters = [each for each in await desk.outbox.of(one.report) if each.version == one.id]
            chosen = [each for each in letters if target in ("", each.target)]
            await desk.outbox.again(chosen, time.time())
        postman = Postman(
            desk.releases, desk.outbox, desk.store.trail, FileBlobs(home / "blobs", key), targets(library),
            Vault().credential, paper, organisation=library.site().about,
        )  # fmt: skip
        return {**(await postman.run(target=target)).as_data()}


async def _write(home: Path, db: str | None, letters: str, formats: tuple[str, ...], out: Path) -> dict[str, Any]:
    from robot_library.delivery.folder import send
    from robot_library.delivery.paper import paper
    from robot_library.delivery.parcel import Parcel
    from robot_library.errors import ReleaseRefused
    from robot_library.model.audit import Happened
    from robot_library.model.delivery import FolderTarget
    from robot_library.safeguards.blobs import FileBlobs

    key = open_key(home)
    async with make_desk(home, key, url=db) as desk:
        one = await desk.releases.find(letters)
        if one.status not in ("reviewed", "released"):
            raise ReleaseRefused(f"this version is {one.status.replace('_', ' ')}: it is handed to nobody.")
        if await desk.retractions.of(one.report) is not None:
            raise ReleaseRefused("this report was taken back as entered in error: it is handed to nobody.")
        told = Happened("export", "write report", item=one.item, bot=one.bot)
        await asyncio.to_thread(desk.store.trail.record, told)
        out.mkdir(parents=True, exist_ok=True)
        parcel = Parcel(one, f"{one.id}.{one.step}", FileBlobs(home / "blobs", key), paper)
        return await send(FolderTarget(path=str(out), formats=cast("tuple[Format, ...]", formats)), parcel)
