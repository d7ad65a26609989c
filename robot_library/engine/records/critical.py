"""Critical results: that one was found, who was told how, who has acknowledged it. Rows are only ever added.

As long as nobody has acknowledged it, it is an alert (`critical`) that comes again and goes to the next person.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, insert_once
from robot_library.engine.records.items import Items
from robot_library.errors import ReleaseRefused, SetupError
from robot_library.interfaces import Sealer
from robot_library.model.audit import Happened
from robot_library.model.release import CriticalResult, Signed

_c = tables.critical.c
State = Literal["found", "told", "acknowledged"]
_LAST = sa.select(_c.id, sa.func.max(_c.step).label("step")).group_by(_c.id).subquery("last_critical")
NEWEST = (
    sa.select(tables.critical)
    .join(_LAST, sa.and_(_LAST.c.id == _c.id, _LAST.c.step == _c.step))
    .subquery("newest_critical")
)
"""How each critical result stands; `at` is when it was found."""


class CriticalResults:
    """Every critical result of a site."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store, self._sealer = store, sealer
        self._items = Items(store, sealer)

    async def found(self, item: str, what: str, who: str, role: str, *, version: str = "") -> CriticalResult:
        """Somebody must hear of this at once."""
        view = await self._items.get(item)
        if not what.strip():
            raise ReleaseRefused("a critical result says what was found.")
        one = CriticalResult(
            id=secrets.token_hex(12), item=item, bot=view.item.bot, version=version, what=what.strip(),
            found=_signed(who, role),
        )  # fmt: skip
        await self._add(one, 1, "found", who)
        return one

    async def told(
        self, ident: str, whom: str, how: str, who: str, role: str, *, read_back: bool = False
    ) -> CriticalResult:
        """`who` has told `whom`, by telephone or otherwise. Told again, the last time counts; all stay on record."""
        one, step = await self._get(ident)
        if not (whom.strip() and how.strip()):
            raise ReleaseRefused("it must be said who was told, and how.")
        if one.acknowledged:
            raise ReleaseRefused("it was acknowledged already.")
        one = one.model_copy(
            update={"told": whom.strip(), "how": how.strip(), "by": _signed(who, role), "read_back": read_back}
        )
        await self._add(one, step + 1, "told", who)
        return one

    async def acknowledge(self, ident: str, who: str, role: str, *, noted: str = "") -> CriticalResult:
        """Whoever takes care of the patient has taken it up; `noted`: who writes that down, if it is somebody else.
        Refused as long as nobody was told."""
        one, step = await self._get(ident)
        if not one.told:
            raise ReleaseRefused("nobody was told yet.", cure="Say first who was told, and how.")
        if one.acknowledged:
            raise ReleaseRefused(f"{one.acknowledged.who} has acknowledged it already.")
        one = one.model_copy(update={"acknowledged": _signed(who, role), "noted": noted if noted != who else ""})
        await self._add(one, step + 1, "acknowledged", noted or who)
        return one

    async def get(self, ident: str) -> CriticalResult:
        """One; SetupError if there is none."""
        return (await self._get(ident))[0]

    async def find(self, letters: str) -> CriticalResult:
        """The one whose id begins so; SetupError if there is none, or more than one."""
        found = await self._read(NEWEST.c.id.startswith(letters, autoescape=True)) if letters else []
        if len(found) != 1:
            raise SetupError(f"{len(found)} critical results begin with {letters[:32]!r}; one is needed.")
        return found[0][0]

    async def of(self, item: str) -> list[CriticalResult]:
        """Of an item, the oldest first."""
        return [one for one, _ in await self._read(NEWEST.c.item == item)]

    async def all(self, *, acknowledged: bool = False) -> list[CriticalResult]:
        """Those that nobody has acknowledged; with `acknowledged`, every one. The oldest first."""
        return [one for one, _ in await self._read(*([] if acknowledged else [NEWEST.c.state != "acknowledged"]))]

    async def history(self, ident: str) -> list[CriticalResult]:
        """Step by step."""
        query = sa.select(tables.critical).where(_c.id == ident).order_by(_c.step)
        rows = await self._store.read(lambda connection: connection.execute(query).mappings().all())
        return [self._open(row) for row in rows]

    async def _get(self, ident: str) -> tuple[CriticalResult, int]:
        found = await self._read(NEWEST.c.id == ident)
        if not found:
            raise SetupError(f"there is no critical result {ident[:32]!r} here.")
        return found[0]

    async def _read(self, *where: sa.ColumnElement[bool]) -> list[tuple[CriticalResult, int]]:
        query = sa.select(NEWEST).where(*where).order_by(NEWEST.c.at, NEWEST.c.id)
        rows = await self._store.read(lambda connection: connection.execute(query).mappings().all())
        return [(self._open(row), int(row["step"])) for row in rows]

    def _open(self, row: Any) -> CriticalResult:
        opened = self._sealer.open(row["entry"], f"critical|{row['id']}|{row['step']}|{row['state']}")
        assert isinstance(opened, CriticalResult)
        return opened

    async def _add(self, one: CriticalResult, step: int, state: State, who: str) -> None:
        row = {
            "id": one.id, "step": step, "item": one.item, "bot": one.bot, "at": one.found.at.timestamp(),
            "state": state, "entry": self._sealer.seal(one, f"critical|{one.id}|{step}|{state}"),
        }  # fmt: skip

        def work(connection: sa.Connection) -> None:
            if connection.execute(insert_once(self._store.durable, tables.critical, row)).rowcount != 1:
                raise ReleaseRefused("somebody else has written about it meanwhile.", cure="Read it again.")
            happened = Happened("review", f"critical result {state}", item=one.item, bot=one.bot, person=who)
            self._store.trail.record(happened)

        await self._store.write(work)


def _signed(who: str, role: str) -> Signed:
    if not who.strip():
        raise ReleaseRefused("it must be said who does it.")
    return Signed(who=who.strip(), role=role, at=datetime.now(UTC))
