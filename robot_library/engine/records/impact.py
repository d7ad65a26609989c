"""Recall: which records a version of a model, a screen map or a workflow has written, or may have written."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, insert_once
from robot_library.engine.ports import Assembly
from robot_library.engine.records.items import FORGOTTEN
from robot_library.engine.records.journal import ItemJournal
from robot_library.engine.records.paths import BEGAN_WITH, BEGUN, DONE, INTENT, ONCE, marked
from robot_library.interfaces import Sealer

What = Literal["model", "map", "workflow"]
Written = Literal["written", "perhaps"]
_PARTS: Mapping[What, str] = {"model": "skill", "map": "screen map", "workflow": "workflow"}
Lives = tuple[tuple[str, Written | None], ...]
"""Of each life of an item: the version that it was done with, and whether that wrote."""
_t, _v = tables.items.c, tables.versions.c
_ALSO = "also"


@dataclass(frozen=True)
class Touched:
    """An item that wrote, or may have: `written` is proven, `perhaps` was pressed and never proven. `at`: when it last
    changed (seconds since 1970)."""

    item: str
    bot: str
    at: float
    written: Written
    outcome: str
    code: str
    version: str


@dataclass(frozen=True)
class Impact:
    """What was found. `versions`: of bots that held what was asked for; `looked_at`: their items since then; `unknown`:
    items since then of which nobody wrote down what their version was made of; `names`: all that there is to ask for
    of this kind; `since` in seconds since 1970."""

    versions: tuple[str, ...]
    looked_at: int
    touched: tuple[Touched, ...]
    unknown: int
    names: tuple[str, ...] = ()
    since: float = 0.0


def write_down(assembly: Assembly, connection: sa.Connection) -> None:
    """What a version is made of, before an item begins with it. A version is not told apart by all of it (pictures of a
    map, side files of a skill, the bot's own file): what it was made of later stands beside what it was first."""
    if assembly.made is None or not assembly.version:
        return
    mine = {"parts": dict(assembly.made.parts), "versions": dict(assembly.made.versions)}
    parts = json.dumps(mine, sort_keys=True)
    row = {"version": assembly.version, "bot": assembly.bot.bot, "at": time.time(), "parts": parts}
    if connection.execute(insert_once(connection.engine, tables.versions, row)).rowcount == 1:
        return
    here = (_v.version == assembly.version) & (_v.bot == assembly.bot.bot)
    said = json.loads(connection.execute(sa.select(_v.parts).where(here).with_for_update()).scalar_one())
    if mine not in _each(said):
        later = {**said, _ALSO: [*said.get(_ALSO, ()), mine]}
        connection.execute(sa.update(tables.versions).where(here).values(parts=json.dumps(later, sort_keys=True)))


def _each(said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """All that a version was made of, at one time or another."""
    return [{name: said[name] for name in ("parts", "versions")}, *said.get(_ALSO, ())]


@dataclass(frozen=True)
class Made:
    """What one version of a bot is made of, as it was written down. `at`: when an item first began with it. `also`:
    what it was made of at other times."""

    version: str
    bot: str
    at: float
    parts: Mapping[str, str]
    versions: Mapping[str, str]
    also: Sequence[Mapping[str, Any]] = ()

    def recalled(self) -> Iterable[tuple[What, str, str]]:
        """What can be recalled of it: each model, map and workflow, with the version it has here."""
        yield from dict.fromkeys(
            one for made in ({"parts": self.parts, "versions": self.versions}, *self.also) for one in _recalled(made)
        )


def _recalled(made: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[What, str, str]]:
    for what, word in _PARTS.items():
        names = sorted({part.removeprefix(f"{word} ").partition(": ")[0]
                        for part in made["parts"] if part.startswith(f"{word} ")})  # fmt: skip
        for name in names:
            mine = made["parts"].get(f"{word} {name}", "")
            yield what, name, made["versions"].get(name, "") if what == "model" else mine


async def made_of_version(store: Store, version: str, bot: str) -> Made | None:
    """What a version was made of; None if nobody wrote it down."""
    query = sa.select(tables.versions).where(_v.version == version, _v.bot == bot)
    row = await store.read(lambda connection: connection.execute(query).first())
    if row is None:
        return None
    said = json.loads(row.parts)
    return Made(version, bot, row.at, said["parts"], said["versions"], said.get(_ALSO, ()))


async def impact(
    store: Store, sealer: Sealer, what: What, name: str, version: str, since: float,
    known_of: dict[str, Lives] | None = None, looked_at: Callable[[int, int], None] = lambda done, of: None,
) -> Impact:  # fmt: skip
    """`version`: as its maker counts (skills), or the first digits of the SHA-256 of one of its files; empty: any.

    `known_of` keeps from one question to the next what was found of each item; `looked_at` is told how far it is.
    """
    found, version = {} if known_of is None else known_of, version.lower()

    def work(connection: sa.Connection) -> tuple[list[tuple[str, str, str]], list[Any], set[str]]:
        made = connection.execute(sa.select(tables.versions))
        known = [(str(row.version), str(row.bot), str(row.parts)) for row in made]
        shown = sa.select(_t.id, _t.bot, _t.version, _t.updated, _t.outcome, _t.code, _t.generation, _t.workflow)
        rows = list(connection.execute(shown.where(_t.updated >= since, _t.version != "").order_by(_t.updated)))
        return known, rows, _let_out(connection)

    known, rows, out = await store.read(work)
    made = {(one, bot): _each(json.loads(parts)) for one, bot, parts in known}
    held = {key for key, each in made.items() if any(_holds(one, what, name, version) for one in each)}
    # Of an item that was sent back, an earlier life may have been another version's.
    looked = [row for row in rows if (row.version, row.bot) in held or (held and row.generation)]
    touched, mine = list[Touched](), 0
    for number, row in enumerate(looked, start=1):
        if row.id not in found:
            found[row.id] = await _lives(store, sealer, row, row.id in out)
        looked_at(number, len(looked))
        lives = [(one, wrote) for one, wrote in found[row.id] if (one, row.bot) in held]
        mine += bool(lives)
        for wrote in ("written", "perhaps"):
            if versions := [one for one, said in lives if said == wrote]:
                said = (row.outcome or "", row.code or "", versions[-1])
                touched.append(Touched(row.id, row.bot, row.updated, wrote, *said))
                break
    names = {one for each in made.values() for some in each for kind, one, _ in _recalled(some) if kind == what}
    unknown = sum((row.version, row.bot) not in made for row in rows)
    versions_held = tuple(sorted({one for one, _ in held}))
    return Impact(versions_held, mine, tuple(touched), unknown, tuple(sorted(names)), since)


def _holds(made: Mapping[str, Mapping[str, str]], what: What, name: str, version: str) -> bool:
    thing = f"{_PARTS[what]} {name}"
    mine = [value for part, value in made["parts"].items() if part == thing or part.startswith(f"{thing}: ")]
    if not mine or not version:
        return bool(mine)
    counted = made["versions"].get(name, "").lower() if what == "model" else ""
    return counted == version or any(one.startswith(version) for one in mine)


def _let_out(connection: sa.Connection) -> set[str]:
    """Items whose report a person has let out from here, as preliminary or as final: it stands with whoever got it."""
    reports, steps = tables.reports.c, tables.report_steps.c
    query = sa.select(reports.item).join(tables.report_steps, steps.version == reports.id)
    return {str(one) for one in connection.execute(query.where(steps.status.in_(("reviewed", "released")))).scalars()}


async def _lives(store: Store, sealer: Sealer, row: Any, let_out: bool) -> Lives:
    """What each life of an item was done with, and whether it wrote. Of lives that began before that was written down,
    the last one's version is said."""
    lives = []
    for number in range(row.generation + 1):
        records = await ItemJournal(store, sealer, row.id, number).everything()
        version = str(records.get(BEGAN_WITH, row.version)) if number < row.generation else str(row.version)
        lives.append((version, _wrote(records)))
    version, wrote = lives[-1]
    if wrote is None and row.workflow == FORGOTTEN:
        lives[-1] = version, _of_the_end(row.outcome)
    if let_out:
        lives[-1] = version, "written"
    return tuple(lives)


def _wrote(records: Mapping[str, Any]) -> Written | None:
    """By the marks of a life's journal."""
    marks = {mark for mark in (DONE, ONCE, INTENT, BEGUN) if marked(records, mark)}
    if marks & {DONE, ONCE}:
        return "written"
    return "perhaps" if marks else None


def _of_the_end(outcome: str | None) -> Written | None:
    """Of an item whose run is no longer kept, by how it ended: nothing else is known of it, and none is left out that
    may have written."""
    if outcome == "shadow":
        return None
    return "written" if outcome == "typed" else "perhaps"
