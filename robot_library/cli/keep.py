"""`wetread keep`: delete what is older than site.yaml's `keep` says."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import db_option, home_option, open_key, project_option, reading

if TYPE_CHECKING:
    from robot_library.model.keep import Keep
    from robot_library.unattended.keeping import Gone


@click.command()
@project_option
@home_option
@db_option
@click.option("--dry-run", is_flag=True, help="Only count what would be deleted.")
@json_option
def keep(project: Path | None, home: Path, db: str | None, dry_run: bool, as_json: bool) -> None:
    """Delete what is older than site.yaml's `keep` says. The office does this every night by itself.

    That an order was taken, how it ended, and what was pressed for it stays: it is not taken or pressed again.

    \b
    wetread keep --dry-run      what would go
    wetread keep                delete it
    """
    from robot_library.parsing.library import Library

    policy = Library.find(project).site().keep
    gone = asyncio.run(_keep(home, db, policy, not dry_run))
    if as_json:
        print_json({"dry_run": dry_run, **gone.as_data()})
        return
    rows = [
        ("runs", f"{policy.runs.days} d", str(gone.runs)),
        ("evidence", f"{policy.evidence.days} d", f"{gone.evidence} ({gone.evidence_bytes / 1e6:.1f} MB)"),
        ("slots fired", f"{max(policy.runs.days, 62)} d", str(gone.slots)),
        ("files", f"{policy.files.total_seconds() / 3600:g} h", str(gone.files)),
        ("alerts and checks", f"{policy.alerts.days} d", str(gone.alerts)),
        ("reports let out", f"{policy.reports.days} d", str(gone.reports)),
        ("keys that open nothing", "", str(gone.keys)),
        ("answers of skills", f"{policy.monitor.days} d", str(gone.answers)),
    ]
    print_table(("what", "kept for", "would go" if dry_run else "deleted"), rows)


async def _keep(home: Path, db: str | None, policy: Keep, really: bool) -> Gone:
    from robot_library.safeguards.blobs import FileBlobs
    from robot_library.unattended.keeping import Retention

    blobs = FileBlobs(home / "blobs", open_key(home))
    async with reading(home, db) as engine:
        return await Retention(home, engine.store, engine.sealer, blobs, policy).run(really=really)
