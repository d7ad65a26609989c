"""Two hosts change one thing at the same moment: what SQLite does one after the other, a server does side by side."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from robot_library.engine.database.store import Store
from robot_library.engine.desk import Desk
from robot_library.engine.line.streaks import Streaks
from robot_library.engine.records.items import Request
from robot_library.engine.records.journal import ItemJournal
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY
from tests.engine.world import yes

SEALER = SealedJson(KEY)


@asynccontextmanager
async def two_desks(database: str, home: Path) -> AsyncIterator[tuple[Desk, Desk]]:
    """Of two hosts."""
    async with (
        Desk(home, SEALER, KEY.fingerprint, url=database) as one,
        Desk(home, SEALER, KEY.fingerprint, url=database) as other,
    ):
        yield one, other


@dataclass
class Meanwhile:
    """What somebody else has begun in the middle of a transaction, which waits for them half a second at most."""

    begun: list[asyncio.Future[Any]] = field(default_factory=list)

    async def came(self) -> Any:
        """What came of it."""
        return await asyncio.wait_for(self.begun[0], 10)


@contextmanager
def meanwhile(
    store: Store, after: str, do: Callable[[], Awaitable[Any]], *, before: bool = False
) -> Iterator[Meanwhile]:
    """After the first statement of a store that begins so (or before it), somebody else does this."""
    loop, found = asyncio.get_running_loop(), Meanwhile()

    async def act() -> Any:
        return await do()

    def heard(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if found.begun or not statement.startswith(after):
            return
        other = asyncio.run_coroutine_threadsafe(act(), loop)
        found.begun.append(asyncio.wrap_future(other, loop=loop))
        until = time.monotonic() + 0.5
        while not other.done() and time.monotonic() < until:
            time.sleep(0.01)

    event = "before_cursor_execute" if before else "after_cursor_execute"
    sa.event.listen(store.durable, event, heard)
    try:
        yield found
    finally:
        sa.event.remove(store.durable, event, heard)
    assert found.begun


def request() -> Request:
    return Request(
        ask="x", reason="y", code="LowConfidence", path="4", until=time.time() + 3600, topic="answer.0"
    )  # fmt: skip


async def at_work(desk: Desk) -> str:
    """An item that is at work."""
    item = await desk.add("tiny", {"order": "O1"}, "O1")
    assert item is not None
    assert await desk.items.begin(item.id, "w", "v")
    return item.id


async def test_what_is_taken_as_it_begins_to_wait_waits_for_nobody(database: str, tmp_path: Path) -> None:
    async with two_desks(database, tmp_path) as (one, other):
        item = await at_work(one)
        with meanwhile(one.store, "UPDATE wetread_items", lambda: other.items.wait(item, request(), 0, "x")) as waits:
            assert await one.cancel(item, "ana")
        assert not await waits.came()
        # It still stands as at work, and its go ends it at the next step boundary.
        assert ((await one.items.get(item)).item.state, await one.items.is_taken(item, 0)) == ("in_progress", True)


async def test_of_an_answer_and_its_time_being_up_one_counts(database: str, tmp_path: Path) -> None:
    async with two_desks(database, tmp_path) as (one, other):
        item, asked = await at_work(one), request()
        assert await one.items.wait(item, asked, 0, "x")

        def too_late() -> Awaitable[Any]:
            return other.items.expire(item, asked, "NoAnswer", "")

        with meanwhile(one.store, "INSERT INTO wetread_journal", too_late) as up:
            answered = await one.answer(item, yes())
        assert answered is not await up.came()
        kept = await ItemJournal(one.store, SEALER, item, 0).get("4#answer")
        assert (kept is not None) is answered


async def test_a_row_of_bad_ends_that_another_host_has_just_ended_begins_anew(database: str) -> None:
    one, other = Store(database), Store(database)
    one.open(KEY.fingerprint)
    try:
        assert await Streaks(one).note("tiny", "item-1", "go-1", "Timeout", "result")

        def well() -> Awaitable[Any]:
            return Streaks(other).note("tiny", "item-2", "go-2", "", "")

        with meanwhile(one, "SELECT wetread_streaks", well, before=True) as ended:
            found = await Streaks(one).note("tiny", "item-3", "go-3", "Timeout", "result")
        await ended.came()
        assert found is not None
        assert found.count in (1, 2)
    finally:
        one.close()
        other.close()
