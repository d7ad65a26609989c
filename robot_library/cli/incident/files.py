"""`wetread incident bundle`, `verify`, `open`: the file for whoever must look at it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from robot_library.cli.impact import moment
from robot_library.cli.line import who_option
from robot_library.cli.output import json_option, print_json
from robot_library.cli.proving import password_option, proven
from robot_library.cli.site import db_option, home_option, open_desk, open_key

if TYPE_CHECKING:
    from robot_library.incidents.bundle import With
    from robot_library.incidents.check import Checked
    from robot_library.safeguards.audit.verify import Keys

F = TypeVar("F", bound=Callable[..., Any])
MAY_SEE = ("clerk", "reviewer")
"""Roles that see what names patients."""


def bundle_options(command: F) -> F:
    """How a bundle is made, the same wherever one is."""
    for option in (
        click.option("--since", help="Look at what else the versions wrote from this day on; without it, 30 days."),
        password_option,
        click.option("--as", "person", help="Your name in `wetread people`; for --clear."),
        click.option("--clear", is_flag=True, help="Evidence, the item's data and notes in clear. For clerks and "
                     "reviewers, who prove who they are; stands in the audit trail."),
        click.option("--evidence/--no-evidence", default=True, show_default=True, help="Pictures and texts, encrypted "
                     "as they are kept."),
    ):  # fmt: skip
        command = option(command)
    return command


def may_have_clear(home: Path, person: str | None, from_stdin: bool) -> str:
    """Who wants patients in clear, proven."""
    if person is None:
        raise click.UsageError("--clear needs --as NAME: whoever sees patients says who they are.")
    return proven(home, person, MAY_SEE, from_stdin)


@click.command()
@click.argument("letters", metavar="INCIDENT")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The ZIP file.")
@bundle_options
@who_option
@home_option
@db_option
@json_option
def bundle(
    letters: str, out: Path, evidence: bool, clear: bool, person: str | None, password_stdin: bool,
    since: str | None, who: str, home: Path, db: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Make the bundle of INCIDENT: run, evidence, versions, the audit trail's part with its proof, what else was
    written by these versions.

    Without --clear nothing in it names a patient in clear; who worked here does.

    \b
    wetread incident bundle 5b11 --out incident.zip
    wetread incident bundle 5b11 --out incident.zip --clear --as dr.chen
    """
    who = may_have_clear(home, person, password_stdin) if clear else who
    made(home, db, letters, out, evidence, clear, who, since)
    if as_json:
        print_json({"bundle": str(out), "clear": clear})
    else:
        click.echo(f"{out}: {out.stat().st_size:,} bytes. Check it: wetread incident verify {out}")


def made(
    home: Path, db: str | None, letters: str, out: Path, evidence: bool, clear: bool, who: str, since: str | None
) -> None:
    """Make a bundle, after the audit trail has been told."""
    from robot_library.incidents import making

    how: With = "clear" if clear else "sealed" if evidence else "none"

    async def work() -> None:
        async with open_desk(home, url=db) as desk:
            one = await desk.incidents.get(letters)
            begun = None if since is None else moment(since)
            site = making.Place(home, open_key(home))
            await making.make(desk, site, one, out, who, how, since=begun, told=_progress)

    asyncio.run(work())


def _progress(what: str, done: int, of: int) -> None:
    if done % 500 == 0:
        click.echo(f"{what}: {done} of {of} items looked at", err=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--key", "public", multiple=True, help="A public key that `wetread audit key` printed, elsewhere.")
@home_option
@json_option
def verify(file: Path, public: tuple[str, ...], home: Path, as_json: bool) -> int:
    """Is the bundle FILE as it was made, by this site or the one whose key is given? Exit code 1 if not.

    \b
    wetread incident verify incident.zip
    wetread incident verify incident.zip --key 9f2c…
    """
    found = _checked(file, home, public)
    if as_json:
        print_json({**vars(found), "intact": found.intact})
        return 0 if found.intact else 1
    for problem in found.problems:
        click.echo(f"  {problem}", err=True)
    whose = "by a key that is known" if found.known else f"by key {found.key}, which nobody here knows"
    click.echo(
        f"Incident {found.incident[:8]}, made {found.made}, signed {whose}: {found.files} files, {found.lines} lines "
        f"of the audit trail about it. {'Intact.' if found.intact else 'NOT PROVEN.'}"
    )
    return 0 if found.intact else 1


@click.command("open")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), required=True, help="An empty folder.")
@click.option("--as", "person", required=True, help="Your name in `wetread people`.")
@password_option
@home_option
@json_option
def open_it(file: Path, to: Path, person: str, password_stdin: bool, home: Path, as_json: bool) -> None:
    """Decrypt the evidence of the bundle FILE, of this site only: for clerks and reviewers. Stands in the audit trail.

    \b
    wetread incident open incident.zip --to looked-at --as dr.chen
    """
    from robot_library.cli.site import make_trail
    from robot_library.errors import IncidentRefused
    from robot_library.incidents.check import sealed_evidence
    from robot_library.model.audit import Happened
    from robot_library.safeguards.blobs import FileBlobs

    who = proven(home, person, MAY_SEE, password_stdin)
    found = _checked(file, home, ())
    if not found.intact:
        raise IncidentRefused(f"{file.name} is not as this site made it.", cure=f"wetread incident verify {file}")
    key = open_key(home)
    make_trail(home, key).record(Happened("evidence", "incident bundle", item=found.item, person=who))
    to.mkdir(parents=True, exist_ok=True)
    blobs, count = FileBlobs(home / "blobs", key), 0
    for ref, raw in sealed_evidence(file):
        handle = os.open(to / ref[:16], os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(blobs.unsealed(ref, raw))
        count += 1
    if as_json:
        print_json({"opened": count, "folder": str(to)})
    else:
        click.echo(f"{count} pieces of evidence in clear in {to}. Delete them when you have looked.")


def _checked(file: Path, home: Path, public: tuple[str, ...]) -> Checked:
    from robot_library.incidents.check import check_bundle

    return check_bundle(file, _keys(home, public))


def _keys(home: Path, public: tuple[str, ...]) -> Keys | None:
    from robot_library.cli.audit.places import keys_of
    from robot_library.errors import SetupError

    try:
        return keys_of(home, public)
    except SetupError:
        if public:
            raise
        return None
