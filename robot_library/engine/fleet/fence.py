"""Which go holds an item, and whether it may still act: asked again before every write, every press, every record.

A process can be frozen for minutes, or its host cut off, while another one takes its items over; when it goes on, it
believes that nothing has happened. So every go draws a token and writes it down as the item's holder; whoever comes
later overwrites it. What a go records is recorded only while its token stands, in one transaction; and before it types
or presses it asks whether it stands, and whether the worker's lease is still held.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store
from robot_library.engine.fleet.lease import Lease
from robot_library.errors import RunCancelled

_t = tables.holders.c


@dataclass(frozen=True)
class Hold:
    """One go's hold of an item. `starts` counts how often this very go has begun, in any process."""

    item: str
    token: str
    starts: int


async def take_hold(store: Store, item: str, go: str) -> Hold:
    """This go holds the item from now on; who held it before can record nothing any more."""
    token = secrets.token_hex(8)
    make = sqlite.insert if store.durable.dialect.name == "sqlite" else postgresql.insert
    row = make(tables.holders).values(item=item, token=token, go=go, starts=1)
    starts = sa.case((_t.go == go, _t.starts + 1), else_=1)
    query = row.on_conflict_do_update(index_elements=["item"], set_={"token": token, "go": go, "starts": starts})
    begun = await store.write(lambda connection: connection.execute(query.returning(_t.starts)).scalar_one())
    return Hold(item, token, int(begun))


def stands(connection: sa.Connection, hold: Hold) -> bool:
    """Whether the hold stands, and will until this transaction has ended."""
    query = sa.select(_t.token).where(_t.item == hold.item).with_for_update(read=True)
    return bool(connection.execute(query).scalar_one_or_none() == hold.token)


class Fence(Protocol):
    """Between a go and everything it might change."""

    holder: str
    """Whose go this is: a machine's state folder and an executor."""

    async def ask(self) -> None:
        """RunCancelled unless this go may still act."""

    def check(self) -> None:
        """The same, of what was last heard; nothing is asked."""

    def may_still_press(self, holder: str) -> bool:
        """Whether somebody who once intended a press may, for all that is known here, still make it."""


class NoFence:
    """For goes that nobody else can take over."""

    holder = ""

    async def ask(self) -> None:
        """It may."""

    def check(self) -> None:
        """It may."""

    def may_still_press(self, holder: str) -> bool:
        return False


class HostFence:
    """The fence of a worker's go."""

    def __init__(self, store: Store, lease: Lease, hold: Hold, holder: str) -> None:
        self._store, self._lease, self._hold, self.holder = store, lease, hold, holder

    async def ask(self) -> None:
        if not await self._store.read(lambda connection: stands(connection, self._hold)):
            raise RunCancelled("this item has passed to another worker.")
        if not await asyncio.to_thread(self._lease.ask):
            raise RunCancelled("this worker has lost its lease.")

    def check(self) -> None:
        if not self._lease.held():
            raise RunCancelled("this worker has lost its lease.")

    def may_still_press(self, holder: str) -> bool:
        return not self._lease.surely_dead and holder != self.holder
