"""`wetread runs diff`: two runs side by side."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import db_option, home_option, make_trail, open_desk, open_key
from robot_library.errors import UnknownName

if TYPE_CHECKING:
    from robot_library.interfaces import BlobStore
    from robot_library.model.run import RunRecord
    from robot_library.reports.run_diff import Pair


@click.command()
@click.argument("first")
@click.argument("second")
@click.option("--all", "everything", is_flag=True, help="Show the steps that do not differ, too.")
@click.option("--screens", is_flag=True, help="Hold side by side what the screens showed, too: their parts, covered.")
@click.option("--report", type=click.Path(path_type=Path), help="Write both runs side by side to this HTML file.")
@home_option
@db_option
@json_option
def diff(
    first: str, second: str, everything: bool, screens: bool, report: Path | None, home: Path, db: str | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Two runs step by step: outcome, locator used, what was proven, time, where they differ. Values are masked.

    With --screens or --report also what the screens showed, part by part; that opens what was kept, which is written
    into the audit trail.

    FIRST and SECOND are items; their first letters are enough. Exit code 1: they differ otherwise than in time.

    \b
    wetread runs diff 3f9a b07c
    wetread runs diff 3f9a b07c --all --json
    wetread runs diff 3f9a b07c --screens
    wetread runs diff 3f9a b07c --report diff.html
    """
    from robot_library.cli.report_page import write_diff
    from robot_library.reports.run_diff import in_the_whole, side_by_side

    one, other = asyncio.run(_both(home, db, first, second))
    blobs = _opened(home, [one, other]) if screens or report is not None else None
    whole, pairs = in_the_whole(one, other), side_by_side(one, other, blobs.get if blobs is not None else None)
    shown = [pair for pair in pairs if everything or pair.differs]
    if as_json:
        print_json({"first": one.item, "second": other.item, "differs": whole, "steps": list(map(_data, shown))})
    else:
        for line in whole:
            click.echo(line)
        rows = [(pair.step.path, pair.step.action, _ratio(pair), "; ".join(pair.differs)) for pair in shown]
        print_table(("step", "action", "time", "first / second"), rows, title=f"{one.item[:10]} / {other.item[:10]}")
        for pair in shown if screens else []:
            _show(pair)
        alike = len(pairs) - sum(bool(pair.differs) for pair in pairs)
        click.echo(f"{len(pairs)} steps, {alike} alike.")
    if report is not None and blobs is not None:
        write_diff(report, (one, other), whole, pairs, blobs)
        click.echo(f"Report: {report.resolve().as_uri()}", err=True)
    return 1 if whole or any(not line.startswith("took ") for pair in pairs for line in pair.differs) else 0


async def _both(home: Path, db: str | None, first: str, second: str) -> tuple[RunRecord, RunRecord]:
    async with open_desk(home, url=db) as desk:
        found = []
        for letters in (first, second):
            page = await desk.board.page(begins=letters, limit=1)
            if page.total != 1:
                what = "no item begins" if not page.total else f"{page.total} items begin"
                raise UnknownName(f"{what} with {letters[:24]!r}.", cure="`wetread runs` lists them.")
            found.append(await desk.board.run(page.items[0].id))
    return found[0], found[1]


def _opened(home: Path, runs: list[RunRecord]) -> BlobStore:
    """What was kept of these runs; that it is opened is told to the audit trail."""
    from robot_library.cli.report_page import opened
    from robot_library.safeguards.blobs import FileBlobs

    key = open_key(home)
    make_trail(home, key).record_all(opened(runs))
    return FileBlobs(home / "blobs", key)


def _show(pair: Pair) -> None:
    for one in pair.screens:
        click.echo(f"{pair.step.path} {pair.step.action}: {one.title}")
        for line in one.lines:
            click.secho(f"    {line}", fg={"-": "red", "+": "green"}.get(line[0]))


def _ratio(pair: Pair) -> str:
    return f"x {pair.ratio:.1f}" if pair.ratio is not None else ""


def _data(pair: Pair) -> dict[str, Any]:
    seconds = [step.seconds if step is not None else None for step in (pair.first, pair.second)]
    outcome = [step.outcome if step is not None else None for step in (pair.first, pair.second)]
    return {
        "path": pair.step.path, "action": pair.step.action, "place": pair.step.place, "seconds": seconds,
        "outcome": outcome, "differs": list(pair.differs),
        "screens": [{"title": one.title, "differ": one.count, "lines": list(one.lines)} for one in pair.screens],
    }  # fmt: skip
