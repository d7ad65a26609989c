"""Being let in by the line for what is no item's go (a list is read, records are compared, a person looks at screens),
and which bots take turns."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable

from robot_library.engine.line.holds import stopped
from robot_library.engine.line.line import IN_USE, Line, Pass
from robot_library.engine.ports import Visitor
from robot_library.errors import ApplicationException, LineHeld

PATIENCE = 30.0
"""Seconds that one waits for a credential that another worker is at work with."""
_LOOK_AGAIN = 0.2


@contextlib.asynccontextmanager
async def let_in(line: Line, visitor: Visitor) -> AsyncIterator[Pass]:
    """LineStopped where the line is held: nobody waits for it here, but a while for a credential in use."""
    try:
        yield await _admitted(line, visitor)
    except LineHeld as held:
        raise stopped(held) from None
    except ApplicationException:
        if held_now := await line.fault(visitor):
            raise stopped(held_now) from None
        raise
    finally:
        await line.leave(visitor)


async def _admitted(line: Line, visitor: Visitor) -> Pass:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return await line.admit(visitor, None)
        except LineHeld as held:
            if held.code != IN_USE or time.monotonic() > until:
                raise
        await asyncio.sleep(_LOOK_AGAIN)


def used_together(names: Iterable[str], others: Iterable[Iterable[str]]) -> set[str]:
    """These credentials, and all that others use together with one of them, directly or by way of still others."""
    mine, sets = set(names), [set(other) for other in others]
    while more := [one for one in sets if one & mine and not one <= mine]:
        mine = mine.union(*more)
    return mine
