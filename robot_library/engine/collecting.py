"""Fills the queue: runs a workflow's `collect` steps and turns the rows they end with into work items."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from robot_library.engine.ports import Visitor
from robot_library.engine.run.dispatch import Dispatch
from robot_library.engine.run.language import evaluate_tree
from robot_library.errors import AuthoringError
from robot_library.interfaces import Sealer
from robot_library.model.record import Record
from robot_library.model.workflow import Collect, Workflow

_SCREEN = "screen:"
"""What the source of a record begins with that was read from a screen: role.screen.table of a row."""

Row = tuple[str, dict[str, str]]
"""The key that tells items apart, and the item's inputs."""


@dataclass(frozen=True)
class Aside:
    """A row that cannot become an item, and all it has. `lacks`: which of its fields are empty; "" for one that has the
    key of a row above it and other inputs: the key does not tell the two apart."""

    lacks: str
    fields: dict[str, str]

    @property
    def reason(self) -> str:
        """Why, for a person."""
        what = f"no {self.lacks}" if self.lacks else "the key of another row, and other inputs"
        return f"a row of the list has {what}; it was set aside, and the others were taken."


class MemoryJournal:
    """A journal for steps that change nothing: forgotten when they are done. Nothing can be claimed with it."""

    async def everything(self) -> dict[str, Any]:
        return {}

    async def earlier(self, mark: str) -> list[Any]:
        return []

    async def get(self, key: str) -> Any | None:
        return None

    async def put_once(self, key: str, value: Any) -> Any:
        return value

    async def put_all(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return dict(values)

    async def keys(self, prefix: str) -> list[str]:
        return []

    async def about(self, patients: Collection[str]) -> None:
        return

    async def could_claim(self, name: str) -> bool:
        return False

    async def claim(self, name: str) -> bool:
        raise AuthoringError("steps that collect items may not claim anything; claim it in the item's own steps.")


@dataclass(frozen=True)
class Collected:
    """What a list held: rows that become items, and rows that cannot, with what they lack."""

    rows: tuple[Row, ...]
    aside: tuple[Aside, ...]
    urgent: frozenset[str] = frozenset()
    """Keys of the rows that the list itself says are urgent."""


def aside_key(sealer: Sealer, row: Aside) -> str:
    """What a row that was set aside is known by: all it holds, as a keyed hash."""
    return f"aside|{sealer.digest(row.fields)}"


async def collected(dispatch: Dispatch, workflow: Workflow, collect: Collect) -> Collected:
    """Run the steps, then read the rows. AuthoringError if they do not end with rows that fit the inputs. A row in
    which a field is empty is set aside, for a person; if every row is such, it is the list that is not as mapped. So is
    one that would be taken for a row above it, because both have the same key."""
    site = {"site": dict(dispatch.assembly.bot.site)}
    names = {**site, **await dispatch.run_once(collect.steps)}
    rows = evaluate_tree(collect.items, names)
    if not isinstance(rows, list | tuple):
        raise AuthoringError("`collect` ends with something that is no list.", place=str(workflow.place))
    rows = [row for row in rows if _wanted(workflow, collect, row, names)]
    found = [_row(workflow, collect, row, names) for row in rows]
    aside = tuple(each for each in found if isinstance(each, Aside))
    if aside and len(aside) == len(found):
        raise AuthoringError(f"no collected row has {aside[0].lacks}.", place=str(workflow.place))
    taken: dict[str, dict[str, str]] = {}
    alike = []
    for each in found:
        if not isinstance(each, Aside) and taken.setdefault(each[0], each[1]) != each[1]:
            alike.append(Aside("", {collect.key: each[0], **each[1]}))
    keyed = zip(found, rows, strict=True)
    urgent = {each[0] for each, row in keyed if not isinstance(each, Aside) and _urgent(dispatch.assembly, row)}
    return Collected(tuple(taken.items()), (*aside, *alike), frozenset(urgent))


def _wanted(workflow: Workflow, collect: Collect, row: Any, names: Mapping[str, Any]) -> bool:
    """Whether a row is this bot's work at all, by the workflow's `only`."""
    if collect.only is None:
        return True
    wanted = evaluate_tree(collect.only, {**names, "row": row})
    if not isinstance(wanted, bool):
        raise AuthoringError("`only` of `collect` is neither true nor false.", place=str(workflow.place))
    return wanted


def _urgent(visitor: Visitor, row: Any) -> bool:
    """Whether the table that a row was read from shows it as urgent, by its map's words."""
    if not isinstance(row, Record) or not row.source.startswith(_SCREEN):
        return False
    role, _, place = row.source.removeprefix(_SCREEN).partition(".")
    screen, _, table = place.partition(".")  # without a table: one record, read by itself
    app = visitor.bot.apps.get(role)
    shown = visitor.maps[app.map].screens.get(screen) if app is not None and app.map in visitor.maps else None
    columns = shown.tables[table].columns if shown is not None and table in shown.tables else {}
    return any(row.fields.get(name, "").strip() in column.urgent for name, column in columns.items() if column.urgent)


def _row(workflow: Workflow, collect: Collect, row: Any, names: Mapping[str, Any]) -> Row | Aside:
    fields = row.fields if isinstance(row, Record) else row
    if not isinstance(fields, Mapping) or collect.key not in fields:
        raise AuthoringError(
            f"a collected row has no {collect.key!r}, which should tell items apart.", place=str(workflow.place)
        )
    taken = {name: fields[name] for name in workflow.item if name in fields}
    taken |= {name: evaluate_tree(tree, {**names, "row": row}) for name, tree in collect.take.items()}
    texts = {name: str(value) for name, value in taken.items() if value is not None}
    empty = [] if str(fields[collect.key]).strip() else [collect.key]
    empty += sorted(
        name for name, how in workflow.item.items() if not how.optional and not taken.get(name) and name not in empty
    )
    if empty:
        return Aside(" and ".join(map(repr, empty)), {str(name): str(value) for name, value in fields.items()})
    return str(fields[collect.key]).strip(), texts
