"""`wetread runs`: what happened, item by item."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.report_page import write_page
from robot_library.cli.site import db_option, home_option, open_key, reading


@click.command()
@click.argument("item", required=False)
@home_option
@db_option
@click.option("--bot", help="Only this bot's items.")
@click.option("--report", type=click.Path(path_type=Path), help="Write a report page of these runs to this HTML file.")
@json_option
def runs(
    item: str | None, home: Path, db: str | None, bot: str | None, report: Path | None, as_json: bool
) -> None:  # fmt: skip
    """List items and how they stand. With ITEM (its first letters are enough), every step of its run.

    \b
    wetread runs                         a line each
    wetread runs 3f9a                    the steps of one
    wetread runs --report runs.html      a page to read in a browser
    """
    views, records = asyncio.run(_load(home, db, bot, item))
    if report is not None:
        from robot_library.safeguards.blobs import FileBlobs

        write_page(report, "Runs", "", records, FileBlobs(home / "blobs", open_key(home)), {}, {"Home": home.name})
    if as_json:
        print_json([record.model_dump(mode="json") for record in records])
    elif item is None:
        rows = [(v.item.id[:10], v.item.bot, v.item.state, v.outcome or "", v.code, _ago(v.updated)) for v in views]
        print_table(("item", "bot", "state", "outcome", "code", "changed"), rows)
    else:
        for record in records:
            steps = [(s.path, s.action, s.outcome, f"{s.seconds:.2f} s", s.detail or s.error) for s in record.steps]
            print_table(("step", "action", "outcome", "took", "what"), steps, title=f"{record.item}: {record.outcome}")
            click.echo(record.reason)
    if report is not None:
        click.echo(f"Report: {report.resolve().as_uri()}", err=True)


async def _load(home: Path, db: str | None, bot: str | None, item: str | None) -> tuple[list[Any], list[Any]]:
    async with reading(home, db) as engine:
        views = [view for view in await engine.items(bot) if item is None or view.item.id.startswith(item)]
        if item is not None and len(views) != 1:
            raise click.UsageError(f"{len(views)} items begin with {item!r}; one is needed. `wetread runs` lists them.")
        return views, [await engine.run(view.item.id) for view in views]


def _ago(moment: float) -> str:
    seconds = max(0.0, time.time() - moment)
    for name, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {name} ago"
    return "just now"
