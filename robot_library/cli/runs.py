"""`wetread runs`: what happened, item by item."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, json_text, print_json, print_table, say
from robot_library.cli.site import db_option, home_option, make_trail, open_desk, open_key
from robot_library.errors import UnknownName

if TYPE_CHECKING:
    from robot_library.engine.records.board import Listed, Page
    from robot_library.engine.records.figures import Spent
    from robot_library.model.run import RunRecord

_SHOWN = 50
_ALL = 10_000_000


class _OrDiff(click.Command):
    """`wetread runs diff A B` is a command of its own; no item begins with such letters."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        if args[:1] != ["diff"]:
            return super().make_context(info_name, args, parent, **extra)
        from robot_library.cli.runs_diff import diff

        return diff.make_context(f"{info_name} diff", args[1:], parent, **extra)


@click.command(cls=_OrDiff)
@click.argument("item", required=False)
@home_option
@click.option("--bot", help="Only this bot's items.")
@click.option("--limit", type=click.IntRange(1), help="So many, the newest. A list shows 50, JSON and report all.")
@click.option("--skip", type=click.IntRange(0), default=0, help="Pass over so many of the newest.")
@click.option("--times", is_flag=True, help="What each kind of step has taken, of all runs together.")
@click.option("--report", type=click.Path(path_type=Path), help="Write a report page of these runs to this HTML file.")
@db_option
@json_option
def runs(
    item: str | None, home: Path, bot: str | None, limit: int | None, skip: int, times: bool, report: Path | None,
    db: str | None, as_json: bool,
) -> None:  # fmt: skip
    """List items and how they stand. With ITEM (its first letters are enough), every step of its run.

    \b
    wetread runs                         a line each
    wetread runs 3f9a                    the steps of one
    wetread runs --report runs.html      a page to read in a browser
    wetread runs --times                 where the time goes, by kind of step
    wetread runs diff 3f9a b07c          two runs side by side; `wetread runs diff --help`
    """
    if times:
        if item is not None or report is not None:
            raise click.UsageError("--times is of all runs together: neither an item nor --report goes with it.")
        _times(asyncio.run(_spent(home, db, bot)), as_json)
        return
    found = asyncio.run(_found(home, db, bot, item, limit or (None if as_json or report else _SHOWN), skip))
    if item is not None and len(found.items) != 1:
        what = "no item begins" if not found.total else f"{found.total} items begin"
        raise UnknownName(f"{what} with {item[:24]!r}.", cure="`wetread runs` lists them.")
    if report is not None:
        _write(report, home, asyncio.run(_records(home, db, found.items)))
    if as_json:
        asyncio.run(_print(home, db, found.items))
    elif item is None:
        rows = [(v.id[:10], v.bot, v.state, v.outcome or "", v.code, _ago(v.updated)) for v in found.items]
        print_table(("item", "bot", "state", "outcome", "code", "changed"), rows)
        if found.total > len(rows):
            click.echo(f"{len(rows)} of {found.total}; --limit and --skip show the others.")
    else:
        for record in asyncio.run(_records(home, db, found.items)):
            steps = [(s.path, s.action, s.outcome, f"{s.seconds:.2f} s", s.detail or s.error) for s in record.steps]
            print_table(("step", "action", "outcome", "took", "what"), steps, title=f"{record.item}: {record.outcome}")
            say(record.reason)
    if report is not None:
        click.echo(f"Report: {report.resolve().as_uri()}", err=True)


async def _spent(home: Path, db: str | None, bot: str | None) -> list[Spent]:
    async with open_desk(home, url=db) as desk:
        return await desk.board.figures.spent(0.0, bot)


def _times(spent: list[Spent], as_json: bool) -> None:
    whole = sum(one.seconds for one in spent) or 1.0
    if as_json:
        print_json([{**vars(one), "share": one.seconds / whole} for one in spent])
        return
    rows = [
        (one.bot, one.action, str(one.count), f"{one.mean:.2f} s", f"{one.longest:.2f} s", f"{one.seconds / whole:.1%}")
        for one in spent
    ]
    print_table(("bot", "step", "times", "mean", "longest", "share"), rows)


async def _found(home: Path, db: str | None, bot: str | None, item: str | None, limit: int | None, skip: int) -> Page:
    """Items in the order they came. Nothing but their rows is read."""
    from robot_library.engine.records.board import Page

    async with open_desk(home, url=db) as desk:
        if item is not None:
            page = await desk.board.page(begins=item, bot=bot, limit=1)
            return page if page.total == 1 else Page([], page.total)
        page = await desk.board.page(bot=bot, order="newest", limit=limit or _ALL, offset=skip)
        return Page(page.items[::-1], page.total)


async def _records(home: Path, db: str | None, items: list[Listed]) -> list[RunRecord]:
    async with open_desk(home, url=db) as desk:
        return [await desk.board.run(one.id) for one in items]


async def _print(home: Path, db: str | None, items: list[Listed]) -> None:
    """One JSON array on one line, run by run: ten thousand are more than anybody's memory should hold."""
    async with open_desk(home, url=db) as desk:
        before = "["
        for one in items:
            record = await desk.board.run(one.id)
            click.echo(before + json_text(record.model_dump(mode="json")), nl=False)
            before = ", "
        click.echo("]" if items else "[]")


def _write(report: Path, home: Path, records: list[RunRecord]) -> None:
    from robot_library.cli.report_page import opened, write_page
    from robot_library.safeguards.blobs import FileBlobs

    key = open_key(home)
    make_trail(home, key).record_all(opened(records))
    write_page(report, "Runs", "", records, FileBlobs(home / "blobs", key), {}, {"Home": home.name})


def _ago(moment: float) -> str:
    seconds = max(0.0, time.time() - moment)
    for name, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {name} ago"
    return "just now"
