"""`wetread shadow`: how far a bot's shadow agrees with what people have signed."""

from __future__ import annotations

import asyncio
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import db_option, home_option, make_engine, open_key, project_option

if TYPE_CHECKING:
    from robot_library.engine.comparing import Comparison


@click.group()
def shadow() -> None:
    """What a bot at stage `shadow` would have reported, beside what people have signed.

    \b
    wetread bots stage chest-xray-preread shadow --why "first two weeks"
    wetread shadow compare chest-xray-preread
    """


@shadow.command()
@click.argument("bot")
@click.option("--report", type=click.Path(path_type=Path), help="Write a page of it to this HTML file.")
@click.option("--headed", is_flag=True, help="Show the browser.")
@project_option
@home_option
@db_option
@json_option
def compare(
    bot: str, report: Path | None, headed: bool, project: Path | None, home: Path, db: str | None, as_json: bool
) -> None:
    """Read what is signed by now for every order that BOT's shadow has seen, and compare. Changes nothing.

    What has been compared once is kept; orders that are not signed yet are looked at again next time.

    \b
    wetread shadow compare chest-xray-preread
    wetread shadow compare chest-xray-preread --report agreement.html
    """
    found = asyncio.run(_compare(bot, headed, project, home, db, as_json))
    if report is not None:
        from robot_library.reports.agreement import agreement_page

        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(agreement_page(asdict(found)), encoding="utf-8")
    if as_json:
        print_json({**asdict(found), "report": str(report) if report else None})
    else:
        _show(found)


async def _compare(bot: str, headed: bool, project: Path | None, home: Path, db: str | None, quiet: bool) -> Comparison:
    from robot_library.bot import assemble, pictures
    from robot_library.drivers.by_kind import drivers
    from robot_library.engine.comparing import compare_bot
    from robot_library.parsing.library import Library

    library, key = Library.find(project), open_key(home)
    driver = drivers(pictures(library), headed=headed or None)
    assembly = assemble(bot, library, home, key, driver=driver)
    engine = make_engine(home, key, url=db, executor=f"compare-{os.getpid()}", site=library.site())
    engine.add_bot(assembly)

    def told(number: int, every: int) -> None:
        if not quiet:
            click.echo(f"\r{number} of {every} orders", nl=number == every, err=True)

    await engine.open()
    try:
        await engine.line.start()
        return await compare_bot(engine, bot, told)
    finally:
        await engine.line.stop()
        await engine.roster.pool(assembly).close()
        await driver.close()
        engine.store.close()


def _show(found: Comparison) -> None:
    from robot_library.reports.agreement import share

    click.echo(
        f"{found.bot}: {found.seen} items seen by its shadow, which would have typed {found.would_type}; "
        f"{found.signed} of these are signed and compared, {found.unsigned} not signed yet."
    )
    rows: list[tuple[Any, ...]] = [
        (one.name, str(one.compared), share(asdict(one)), str(one.both), str(one.neither), str(one.only_ours),
         str(one.only_theirs), " ".join(item[:10] for item in one.missed[:5]))
        for one in found.findings
    ]  # fmt: skip
    if rows:
        columns = ("finding", "compared", "agrees", "both", "neither", "only the bot", "only the person", "missed in")
        print_table(columns, rows)
    for title, counts in (("would have stopped", found.stops), ("signed record not read", found.unread)):
        if counts:
            print_table((title, "items"), [(code, str(count)) for code, count in sorted(counts.items())])
    if found.seconds is not None:
        median, mean, longest = found.seconds
        click.echo(f"Time per item: median {median:.1f} s, mean {mean:.1f} s, longest {longest:.1f} s.")
