"""What is known about bots: their files, what people have decided, what is in the queue, when they run next."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from robot_library.cli.site import open_key
from robot_library.cli.times import shown, utc

if TYPE_CHECKING:
    from robot_library.engine.line.switches import BotState, BotStates
    from robot_library.engine.records.board import Board
    from robot_library.model.bot import BotSpec
    from robot_library.parsing.library import Library


@dataclass(frozen=True)
class Books:
    """What is known about bots: their files, what people have decided, what is in the queue."""

    library: Library
    states: BotStates
    board: Board

    async def state(self, bot: str) -> BotState:
        """What people have decided about one bot."""
        return await self.states.get(bot)


@asynccontextmanager
async def open_books(home: Path, project: Path | None, db: str | None, *, create: bool = False) -> AsyncIterator[Books]:
    from robot_library.cli.site import make_engine
    from robot_library.engine.line.switches import BotStates
    from robot_library.engine.records.board import Board
    from robot_library.parsing.library import Library

    key = open_key(home, create=create)
    engine = make_engine(home, key, url=db)
    await engine.open()
    try:
        store, sealer = engine.store, engine.sealer
        yield Books(Library.find(project, to_run=True), BotStates(store, sealer), Board(store, sealer))
    finally:
        engine.store.close()


def line(library: Library, name: str, state: BotState | None, queue: dict[str, dict[str, int]]) -> dict[str, Any]:
    from robot_library.errors import AuthoringError

    said: dict[str, Any] = {
        "bot": name,
        **decided(state),
        "about": "",
        "triggers": [],
        "next": None,
        "next_local": None,
    }
    said |= {"queue": queue.get(name, {}), "problem": ""}
    try:
        spec = library.bot(name)
    except AuthoringError as failure:
        return {**said, "problem": f"wetread check: {len(failure.diagnostics)} mistakes"}
    runs = runs_ahead(library, spec, datetime.now(UTC), 1) if said["enabled"] else []
    words = [trigger.in_words for trigger in spec.triggers]
    return {**said, "about": spec.about, "triggers": words, "next": runs[0]["at"] if runs else None,
            "next_local": runs[0]["local"] if runs else None}  # fmt: skip


def decided(state: BotState | None) -> dict[str, Any]:
    """`enabled`: its triggers set it going."""
    runs = state is not None and state.enabled and state.since is not None
    since = utc(state.since) if state and state.since else None
    return {"enabled": runs, "since": since, "stage": state.stage if state else None}


async def queues(board: Board) -> dict[str, dict[str, int]]:
    """How many items of each bot stand how."""
    found: dict[str, dict[str, int]] = {}
    for tally in await board.tally():
        states = found.setdefault(tally.bot, {})
        states[tally.state] = states.get(tally.state, 0) + tally.count
    return found


def missing(spec: BotSpec) -> list[str]:
    """Credentials and addresses that this machine lacks for the bot."""
    import os

    from robot_library.bot import with_addresses
    from robot_library.errors import SetupError
    from robot_library.safeguards.vault import Vault

    hooks = [trigger.hook.credential for trigger in spec.triggers if trigger.hook is not None]
    receivers = [to for one in spec.deliveries.values() for to in (one.fhir, one.dicom_web) if to is not None]
    names = {name for app in spec.apps.values() for name in app.credentials()}
    names |= {*hooks, *(to.credential for to in receivers if to.credential)}
    said = []
    try:
        with_addresses(spec, os.environ)
    except SetupError as failure:
        said.append(str(failure))
    for name in sorted(names):
        try:
            Vault().credential(name)
        except SetupError as failure:
            said.append(str(failure))
    return said


def runs_ahead(library: Library, spec: BotSpec, after: datetime, count: int) -> list[dict[str, Any]]:
    from robot_library.unattended.schedule import coming

    zone = library.site().zone
    runs, there = coming(spec, after, count, zone), _shown_in(spec, zone)
    return [
        {"bot": run.bot, "at": utc(run.moment), "local": run.moment.astimezone(there).isoformat(timespec="seconds"),
         "kind": run.kind, "slot": run.slot}
        for run in runs
    ]  # fmt: skip


def _shown_in(spec: BotSpec, zone: str) -> ZoneInfo:
    """The zone a bot's runs are shown in: its own first one, else the site's."""
    own = [one.zone for trigger in spec.triggers if (one := trigger.cron or trigger.at) is not None and one.zone]
    return ZoneInfo(own[0] if own else zone)


def moment(text: str | None) -> str:
    """In the zone the bot's file thinks in."""
    return f"{(at := datetime.fromisoformat(text)):%a} {shown(at, at.tzinfo)}" if text else "-"
