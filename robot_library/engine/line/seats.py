"""A worker's seats: the signed-in sessions it holds of systems with few licences, kept while it lives, given back when
nobody has sat on them for a while; and the credentials its goes work with, each held by one worker at a time and only
while a go is at work."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable

import sqlalchemy as sa

from robot_library.engine.fleet.lease import clock
from robot_library.engine.line.admission import SEAT_LASTS, Admission, SeatNeed

log = logging.getLogger("wetread.engine")
SEAT_IDLE = 20.0
"""Seconds a seat is kept for the next item before it is given back."""
Leave = Callable[[str], Awaitable[None]]


class Seats:
    """`leave` closes this worker's sessions of a seat (system|credential)."""

    def __init__(self, admission: Admission, worker: str, leave: Leave | None) -> None:
        self._admission, self._worker, self._leave = admission, worker, leave
        self._held: dict[SeatNeed, float | None] = {}
        """Seats held, and since when nobody sits on them."""
        self._taken: dict[SeatNeed, object] = {}
        """Which time they were taken: one that was given back and taken again meanwhile is not the same."""
        self._known: dict[SeatNeed, float] = {}
        """When each was last known to be this worker's, by a clock that goes on while the machine sleeps."""
        self._lost: set[SeatNeed] = set()
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Give back what a dead life of this worker held, and begin to keep what this one takes."""
        await self._admission.give_up(f"{self._worker}|")
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Sign out everywhere, and give everything back."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        held, self._held = list(self._held), {}
        for seat in held:
            await self._close(seat)
        if held:
            await self._admission.give_up(f"{self._worker}|")

    def taken(self, needs: Iterable[SeatNeed]) -> None:
        """These were had, and somebody sits on them."""
        for seat in needs:
            self._held[seat], self._taken[seat], self._known[seat] = None, object(), clock()
            self._lost.discard(seat)

    async def left(self, needs: Iterable[SeatNeed]) -> None:
        """Nobody sits on these any more. A system's seat is kept for the next item for a while, a credential is not."""
        back = []
        for seat in needs:
            if seat not in self._held:
                self._lost.discard(seat)
            elif seat.credential:
                del self._held[seat]
                back.append(seat)
            else:
                self._held[seat] = time.monotonic()
        try:
            if back:
                await self._admission.give_back(back)
        except sa.exc.SQLAlchemyError as failure:
            log.warning("a credential could not be given back; that is over by itself (%s)", type(failure).__name__)

    def lost(self, needs: Iterable[SeatNeed]) -> SeatNeed | None:
        """One of these that has passed to another worker; or may have, since nobody could ask for too long."""
        now = clock()
        return next((seat for seat in needs if seat in self._lost or self._in_doubt(seat, now)), None)

    def _in_doubt(self, seat: SeatNeed, now: float) -> bool:
        return seat in self._held and now - self._known[seat] > SEAT_LASTS

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(SEAT_LASTS / 9)
            try:
                await self.renew()
            except Exception as failure:
                log.warning("keeping the seats failed (%s)", type(failure).__name__)

    async def renew(self) -> None:
        """Renew the seats that are held, give back those that nobody has sat on for a while."""
        for seat, idle_since in list(self._held.items()):
            if idle_since is not None and time.monotonic() - idle_since > SEAT_IDLE:
                del self._held[seat]
                await self._close(seat)
                await self._admission.give_up(seat.holder, seat.system)
        before, asked = {seat: self._taken[seat] for seat in self._held}, clock()
        alive = await self._admission.renew(sorted({seat.holder for seat in before}))
        for seat, when in before.items():
            if seat not in self._held or self._taken[seat] is not when:
                continue
            if (seat.system, seat.holder) in alive:
                self._known[seat] = asked
                continue
            del self._held[seat]
            self._lost.add(seat)
            await self._close(seat)

    async def _close(self, seat: SeatNeed) -> None:
        if self._leave is None:
            return
        try:
            await self._leave(f"{seat.system}|{seat.holder.partition('|')[2]}")
        except Exception as failure:
            log.warning("signing out of %s failed (%s)", seat.system, type(failure).__name__)
