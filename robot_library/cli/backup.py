"""`wetread backup` and `wetread restore`: a home in one archive, and back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import db_option, home_option, make_trail, open_desk, open_key
from robot_library.errors import SetupError

if TYPE_CHECKING:
    from robot_library.safeguards.keys import SiteKey

SERVER = "The queue is on a PostgreSQL server and is not in this archive: back it up at the same time with pg_dump."
_SINCE = "What people have stopped, disabled or withdrawn since, approvals and accounts too, is as before: do it again."


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@home_option
@db_option
@click.option("--with-key", is_flag=True, help="Put the site key in: whoever has the archive can then read it all.")
@json_option
def backup(out: Path, home: Path, db: str | None, with_key: bool, as_json: bool) -> None:
    """Write everything a home holds to the archive OUT, while bots are at work.

    Sealed data stay sealed; the site key is not in it, and is needed to restore: keep it elsewhere.

    \b
    wetread backup /backups/wetread-monday.tar
    wetread backup everything.tar --with-key      guard this file like the key itself
    """
    from robot_library.unattended.backup import back_up

    key = open_key(home)
    _tell(home, key, with_key)
    server = db is not None and db.startswith("postgres")

    def progress(what: str) -> None:
        if not as_json:
            click.echo(f"  {what}", err=True)

    manifest = back_up(home, out, key, server=server, with_key=with_key, progress=progress)
    size = out.stat().st_size
    asyncio.run(_note(home, db, len(manifest.files), size))
    if as_json:
        told = {"out": str(out), "bytes": size, "files": len(manifest.files), "made": manifest.made}
        print_json({**told, "fingerprint": manifest.fingerprint, "database": manifest.database, "with_key": with_key})
        return
    click.echo(f"{out}: {len(manifest.files)} files, {size / 1e6:.1f} MB, under site key {manifest.fingerprint}.")
    if server:
        click.echo(SERVER)
    if not with_key:
        click.echo("The site key is not in it. Without the key nobody can read it: keep a copy of it elsewhere.")


@click.command()
@click.argument("archive", type=click.Path(path_type=Path))
@home_option
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="File with the site key of the backup.")
@click.option("--replace", is_flag=True, help="Move what the home holds now aside (nothing is deleted).")
@click.option(
    "--shredded", type=click.Path(path_type=Path), help="List of keys destroyed since: `wetread evidence shredded`."
)
@json_option
def restore(
    archive: Path, home: Path, key_file: Path | None, replace: bool, shredded: Path | None, as_json: bool
) -> None:
    """Put a home back as ARCHIVE holds it. Checked whole first; stop workers and office before.

    What bots saved after the backup was made is not in it. Nothing is typed twice for that: every order is looked at
    again, and what stands there already ends with a person. Everything is stopped until `wetread go-on --all`: what
    people have stopped or withdrawn since is not in it either.

    \b
    wetread restore /backups/wetread-monday.tar --key /safe/site.key
    wetread restore /backups/wetread-monday.tar --replace
    """
    from robot_library.unattended.restore import restore as put_back

    done = put_back(archive, home, key_file=key_file, replace=replace, shredded=shredded)
    manifest = done.manifest
    if manifest.database == "sqlite":
        asyncio.run(_note_restored(home, manifest))
    behind = _behind_its_head(home)
    if as_json:
        told: dict[str, Any] = {"home": str(home), "files": len(manifest.files), "made": manifest.made}
        told |= {"aside": str(done.aside) if done.aside else None, "trail_behind": behind}
        print_json({**told, "open_items": manifest.open_items, "database": manifest.database})
        return
    click.echo(f"{home}: {len(manifest.files)} files as of {manifest.made}, {manifest.open_items} items open then.")
    if done.aside:
        click.echo(f"What was there before lies in {done.aside}.")
    if manifest.database == "postgresql":
        click.echo("The queue itself is on the PostgreSQL server: restore it there from the pg_dump of the same time.")
    click.echo("Orders done since then are not known here: collected again, they end with a person, not typed twice.")
    click.echo(_SINCE)
    if manifest.database == "sqlite":
        click.echo("Everything is stopped until somebody has looked, and says `wetread go-on --all`.")
    if behind:
        click.echo(
            "The audit trail ends before the head that is kept elsewhere: bots type nothing until somebody has said "
            f'`wetread audit set-aside --why "backup of {manifest.made} put back"`.'
        )


def _behind_its_head(home: Path) -> bool:
    """Whether what was put back is older than the head of the audit trail, which no backup holds."""
    from robot_library.safeguards.audit.log import last_number
    from robot_library.safeguards.audit.signing import read_head
    from robot_library.safeguards.audit.trail import FOLDER, head_of

    try:
        head = read_head(head_of(home))
    except SetupError:
        return False  # what is wrong with it, `wetread audit verify` says
    return head is not None and head.n > last_number(home / FOLDER)


def _tell(home: Path, key: SiteKey, with_key: bool) -> None:
    """To the audit trail, and only before: a line that the copy lacks would put it behind a head that is kept
    elsewhere. What is sealed is copied whether it can be told or not: a home whose disk is full needs it most."""
    from robot_library.engine.database.trail import told_if_can_be
    from robot_library.model.audit import Happened

    trail = make_trail(home, key)
    if with_key:
        trail.record(Happened("export", "backup with the site key", "begun"))
    else:
        told_if_can_be(trail, Happened("export", "backup", "begun"))


async def _note(home: Path, db: str | None, files: int, size: int) -> None:
    from robot_library.engine.records.checks import Checks
    from robot_library.safeguards.sealed import SealedJson
    from robot_library.unattended.housekeeping import BACKUP, scope_of

    async with open_desk(home, url=db) as desk:
        counts = {"files": files, "bytes": size}
        await Checks(desk.store, SealedJson(open_key(home))).add(BACKUP, scope_of(home), counts, 0)


async def _note_restored(home: Path, manifest: Any) -> None:
    from robot_library.cli.people import user
    from robot_library.engine.database.trail import told_if_can_be
    from robot_library.engine.records.checks import Checks
    from robot_library.engine.shredding import Shredding
    from robot_library.model.audit import Happened
    from robot_library.safeguards.sealed import SealedJson
    from robot_library.unattended.keeping import gone

    async with open_desk(home) as desk:
        # What was stopped since would go on, as if nobody had pressed anything.
        await desk.switches.stop("all", user(), f"a backup of {manifest.made} was put back. {_SINCE}")
        told_if_can_be(desk.store.trail, Happened("decision", "restore home"))
        if (ring := open_key(home).ring) is not None:
            await Shredding(desk.store, SealedJson(open_key(home)), gone(ring)).sweep()
        counts = {"open_items": manifest.open_items}
        await Checks(desk.store, SealedJson(open_key(home))).add("restore", "home", counts, 0, {"made": manifest.made})
