"""`wetread evidence`: what is kept of one patient, and the end of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.lazy import lazy
from robot_library.cli.line import who_option
from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import db_option, home_option, open_desk, open_key

if TYPE_CHECKING:
    from robot_library.unattended.shredding import Found

COMMANDS = {
    "shred": ("robot_library.cli.evidence:shred", "Destroy the keys of one patient's evidence, for good."),
    "shredded": ("robot_library.cli.evidence:shredded", "Names of destroyed keys: to be kept where backups are kept."),
}
NOT_REACHED = (
    "Not reached: the EHR and the PACS; reports and bundles that were sent or written elsewhere; the audit trail,\n"
    "which knows patients by keyed hashes only; backups, as long as somebody has their keys and the site key "
    "(docs/shredding.md)."
)


@click.group(cls=lazy(COMMANDS))
def evidence() -> None:
    """What is kept of one patient, and the end of it.

    \b
    wetread evidence shred --dry-run
    wetread evidence shred --patient 00123456
    wetread evidence shredded --out /safe/shredded
    """


@click.command()
@click.option("--patient", help="The patient's number. Asked for if neither this nor --item is given.")
@click.option("--item", "items", multiple=True, help="An item of whom nobody has read the number (first letters).")
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@who_option
@home_option
@db_option
@json_option
def shred(
    patient: str | None, items: tuple[str, ...], dry_run: bool, yes: bool, who: str, home: Path, db: str | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Destroy the keys of all that is kept of one patient, then delete it. Nobody can undo it.

    Items, journal, timeline, notes, reports and pictures go. That an order was taken, how it ended and what was pressed
    for it stays, as after `wetread keep`. Refused while something of the patient is under way. Exit code 1: nothing is
    kept of this patient.

    \b
    wetread evidence shred --dry-run                 asks for the number, counts
    wetread evidence shred --patient 00123456 --who "Dr. Chen"
    wetread evidence shred --item 3f9a --yes
    """
    if patient and items:
        raise click.UsageError("Give --patient or --item.")
    if not patient and not items:
        patient = str(click.prompt("The patient's number", err=True)).strip()
    found, count = asyncio.run(_shred(home, db, patient or "", items, dry_run, yes, who))
    if as_json:
        print_json({"dry_run": dry_run, **found.as_data(), "destroyed": count})
    else:
        click.echo(_told(found, dry_run, count))
        click.echo(NOT_REACHED)
    return 0 if found.keys or found.bare else 1


@click.command()
@home_option
@click.option("--out", type=click.Path(path_type=Path), help="Write them to this file; without it they are printed.")
@json_option
def shredded(home: Path, out: Path | None, as_json: bool) -> None:
    """The names of all destroyed keys, one a line: nothing of patients. Restoring an older backup on another
    machine needs the list, so that nobody who was shredded comes back.

    \b
    wetread evidence shredded --out /safe/shredded
    wetread restore /backups/monday.tar --shredded /safe/shredded
    """
    ring = open_key(home).ring
    names = sorted(ring.all_destroyed()) if ring is not None else []
    if out is not None:
        out.write_text("".join(f"{name}\n" for name in names), encoding="ascii", newline="\n")
    if as_json:
        print_json({"shredded": names})
    elif out is None:
        for name in names:
            click.echo(name)


async def _shred(
    home: Path, db: str | None, patient: str, letters: tuple[str, ...], dry_run: bool, yes: bool, who: str
) -> tuple[Found, int]:
    from robot_library.unattended.shredding import Shredder

    async with open_desk(home, url=db) as desk:
        shredder = Shredder(home, desk.store, open_key(home))
        items = [await desk.board.find(some) for some in letters]
        found = await shredder.find(patient, items)
        if dry_run or not (found.keys or found.bare):
            return found, 0
        if not yes:
            click.echo(_told(found, True, 0), err=True)
            click.confirm("Destroy it? Nobody can undo this", abort=True, err=True)
        return found, await shredder.run(found, who, patient)


def _told(found: Found, dry_run: bool, count: int) -> str:
    if not (found.keys or found.bare):
        return "Nothing is kept of this patient."
    said = found.as_data()
    lines = [
        f"{said['items']} items, {said['reports']} reports, {said['pictures']} pictures and objects, "
        f"{said['arrivals']} studies that are no item: "
        + ("would go." if dry_run else f"gone; {count} keys are destroyed.")
    ]
    if bare := said["under_the_site_key"]:
        lines.append(f"{bare} more lie under the site's own key (older, or put by a person): deleted, not shredded.")
    return "\n".join(lines)
