"""What there is to know about an incident, as plain data. No patient's value in clear, unless it is asked for."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from robot_library.engine.desk import Desk
from robot_library.engine.people.incidents import Incident
from robot_library.engine.records.impact import Lives, impact, made_of_version
from robot_library.interfaces import Sealer
from robot_library.model.run import RunRecord

LOOK_BACK = 30 * 86400.0
"""Seconds before an incident whose items are looked at for what else its versions wrote, unless somebody asks
for more."""
_BESIDE = ("onnxruntime", "numpy", "pydicom", "playwright", "dbos", "opencv-python-headless", "rapidocr")
"""Packages whose version may matter to what was read or typed."""
_PRESSED = "pressed, and never proven: look at these first"
Told = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Known:
    """`files`: name in the bundle → what it says (JSON)."""

    incident: Incident
    run: RunRecord
    files: Mapping[str, Any] = field(default_factory=dict)


async def gather(
    desk: Desk, sealer: Sealer, incident: Incident, *, since: float | None = None, clear: bool = False,
    told: Told = lambda what, done, of: None,
) -> Known:  # fmt: skip
    """Everything but evidence and audit trail. `clear`: with the item's own data and people's notes, which name
    patients. `since`: from when on items are looked at, seconds since 1970."""
    run = await desk.board.run(incident.item)
    item = await desk.board.item(incident.item)
    begun = incident.at - LOOK_BACK if since is None else since
    files: dict[str, Any] = {
        "incident.json": {**asdict(incident), "at": _utc(incident.at), "closed": _utc(incident.closed)},
        "item.json": {
            "item": item.id, "bot": item.bot, "state": item.state, "outcome": item.outcome, "code": item.code,
            "reason": item.reason, "priority": item.priority, "workflow": item.workflow, "lives": item.generation + 1,
            "came": _utc(item.created), "began": _utc(item.started), "changed": _utc(item.updated),
            "due": _utc(item.due),
        },
        "run.json": run.model_dump(mode="json"),
        "versions.json": await _versions(desk, incident),
        "impact.json": await _impact(desk, sealer, incident, begun, told),
    }  # fmt: skip
    if clear:
        view = await desk.items.get(incident.item)
        notes = [{"at": _utc(one.at), "who": one.who, "text": one.text} for one in await desk.notes(incident.item)]
        files["clear/item.json"] = {"payload": dict(view.item.payload), "notes": notes}
    return Known(incident, run, files)


async def _versions(desk: Desk, incident: Incident) -> dict[str, Any]:
    """SHA-256 of every file that the bot was made of, and what stood beside it on this machine now."""
    made = await made_of_version(desk.store, incident.version, incident.bot)
    return {
        "bot": incident.bot, "version": incident.version,
        "known": made is not None,
        "first_used": None if made is None else _utc(made.at),
        "parts": {} if made is None else dict(made.parts),
        "skills": {} if made is None else dict(made.versions),
        # The item began with one of these: a version is not told apart by pictures, side files and the bot's own file.
        "also": [] if made is None else list(made.also),
        "wetread_now": _installed("wetread"), "python_now": platform.python_version(),
        "machine_now": platform.platform(), "packages_now": {name: _installed(name) for name in _BESIDE},
    }  # fmt: skip


def _installed(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


async def _impact(desk: Desk, sealer: Sealer, incident: Incident, since: float, told: Told) -> dict[str, Any]:
    """For each model, map and workflow: what else this version of it wrote, or may have."""
    made = await made_of_version(desk.store, incident.version, incident.bot)
    known: dict[str, Lives] = {}
    items: dict[str, Any] = {}
    found = []
    for what, name, version in () if made is None else made.recalled():

        def looked(done: int, of: int, thing: str = f"{what} {name}") -> None:
            told(thing, done, of)

        one = await impact(desk.store, sealer, what, name, version, since, known, looked)
        for row in one.touched:
            items[row.item] = {**asdict(row), "at": _utc(row.at)}
        found.append({
            "what": what, "name": name, "version": version, "looked_at": one.looked_at, "unknown": one.unknown,
            "items": [row.item for row in one.touched],
        })  # fmt: skip
    return {"since": _utc(since), "perhaps": _PRESSED, "of": found, "items": items}


def _utc(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
