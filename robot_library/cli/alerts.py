"""`wetread alerts`: what people were told, who took it up, and whether messages arrive."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json, print_table, say
from robot_library.cli.site import db_option, home_option, project_option, reading
from robot_library.cli.times import in_utc, shown

if TYPE_CHECKING:
    from robot_library.engine.records.alerts import Alert, Alerts


@click.group()
def alerts() -> None:
    """What people were told, who took it up, and whether messages arrive.

    \b
    wetread alerts list --json                 what is open
    wetread alerts ack 3f9a --who night-it     take one up: nobody else is told
    wetread alerts test night-it               is this person reached?
    """


@alerts.command("list")
@home_option
@db_option
@click.option("--all", "over", is_flag=True, help="Those that are over, too.")
@json_option
def listed(home: Path, db: str | None, over: bool, as_json: bool) -> None:
    """List alerts, the newest first.

    \b
    wetread alerts list
    wetread alerts list --all --json
    """
    found = asyncio.run(_all(home, db, over))
    if as_json:
        print_json([as_data(one) for one in found])
        return
    rows = [
        (one.id[:8], one.state, shown(one.raised), one.cause, one.text, one.by or _undelivered(one)) for one in found
    ]
    print_table(("alert", "state", "since", "cause", "what", "taken up by"), rows)


@alerts.command()
@click.argument("alert")
@click.option("--who", required=True, help="Who takes it up.")
@home_option
@db_option
@json_option
def ack(alert: str, who: str, home: Path, db: str | None, as_json: bool) -> int:
    """Take ALERT up (its first letters are enough): nobody else is told, until there is more of it.

    \b
    wetread alerts ack 3f9a --who night-it
    """
    one, taken = asyncio.run(_acknowledge(home, db, alert, who))
    if as_json:
        print_json({**as_data(one), "taken": taken})
    else:
        said = f"{who} has taken it up" if taken else f"it was {one.state} already"
        say(f"{one.id[:8]}: {said}. {one.text}")
    return 0 if taken else 1


@alerts.command()
@click.argument("people", nargs=-1)
@project_option
@home_option
@db_option
@json_option
def test(people: tuple[str, ...], project: Path | None, home: Path, db: str | None, as_json: bool) -> int:
    """Send PEOPLE of site.yaml a message that nothing is wrong; without any, everybody in `alerts.tell`.

    \b
    wetread alerts test
    wetread alerts test night-it --json
    """
    from robot_library.parsing.library import Library

    site = Library.find(project).site()
    names = people or site.alerts.tell
    if strangers := sorted(set(names) - set(site.people)):
        known = ", ".join(sorted(site.people)) or "nobody"
        raise click.UsageError(f"site.yaml names no {', '.join(strangers)} among its people. Named there: {known}.")
    if not names:
        raise click.UsageError("Name somebody: site.yaml has nobody in 'alerts.tell'.")
    results = asyncio.run(_test(home, db, site, names))
    if as_json:
        print_json(results)
    else:
        print_table(
            ("who", "reached", "why not"), [(r["who"], "yes" if r["sent"] else "no", r["code"]) for r in results]
        )
    return 0 if all(result["sent"] for result in results) else 1


def as_data(alert: Alert) -> dict[str, Any]:
    """An alert for programs."""
    names = ("id", "cause", "scope", "code", "item", "count", "text", "raised", "seen", "acknowledged", "by", "cleared")
    said = {name: getattr(alert, name) for name in names}
    return dict(in_utc({"state": alert.state, **said, "undelivered": alert.undelivered}))


async def _all(home: Path, db: str | None, over: bool) -> list[Alert]:
    async with reading(home, db) as engine:
        return await _alerts(engine).all(over=over)


async def _acknowledge(home: Path, db: str | None, letters: str, who: str) -> tuple[Alert, bool]:
    async with reading(home, db) as engine:
        found = await _alerts(engine).find(letters)
        return found, await _alerts(engine).acknowledge(found.id, who)


async def _test(home: Path, db: str | None, site: Any, names: tuple[str, ...]) -> list[dict[str, Any]]:
    from robot_library.safeguards.vault import Vault
    from robot_library.unattended.alerts.delivery import Delivery

    async with reading(home, db) as engine:
        alerts = _alerts(engine)
        ident = await alerts.test(names)
        await Delivery(alerts, site.alerts, site.people, Vault().credential).run()
        return [{"who": who, "sent": sent, "code": code} for who, sent, code in await alerts.told(ident)]


def _alerts(engine: Any) -> Alerts:
    from robot_library.engine.records.alerts import Alerts

    return Alerts(engine.store, engine.sealer)


def _undelivered(alert: Alert) -> str:
    return f"({alert.undelivered} not delivered yet)" if alert.undelivered else ""
