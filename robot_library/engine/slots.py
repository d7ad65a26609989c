"""Collecting a bot's items for a slot: queued like a go, tried again like one, and each slot once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.reconciling import SLOT, not_read, reconcile
from robot_library.errors import ApplicationException, LineStopped, SetupError, WetreadError

if TYPE_CHECKING:
    from robot_library.engine.engine import Engine

log = logging.getLogger("wetread.engine")
PRIORITY = 5_000_000
"""After what is urgent (1), before what is routine (10)."""
_HELD_S = 20.0
_s = tables.slots.c


class Slots:
    """The bodies of the two durable workflows."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def slot(self, bot: str, name: str) -> None:
        """Try after try, until the items are collected or the bot's retries are used up. Held lines cost no try."""
        number = failures = 0
        while True:
            assembly = self._engine.assembly(bot)
            try:
                result = await self._engine.durable.collected(
                    bot, name, number, partition=self._engine.partition(assembly), priority=PRIORITY
                )
            except Exception as failure:  # it took the process down too often, or the engine failed it
                return await self._end(name, "failed", code=type(failure).__name__)
            number += 1
            match result["kind"]:
                case "done":
                    return await self._end(name, "done", found=result["found"])
                case "again" if failures < assembly.bot.retries:
                    failures += 1
                    pause = assembly.bot.retry_after.total_seconds() * 2 ** (failures - 1)
                    await self._engine.durable.sleep(pause)
                case "held":
                    await self._until_let_in(bot)
                case _:
                    if _reconciles(name):
                        await not_read(self._engine, bot, result["code"])
                    return await self._end(name, "failed", code=result["code"])

    async def _until_let_in(self, bot: str) -> None:
        """In this process alone, and nothing of it is written down: a line may be stopped for months."""
        while True:
            await asyncio.sleep(_HELD_S)
            try:
                if await self._engine.line.keeps_out(self._engine.assembly(bot)) is None:
                    return
            except Exception as failure:  # a database that is locked for a minute, in months, ends no slot
                log.warning("looking whether bot %s may go on failed (%s)", bot, type(failure).__name__)

    async def lost(self, bots: Sequence[str]) -> None:
        """Slots whose workflow ended before it could say so: nothing collects for them any more, and while they stood
        as fired no look at the list was queued after them."""
        for name in await self._engine.durable.lost_slots(bots):
            log.error("slot %s had ended before its end was written down", name)
            await self._end(name, "failed", code="EngineFailure")

    async def collect(self, bot: str, name: str, number: int) -> dict[str, Any]:
        """One try; what came of it, as data."""
        try:
            if _reconciles(name):
                return {"kind": "done", "found": await reconcile(self._engine, bot)}
            return {"kind": "done", "found": len(await self._engine.collect(bot))}
        except LineStopped:
            return {"kind": "held"}
        except ApplicationException as failure:
            return {"kind": "again", "code": failure.code}
        except SetupError as failure:
            log.error("collecting for slot %s failed: %s", name, failure.code)
            return {"kind": "failed", "code": failure.code}
        except WetreadError as failure:
            return {"kind": "failed", "code": type(failure).__name__}

    async def _end(self, name: str, state: str, *, found: int = 0, code: str = "") -> None:
        change = sa.update(tables.slots).where(_s.slot == name).values(state=state, found=found, code=code)
        await self._engine.store.write(lambda connection: connection.execute(change))


def _reconciles(name: str) -> bool:
    return name.partition("@")[2].startswith(SLOT)
