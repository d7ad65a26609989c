"""`wetread reports list` and `show`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from robot_library.cli.output import json_option, print_json, print_table, say
from robot_library.cli.site import db_option, home_option, open_desk
from robot_library.cli.times import shown

if TYPE_CHECKING:
    from robot_library.engine.people.outbox import Letter
    from robot_library.model.release import ReportVersion, Status


@click.command("list")
@click.option(
    "--status",
    type=click.Choice(["draft", "reviewed", "released", "taken_back", "entered_in_error"]),
    help="Only these.",
)
@click.option("--bot", default="", help="Only this bot's.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many.")
@home_option
@db_option
@json_option
def listed(status: str | None, bot: str, limit: int, home: Path, db: str | None, as_json: bool) -> None:
    """List versions of reports, the newest first. No patient's value is shown.

    \b
    wetread reports list
    wetread reports list --status released --json
    """
    found = asyncio.run(_list(home, db, status, bot, limit))
    if as_json:
        print_json([as_data(version, letters) for version, letters in found])
        return
    rows = [
        (one.id[:8], one.status.replace("_", " "), f"{one.number} {_relation(one)}".strip(), one.bot, one.item[:8],
         shown(one.changed), _where(letters))
        for one, letters in found
    ]  # fmt: skip
    print_table(("version", "status", "number", "bot", "item", "since", "deliveries"), rows)


@click.command()
@click.argument("version")
@click.option("--text", is_flag=True, help="What it says, too: patient data, and the audit trail is told.")
@home_option
@db_option
@json_option
def show(version: str, text: bool, home: Path, db: str | None, as_json: bool) -> None:
    """Show VERSION (its first letters are enough): who did what, and each delivery.

    \b
    wetread reports show 3f9a
    wetread reports show 3f9a --text
    """
    one, history, letters = asyncio.run(_show(home, db, version, text))
    if as_json:
        told = {"steps": [_step(each) for each in history], **({"text": one.content.text} if text else {})}
        print_json({**as_data(one, letters), **told})
        return
    click.echo(f"Version {one.number} of report {one.report[:12]}, {one.status.replace('_', ' ')} {_relation(one)}")
    for each in history:
        step = _step(each)
        say(f"  {step['at'][:16].replace('T', ' ')}  {step['status']:<11} {step['who']}")
    if letters:
        rows = [(_target(each), each.kind, each.status, _state(each), str(each.tries)) for each in letters]
        print_table(("to", "kind", "what", "state", "tries"), rows)
    if text:
        say(f"\n{one.content.text}")


async def _list(
    home: Path, db: str | None, status: str | None, bot: str, limit: int
) -> list[tuple[ReportVersion, list[Letter]]]:
    async with open_desk(home, url=db) as desk:
        found = await desk.releases.newest(status=cast("Status | None", status), bot=bot, limit=limit)
        of = {one.report: await desk.outbox.of(one.report) for one in found}
        return [(one, [each for each in of[one.report] if each.version == one.id]) for one in found]


async def _show(
    home: Path, db: str | None, letters: str, text: bool
) -> tuple[ReportVersion, list[ReportVersion], list[Letter]]:
    from robot_library.model.audit import Happened

    async with open_desk(home, url=db) as desk:
        one = await desk.releases.find(letters)
        if text:
            happened = Happened("evidence", "show report", item=one.item, bot=one.bot)
            await asyncio.to_thread(desk.store.trail.record, happened)
        sent = [each for each in await desk.outbox.of(one.report) if each.version == one.id]
        return one, await desk.releases.history(one.id), sent


def as_data(one: ReportVersion, letters: Sequence[Letter]) -> dict[str, Any]:
    """A version for programs; no patient's value."""
    return {
        "version": one.id, "report": one.report, "number": one.number, "relation": one.relation,
        "replaces": one.replaces, "status": one.status, "item": one.item, "bot": one.bot,
        "changed": one.changed.isoformat(), "reviewed_by": one.reviewed.who if one.reviewed else "",
        "released_by": one.released.who if one.released else "",
        "seen_to_by": one.cleared.who if one.cleared else "",
        "deliveries": [
            {"to": each.target, "kind": each.kind, "what": each.status, "state": each.state, "code": each.code,
             "tries": each.tries, "sent": each.sent} for each in letters
        ],
    }  # fmt: skip


def _step(one: ReportVersion) -> dict[str, str]:
    signed = {"reviewed": one.reviewed, "released": one.released, "entered_in_error": one.cleared}.get(one.status) or (
        one.made if one.step == 1 else None
    )
    who = f"{signed.who} ({signed.role})" if signed else ""
    return {"at": one.changed.isoformat(), "status": one.status.replace("_", " "), "who": who}


def _relation(one: ReportVersion) -> str:
    return "" if one.relation == "first" else f"({one.relation})"


def _where(letters: Sequence[Letter]) -> str:
    return ", ".join(f"{_target(each)}: {_state(each)}" for each in letters)


def _target(one: Letter) -> str:
    return one.target


def _state(one: Letter) -> str:
    match one.state:
        case "waiting":
            return f"waiting ({one.code})" if one.code else "waiting"
        case "stopped":
            return f"a person must look ({one.code})"
        case state:
            return state
