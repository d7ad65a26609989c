"""`wetread impact`: every record that a version of a model, a map or a workflow wrote, as a worklist for correction."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import db_option, home_option, open_desk, open_key
from robot_library.cli.times import shown, utc

if TYPE_CHECKING:
    from robot_library.engine.records.impact import Impact, What


@click.command()
@click.option("--model", help="A skill: NAME, NAME@1.1.0, or NAME@ and the first digits of a file's SHA-256.")
@click.option("--map", "screens", help="A screen map: NAME, or NAME@ and the first digits of its SHA-256.")
@click.option("--workflow", help="A workflow: NAME, or NAME@ and the first digits of its SHA-256.")
@click.option("--since", required=True, help="From this day or moment on, as in 2026-11-01 or 2026-11-01T06:00+01:00.")
@click.option(
    "--orders", is_flag=True, help="Show what each item was about. Each one opened stands in the audit trail."
)
@home_option
@db_option
@json_option
def impact(
    model: str | None, screens: str | None, workflow: str | None, since: str, orders: bool, home: Path,
    db: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Every record that a version wrote, or may have written: a worklist for correction.

    `perhaps` was pressed, and nobody has proven what became of it: look there first. Exit code 1 if there is anything
    to look at, items of which it is not known what they were made of, or no version that held it. A day without a time
    begins at this machine's midnight.

    \b
    wetread impact --model chest-xray-pneumonia@1.1.0 --since 2026-11-01
    wetread impact --map demo-ehr --since 2026-11-20T06:00+01:00 --orders
    """
    asked: dict[What, str | None] = {"model": model, "map": screens, "workflow": workflow}
    given = [(what, value) for what, value in asked.items() if value is not None]
    if len(given) != 1:
        raise click.UsageError("Give one of --model, --map, --workflow.")
    found, about = asyncio.run(_found(home, db, *given[0], moment(since), orders))
    if as_json:
        rows = [{**asdict(one), "at": utc(one.at), "about": about.get(one.item)} for one in found.touched]
        counts = {"versions": found.versions, "looked_at": found.looked_at, "unknown": found.unknown}
        print_json({**counts, "since": utc(found.since), "items": rows})
    else:
        _show(found, about, given[0][1])
    return 1 if found.touched or found.unknown or not found.versions else 0


def _show(found: Impact, about: dict[str, Any], asked: str) -> None:
    if not found.versions:
        click.echo(f"No version of a bot that ran here held it. {_near(asked, found.names)}".rstrip(), err=True)
    rows = [
        (one.item[:10], one.bot, shown(one.at), one.written, one.outcome, one.code, *_words(about.get(one.item)))
        for one in found.touched
    ]
    print_table(("item", "bot", "when", "record", "outcome", "code", *(("about",) if about else ())), rows)
    click.echo(f"{len(rows)} of {found.looked_at} items since {shown(found.since)} wrote, or may have.")
    if found.unknown:
        click.echo(f"{found.unknown} items more: what they were made of is not known. Look at them too.", err=True)


def _near(asked: str, names: tuple[str, ...]) -> str:
    """A misspelt name would list nothing."""
    from robot_library.parsing.problems import did_you_mean

    name = asked.partition("@")[0]
    return did_you_mean(name, names) if name not in names else "Its name is known here; that version is not."


def _words(payload: dict[str, str] | None) -> tuple[str, ...]:
    return () if payload is None else (", ".join(f"{key} {value}" for key, value in payload.items()),)


async def _found(
    home: Path, db: str | None, what: What, value: str, since: float, orders: bool
) -> tuple[Impact, dict[str, Any]]:
    from robot_library.engine.records.impact import impact as look
    from robot_library.safeguards.sealed import SealedJson

    name, _, version = value.partition("@")
    async with open_desk(home, url=db) as desk:
        found = await look(desk.store, SealedJson(open_key(home)), what, name, version, since)
        about: dict[str, Any] = {}
        for one in found.touched if orders else ():
            _tell(desk.store.trail, one.item, one.bot)
            about[one.item] = dict((await desk.items.get(one.item)).item.payload)
        return found, about


def _tell(trail: Any, item: str, bot: str) -> None:
    from robot_library.model.audit import Happened

    trail.record(Happened("evidence", "impact", item=item, bot=bot))


def moment(text: str) -> float:
    """A day or a moment as --since takes it, in seconds since 1970."""
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except ValueError:
        raise click.BadParameter("write it as in 2026-11-01, or 2026-11-01T06:00+01:00", param_hint="--since") from None
