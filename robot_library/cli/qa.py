"""`wetread qa`: what was measured on the day's films, as a report; and films measured from files."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import home_option, open_key, project_option
from robot_library.errors import SetupError, WetreadError

if TYPE_CHECKING:
    from robot_library.reports.qa.history import History
    from robot_library.safeguards.blobs import FileBlobs

SKILL = "image-quality"


@click.group()
def qa() -> None:
    """Image quality: a report of the day with each device's trend, and films measured from files.

    \b
    wetread qa measure films/            remember what is measured on a folder of DICOM files
    wetread qa report --out today.html   flagged films, devices, control charts
    wetread qa report --json             the same in numbers
    """


@qa.command()
@click.option("--day", help="YYYY-MM-DD. Default: the last day on which a film was taken.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("qa-report.html"), show_default=True,
              help="The page to write.")  # fmt: skip
@click.option("--baseline", type=click.IntRange(min=6), default=20, show_default=True,
              help="A device's first films that set its control limits.")  # fmt: skip
@click.option("--pdf", is_flag=True, help="Print it, too: a PDF beside the HTML, by this machine's browser.")
@home_option
@json_option
def report(day: str | None, out: Path, baseline: int, pdf: bool, home: Path, as_json: bool) -> None:
    """Write the report: flagged films with pictures and values, devices, control charts. Names no person; that the
    pictures were opened stands in the audit trail.

    \b
    wetread qa report --day 2026-03-02 --out monday.html --pdf
    """
    from robot_library.cli.site import make_trail
    from robot_library.model.audit import Happened
    from robot_library.reports.qa.page import charts, drifting, qa_page

    history, blobs = _history(home)
    entries = history.entries(day or "9999-12-31")
    if not entries:
        raise SetupError(f"nothing was measured up to {day}.", cure="Give another --day.")
    day = day or entries[-1].day
    make_trail(home, open_key(home)).record(Happened("evidence", f"image quality report of {day}"))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(qa_page(entries, day, baseline, blobs.get), encoding="utf-8")
    if pdf:
        from robot_library.drivers.browser.paper import print_pdf

        asyncio.run(print_pdf(out, out.with_suffix(".pdf")))
    today = [entry for entry in entries if entry.day == day]
    drifts = {
        station: [measure for measure, found in made.items() if drifting(found)]
        for station, made in charts(entries, baseline).items()
    }
    counts = {word: sum(entry.decision == word for entry in today)
              for word in ("positive", "uncertain", "negative", "abstained")}  # fmt: skip
    if as_json:
        print_json({"day": day, "films": len(today), **counts, "drifts": drifts, "report": str(out)})
        return
    click.echo(f"{day}: {len(today)} films, {counts['positive']} to repeat, {counts['uncertain']} to look at.")
    for station, measures in drifts.items():
        if measures:
            click.echo(f"{station} drifts: {', '.join(measures)}")
    click.echo(f"Report: {out.resolve().as_uri()}")


@qa.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--skill", default=SKILL, show_default=True, help="What measures: a skill of quality.")
@project_option
@home_option
@json_option
def measure(paths: tuple[Path, ...], skill: str, project: Path | None, home: Path, as_json: bool) -> int:
    """Measure films from DICOM files, folders or zips and remember the values: a baseline for the trends.

    A film that is there already is not counted again. Exit code 1 if a file could not be read.

    \b
    wetread qa measure films/ more.zip
    """
    from robot_library.bot import skill_host
    from robot_library.imaging.headers import read_image
    from robot_library.imaging.sources.files import read_path
    from robot_library.parsing.library import Library

    history, blobs = _history(home, create=True)
    host = skill_host(Library.find(project), blobs)
    counts = {"measured": 0, "known already": 0, "unreadable": 0}
    for path in paths:
        for one in read_path(path, blobs):
            try:
                image = read_image(blobs.get(one.blob), one.blob, "file")
                new = history.record(image, asyncio.run(host.run(skill, image)))
                counts["measured" if new else "known already"] += 1
            except WetreadError as failure:
                counts["unreadable"] += 1
                click.echo(f"{one.name}: {failure.message}", err=True)
    if as_json:
        print_json(counts)
    else:
        click.echo(", ".join(f"{count} {what}" for what, count in counts.items()))
    return 1 if counts["unreadable"] else 0


def _history(home: Path, *, create: bool = False) -> tuple[History, FileBlobs]:
    from robot_library.bot import keyed_hash
    from robot_library.reports.qa.history import History
    from robot_library.safeguards.blobs import FileBlobs

    key = open_key(home, create=create)
    blobs = FileBlobs(home / "blobs", key)
    return History(home, keyed_hash(key, "quality"), blobs), blobs
