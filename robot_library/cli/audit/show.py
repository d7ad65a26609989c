"""`wetread audit list`: what happened."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.audit.places import trail_of
from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import home_option, open_key
from robot_library.cli.times import shown

if TYPE_CHECKING:
    from robot_library.safeguards.audit.record import Record


@click.command("list")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@home_option
@click.option("--bot", help="Only this bot.")
@click.option("--person", help="Only where this person stands behind it.")
@click.option("--item", help="Only this item; its first letters are enough.")
@click.option("--patient", help="Only this patient's number, as the bots' screens show it.")
@click.option("--kind", help="Only this kind, such as commit or review.")
@click.option("--since", help="Only from this day on, YYYY-MM-DD (UTC).")
@click.option("--last", type=click.IntRange(1), default=50, show_default=True, help="So many, the newest.")
@json_option
def show(
    path: Path | None, home: Path, bot: str | None, person: str | None, item: str | None, patient: str | None,
    kind: str | None, since: str | None, last: int, as_json: bool,
) -> None:  # fmt: skip
    """What happened, oldest first. Of a patient the trail holds only a keyed hash of the number.

    \b
    wetread audit list --last 20
    wetread audit list --patient 00123456 --kind commit
    wetread audit list --person miller --since 2026-11-01 --json
    """
    folder, _ = trail_of(path, home)
    hashed = _hash(home, patient) if patient else None
    wanted = {"bot": bot, "person": person, "kind": kind}
    found = deque(_matching(folder, wanted, item, hashed, since), maxlen=last)
    if as_json:
        print_json([{"n": one.n, "at": one.at, **one.event} for one in found])
        return
    rows = [_row(one) for one in found]
    print_table(("line", "when (UTC)", "kind", "what", "outcome", "bot", "person", "item", "screen"), rows)


def _hash(home: Path, patient: str) -> str:
    from robot_library.safeguards.audit.trail import patient_hash

    return patient_hash(open_key(home), patient)


def _matching(
    folder: Path, wanted: dict[str, str | None], item: str | None, hashed: str | None, since: str | None
) -> Iterator[Record]:
    from robot_library.safeguards.audit.verify import records

    for record in records(folder):
        event: dict[str, Any] = record.event
        if not record.is_event or (since is not None and record.at < since):
            continue
        if any(value is not None and event.get(name) != value for name, value in wanted.items()):
            continue
        if item is not None and not str(event.get("item", "")).startswith(item):
            continue
        if hashed is None or hashed in event.get("patients", ()):
            yield record


def _row(record: Record) -> tuple[str, ...]:
    event = record.event
    outcome = " ".join(str(event[name]) for name in ("outcome", "code") if event.get(name))
    person = str(event.get("person", "")) + (f" ({event['account']})" if event.get("account") else "")
    screen = ".".join(str(event[name]) for name in ("system", "screen") if event.get(name))
    return (
        str(record.n), shown(datetime.fromisoformat(record.at)), str(event.get("kind", "")),
        str(event.get("what", "")),
        outcome, str(event.get("bot", "")), person, str(event.get("item", ""))[:10], screen,
    )  # fmt: skip
