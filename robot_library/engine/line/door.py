"""Who may sign in with a credential, now: one try at a time, none on a stopped line, and never so many that the account
is locked. Counted in the database, for all workers and through restarts."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, insert_once
from robot_library.engine.line.admission import clock
from robot_library.engine.line.switches import ITSELF, Switches
from robot_library.errors import LineHeld
from robot_library.interfaces import SignInEnd

UNKNOWN = 3
"""Tries in a row whose end nobody knows (the process died, the page led nowhere) before the line stops."""
TRY_LASTS = 60.0
_LOOK_AGAIN = 0.5
_WAIT, _LONGEST_WAIT = 30.0, 600.0
_LATE_IN_STEP = 3.0
"""A code with fewer seconds left than this might be too old when it arrives."""
_STOPS: dict[SignInEnd, tuple[str, str]] = {
    "refused": ("SignInRefused", "the system refused credential {0}; it was tried once"),
    "expired": ("PasswordExpired", "the password of credential {0} has expired"),
    "second_factor": ("SecondFactorAsked", "a one-time code is asked for, and credential {0} has no seed for it"),
}
_WAITS: dict[SignInEnd, tuple[str, str]] = {
    "full": ("LicencesFull", "every licence is taken"),
    "elsewhere": ("SignedInElsewhere", "the account of credential {0} is in use at another place"),
}
_c = tables.sign_ins.c
_NEW: dict[str, Any] = {"unknown": 0, "by": "", "until": 0.0, "waits": 0, "code_step": 0}


@dataclass(frozen=True)
class Warned:
    """A password that will expire; both moments in seconds since 1970."""

    credential: str
    expires: float
    told: float


class SignIns:
    """The table of sign-ins."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def change(self, credential: str, work: Callable[[sa.Connection, sa.RowMapping, float], Any]) -> Any:
        """Look at a credential's row and change it, alone."""

        def run(connection: sa.Connection) -> Any:
            fresh = {"credential": credential, **_NEW}
            connection.execute(insert_once(self._store.durable, tables.sign_ins, fresh))
            query = sa.select(tables.sign_ins).where(_c.credential == credential).with_for_update()
            return work(connection, connection.execute(query).mappings().one(), clock(connection))

        return await self._store.write(run)

    async def set(self, credential: str, **values: Any) -> None:
        """Change a credential's row."""
        await self.change(credential, lambda connection, _row, _now: connection.execute(_update(credential, values)))

    async def warnings(self) -> list[Warned]:
        """Passwords that will expire, the first one first."""
        query = sa.select(_c.credential, _c.expires, _c.told).where(_c.expires.is_not(None)).order_by(_c.expires)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [Warned(str(row[0]), float(row[1]), float(row[2] or 0.0)) for row in rows]


def _update(credential: str, values: dict[str, Any]) -> sa.Update:
    return sa.update(tables.sign_ins).where(_c.credential == credential).values(**values)


class CredentialDoor:
    """Implements interfaces.Door. `permit` raises LineHeld where the line is stopped; `who` is this worker."""

    def __init__(
        self, credential: str, who: str, signs: SignIns, switches: Switches, permit: Callable[[], Awaitable[None]]
    ) -> None:
        self._name, self._who, self._signs, self._switches, self._permit = credential, who, signs, switches, permit

    async def before(self) -> None:
        """Take the one try there is at a time."""
        while True:
            await self._permit()
            answer = await self._signs.change(self._name, self._take)
            if answer == "taken":
                return
            if answer == "unknown":
                why = f"signing in with credential {self._name} led nowhere {UNKNOWN} times in a row"
                await self._stop("SignInFailed", why)
            await asyncio.sleep(_LOOK_AGAIN)

    def _take(self, connection: sa.Connection, row: sa.RowMapping, now: float) -> Literal["taken", "busy", "unknown"]:
        if row["by"] and row["by"] != self._who and row["until"] > now:
            return "busy"
        if row["unknown"] >= UNKNOWN:
            return "unknown"
        values = {"by": self._who, "until": now + TRY_LASTS, "unknown": row["unknown"] + 1}
        connection.execute(_update(self._name, values))
        return "taken"

    async def after(self, end: SignInEnd) -> None:
        """What came of the try; raises LineHeld for what is none of the item's failures."""
        if end == "in":
            return await self._signs.set(self._name, by="", unknown=0, waits=0, expires=None)
        if end in _STOPS:
            await self._signs.set(self._name, by="", unknown=0)
            code, why = _STOPS[end]
            await self._stop(code, why.format(self._name))
        if end in _WAITS:
            until = await self._signs.change(self._name, self._wait)
            code, why = _WAITS[end]
            raise LineHeld(code, why.format(self._name), scope=f"credential:{self._name}", until=until)
        return await self._signs.set(self._name, by="")

    def _wait(self, connection: sa.Connection, row: sa.RowMapping, now: float) -> float:
        """Later, and each time later still."""
        values = {"by": "", "unknown": 0, "waits": row["waits"] + 1}
        connection.execute(_update(self._name, values))
        return float(now + min(_LONGEST_WAIT, _WAIT * 2 ** min(row["waits"], 10)))

    async def _stop(self, code: str, why: str) -> NoReturn:
        scope = f"credential:{self._name}"
        await self._switches.stop(scope, ITSELF, why, code=code)
        raise LineHeld("Stopped", f"credential {self._name} is stopped ({code})", scope=scope)

    async def code_step(self, period: int) -> int:
        """A time step that no worker has used, with some seconds left in it."""
        while True:
            step, wait = await self._signs.change(self._name, lambda *given: self._claim_step(period, *given))
            if step:
                return int(step)
            await asyncio.sleep(wait)

    def _claim_step(self, period: int, connection: sa.Connection, row: sa.RowMapping, now: float) -> tuple[int, float]:
        step = math.floor(now / period)
        left = (step + 1) * period - now
        if step <= row["code_step"] or left < min(_LATE_IN_STEP, period / 4):
            return 0, left + 0.05
        connection.execute(_update(self._name, {"code_step": step}))
        return step, 0.0

    async def expires(self, days: int) -> None:
        """Kept until it is over, for whoever tells the owner."""

        def note(connection: sa.Connection, _row: sa.RowMapping, now: float) -> None:
            connection.execute(_update(self._name, {"expires": now + days * 86400.0, "told": now}))

        await self._signs.change(self._name, note)
