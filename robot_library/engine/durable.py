"""DBOS, and nothing else of it anywhere: queue, recovery after a crash, durable waiting, dead letters.

Four kinds of DBOS workflow. A *case* for each item, which waits and holds nothing, and a *go*, queued so that one
credential is used by one go at a time; a *slot* for each collecting of a bot's items, and a *collect*, queued like a
go. Cases and slots come by a queue for each bot, so that any worker that runs the bot may hold them. Screens are no
DBOS steps (docs/decisions/0003-journal.md).
Imported only when an engine starts.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    SetEnqueueOptions,
    SetWorkflowID,
)
from dbos._dbos import _get_dbos_instance
from dbos._serialization import DefaultSerializer, Serializer
from dbos._utils import INTERNAL_QUEUE_NAME

from robot_library.engine.database import tables
from robot_library.engine.records.items import Life
from robot_library.engine.records.paths import go_id
from robot_library.errors import SetupError
from robot_library.interfaces import Sealer

VERSION = "wetread-1"
"""Of the engine's own format. Items remember their workflow's hash themselves."""
CASE, GO, SLOT, COLLECT = "wetread.case", "wetread.go", "wetread.slot", "wetread.collect"
_APPLICATION = "wetread"
_QUEUE = "session"
_ALIVE = ("PENDING", "ENQUEUED", "DELAYED")
_DEAD = ["MAX_RECOVERY_ATTEMPTS_EXCEEDED", "ERROR", "CANCELLED"]
_CHUNK = 500
CASES = 64
"""So many items of one bot does one worker look after at a time. The others wait in the queue, by their rank."""
POLL, GO_POLL = 0.5, 0.25
"""Seconds between looks at a bot's queue, and at that of the goes. A look costs some 3 ms of CPU, work or none: at ten
a second an idle worker took a twentieth of a core."""
_CONTEXT = "dbos"

log = logging.getLogger("wetread.engine")


class SealedSerializer(Serializer):
    """DBOS's values under the site's one serializer."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def serialize(self, data: Any) -> str:
        return self._sealer.seal(data, _CONTEXT)

    def deserialize(self, serialized_data: str) -> Any:
        return self._sealer.open(serialized_data, _CONTEXT)

    def name(self) -> str:
        return "wetread_sealed"


def _refuse_pickle(*_: Any) -> Any:
    raise SetupError(
        "the engine's database holds a pickled value; it was not executed.",
        cure="Somebody has written into this database. Look who, and restore it.",
    )


def _only_a_number(_: Any, text: str | None) -> float | None:
    """What DBOS itself writes as plain JSON: until when it sleeps."""
    with contextlib.suppress(ValueError, TypeError, RecursionError):
        if text is None or isinstance(value := json.loads(text), int | float):
            return None if text is None else float(value)
    raise SetupError(
        "the engine's database holds a value that nobody has sealed; it was not believed.",
        cure="Somebody has written into this database. Look who, and restore it.",
    )


def only_sealed() -> None:
    """DBOS goes by what a row says of itself, whatever serializer is set: one that says it is pickled would be
    executed, one in plain JSON believed. Both are refused."""
    DefaultSerializer.deserialize = _refuse_pickle  # type: ignore[method-assign, assignment]
    DefaultSerializer.serialize = _refuse_pickle  # type: ignore[method-assign, assignment]
    DBOSPortableJSONSerializer.deserialize = _only_a_number  # type: ignore[method-assign, assignment]


class _NoTracebacks(logging.Filter):
    """DBOS logs tracebacks of whatever failed; they could show values."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info, record.exc_text, record.stack_info = None, None, None
        return True


def quiet_logger() -> None:
    """DBOS's log goes where the process's own goes, without tracebacks; it opens no handler of its own."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    if not any(isinstance(each, _NoTracebacks) for each in logger.filters):
        logger.addFilter(_NoTracebacks())


def _client(engine: sa.Engine, sealer: Sealer) -> DBOSClient:
    """DBOS's tables, without an engine of its own."""
    only_sealed()
    address = engine.url.render_as_string(hide_password=False)
    return DBOSClient(system_database_url=address, system_database_engine=engine, serializer=SealedSerializer(sealer))


async def forget_workflows(engine: sa.Engine, sealer: Sealer, items: list[str]) -> None:
    """Delete all workflows of ended items. Works beside running engines."""

    def work() -> None:
        client = _client(engine, sealer)
        table = client._sys_db.tables.workflow_status
        for item in items:
            with client._sys_db.engine.connect() as connection:
                query = sa.select(table.c.workflow_uuid).where(of_item(table.c.workflow_uuid, item))
                ids = list(connection.execute(query).scalars())
            client.delete_workflows(ids)

    await asyncio.to_thread(work)


async def forget_slots(engine: sa.Engine, sealer: Sealer, before: float) -> None:
    """Delete the workflows of slots that ended before a moment (seconds since 1970), and those of their tries. Tries of
    a slot that still waits are kept: it asks for them when it begins anew."""

    def work() -> None:
        client = _client(engine, sealer)
        table = client._sys_db.tables.workflow_status
        if not sa.inspect(engine).has_table(table.name, schema=None if engine.dialect.name == "sqlite" else "dbos"):
            return  # nothing was ever queued here
        c = table.c
        waiting = sa.select(c.workflow_uuid).where(c.name == SLOT, c.status.in_(_ALIVE))
        over = (c.name.in_((SLOT, COLLECT)), c.status.not_in(_ALIVE), c.updated_at < int(before * 1000))
        with client._sys_db.engine.connect() as connection:
            alive = tuple(f"collect.{one.removeprefix('slot.')}." for one in connection.execute(waiting).scalars())
            found = connection.execute(sa.select(c.workflow_uuid).where(*over)).scalars().all()
        ids = [str(one) for one in found if not str(one).startswith(alive)]
        for start in range(0, len(ids), _CHUNK):
            client.delete_workflows(ids[start : start + _CHUNK])

    await asyncio.to_thread(work)


def of_item(column: Any, item: Any) -> sa.ColumnElement[bool]:
    """Ids of an item's cases and goes, as a range that the primary key answers: items' ids are hex digits of one
    length, and `g` stands behind them all. By no sign: servers that sort by a language have an order of their own for
    these, and then nothing would stand between `.` and `/`."""
    return sa.and_(column >= item, column < item + "g")


@dataclass(frozen=True)
class Handlers:
    """What the two kinds of workflow do. They run again from the start after a crash."""

    case: Callable[[str, int, int, int], Awaitable[None]]
    go: Callable[[str, int, int, int, int], Awaitable[None]]
    slot: Callable[[str, str], Awaitable[None]]
    collect: Callable[[str, str, int], Awaitable[dict[str, Any]]]


_handlers: Handlers | None = None


async def case(item: str, generation: int, number: int = 0, failures: int = 0) -> None:
    """One turn of an item's life."""
    if _handlers is None:
        raise asyncio.CancelledError
    await _handlers.case(item, generation, number, failures)


async def go(item: str, generation: int, number: int, failures: int, which: int = -1) -> None:
    """One go at an item."""
    if _handlers is None:
        raise asyncio.CancelledError
    await _handlers.go(item, generation, number, failures, which)


async def slot(bot: str, name: str) -> None:
    """One slot: try after try at collecting a bot's items."""
    if _handlers is None:
        raise asyncio.CancelledError
    await _handlers.slot(bot, name)


async def collect(bot: str, name: str, number: int) -> dict[str, Any]:
    """One try."""
    if _handlers is None:
        raise asyncio.CancelledError
    return await _handlers.collect(bot, name, number)


def bot_queue(bot: str) -> str:
    """The queue of a bot's cases and slots; only workers that run the bot listen to it."""
    return f"bot.{bot}"


def _flows() -> tuple[sa.Engine, sa.Table]:
    """DBOS's table of workflows, and the engine that knows in which schema it is."""
    system = _get_dbos_instance()._sys_db
    return system.engine, system.tables.workflow_status


class Durable:
    """A launched DBOS. One in a process. `max_crashes`: so often may a go take the process down with it."""

    def __init__(self, engine: sa.Engine, sealer: Sealer, executor: str, *, max_crashes: int, workers: int) -> None:
        self._engine, self._sealer, self._executor = engine, sealer, executor
        self._max_crashes, self._workers = max_crashes, workers
        self._go: Callable[..., Any] = go
        self._case: Callable[..., Any] = case
        self._slot: Callable[..., Any] = slot
        self._collect: Callable[..., Any] = collect

    at_once = CASES

    async def start(self, handlers: Handlers, bots: Sequence[str]) -> None:
        """Launch on the running loop; what a crash left unfinished starts again by itself."""
        global _handlers
        if _handlers is not None:
            raise SetupError("an engine is running in this process already.")
        only_sealed()
        config: DBOSConfig = {
            "name": _APPLICATION,
            "system_database_url": self._engine.url.render_as_string(hide_password=False),
            "system_database_engine": self._engine,
            "executor_id": self._executor,
            "application_version": VERSION,
            "serializer": SealedSerializer(self._sealer),
            "log_level": "ERROR",
            "notification_listener_polling_interval_sec": 0.1,  # nothing is waited for by it; its end is
        }
        _handlers = handlers
        try:
            quiet_logger()
            await asyncio.to_thread(self._prepare, bots)
            DBOS(config=config)
            self._case = DBOS.workflow(name=CASE, max_recovery_attempts=None)(case)
            self._go = DBOS.workflow(name=GO, max_recovery_attempts=self._max_crashes)(go)
            self._slot = DBOS.workflow(name=SLOT, max_recovery_attempts=None)(slot)
            self._collect = DBOS.workflow(name=COLLECT, max_recovery_attempts=self._max_crashes)(collect)
            DBOS.listen_queues([_QUEUE, *map(bot_queue, bots)])
            DBOS.launch()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Leave everything as it stands; unfinished work goes on at the next start."""
        global _handlers
        _handlers = None
        # DBOS has made its own pool the loop's, and takes it down with it.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(thread_name_prefix="wetread"))
        await asyncio.to_thread(self._stop)

    def _stop(self) -> None:
        database, table = _flows()
        DBOS.destroy(destroy_registry=True)
        # After the queues have stopped: nothing is taken again. An orderly end is no crash, and is not counted as one.
        ours = sa.and_(
            table.c.status == "PENDING", table.c.executor_id == self._executor, table.c.queue_name.is_not(None)
        )
        fewer = sa.case((table.c.recovery_attempts > 0, table.c.recovery_attempts - 1), else_=0)
        values = {"status": "ENQUEUED", "owner_xid": None, "started_at_epoch_ms": None, "recovery_attempts": fewer}
        try:
            with database.begin() as connection:
                connection.execute(sa.update(table).where(ours).values(**values))
        except sa.exc.SQLAlchemyError as failure:
            log.warning("what this worker had at hand could not be handed back (%s)", type(failure).__name__)

    async def listen(self, bot: str) -> None:
        """Take this bot's cases and slots, too, and those that came here before the bot did."""
        listening = _get_dbos_instance()._listening_queues
        assert listening is not None
        listening.append(bot_queue(bot))
        await asyncio.to_thread(self._prepare, [bot])

    def _prepare(self, bots: Sequence[str]) -> None:
        """Make the queues before the launch: those made after it are looked at a second later."""
        client = DBOSClient(
            system_database_engine=self._engine, serializer=SealedSerializer(self._sealer), lazy=True,
            retry_connection_errors=False,
        )  # fmt: skip
        try:
            client._sys_db.run_migrations()
            client.register_queue(
                _QUEUE, partition_concurrency=1, worker_concurrency=self._workers, polling_interval_sec=GO_POLL,
                application_name=_APPLICATION,
            )  # fmt: skip
            for bot in bots:
                client.register_queue(
                    bot_queue(bot), worker_concurrency=CASES, polling_interval_sec=POLL, application_name=_APPLICATION
                )
        finally:
            client.destroy()

    async def hand_back(self, workflow: str, bot: str) -> None:
        """A case or slot of a bot that this process does not run waits for a worker that does."""
        database, table = _flows()
        ours = sa.and_(
            table.c.workflow_uuid == workflow, table.c.status == "PENDING", table.c.executor_id == self._executor
        )
        values = {"status": "ENQUEUED", "owner_xid": None, "started_at_epoch_ms": None, "queue_name": bot_queue(bot)}

        def work() -> None:
            with database.begin() as connection:
                connection.execute(sa.update(table).where(ours).values(**values))

        await asyncio.to_thread(work)

    async def collected(self, bot: str, name: str, number: int, *, partition: str, priority: int) -> dict[str, Any]:
        """Queue a try at collecting and wait for what came of it. Inside a slot."""
        with (
            SetWorkflowID(f"collect.{name}.{number}"),
            SetEnqueueOptions(queue_partition_key=partition, priority=priority),
        ):
            handle = await DBOS.enqueue_workflow_async(_QUEUE, self._collect, bot, name, number)
        return dict(await handle.get_result())

    async def orphans(self, bots: Sequence[str]) -> list[tuple[str, Life, bool]]:
        """Items of these bots that should be under way and have no workflow: bot, life, and whether they had one. What
        a person has paused has none, and goes on when they say so."""
        database, table = _flows()
        items = tables.items.c
        own = of_item(table.c.workflow_uuid, items.id)
        alive = sa.exists().where(own, table.c.status.in_(_ALIVE))
        first = items.id + "." + sa.cast(items.generation, sa.String)
        had = sa.exists().where(table.c.workflow_uuid == first)
        pauses = tables.pauses.c
        resting = sa.exists().where(
            pauses.item == items.id, pauses.generation == items.generation, pauses.number.is_not(None)
        )
        query = sa.select(items.bot, items.id, items.generation, items.priority, had).where(
            items.bot.in_(list(bots)), items.state.in_(("new", "in_progress")), ~alive, ~resting
        )

        def work() -> list[tuple[str, Life, bool]]:
            with database.connect() as connection:
                rows = connection.execute(query).all()
            return [(str(row[0]), Life(str(row[1]), int(row[2]), int(row[3])), bool(row[4])) for row in rows]

        return await asyncio.to_thread(work)

    async def lost_slots(self, bots: Sequence[str]) -> list[str]:
        """Slots of these bots that were fired, and have no workflow under way any more."""
        database, table = _flows()
        fired = tables.slots.c
        alive = sa.exists().where(table.c.workflow_uuid == "slot." + fired.slot, table.c.status.in_(_ALIVE))
        query = sa.select(fired.slot).where(fired.bot.in_(list(bots)), fired.state == "fired", ~alive)

        def work() -> list[str]:
            with database.connect() as connection:
                return [str(row) for row in connection.execute(query).scalars()]

        return await asyncio.to_thread(work)

    async def enqueue_go(
        self, item: str, generation: int, number: int, failures: int, which: int, *, partition: str, priority: int
    ) -> None:
        """Queue a go. Inside a case."""
        with (
            SetWorkflowID(go_id(item, generation, number)),
            SetEnqueueOptions(queue_partition_key=partition, priority=priority),
        ):
            await DBOS.enqueue_workflow_async(_QUEUE, self._go, item, generation, number, failures, which)

    async def given_up(self, since: float) -> set[str]:
        """Goes that took the process down too often, or broke, since a moment (seconds since 1970)."""
        database, table = _flows()
        failed = sa.and_(
            table.c.status.in_(_DEAD), table.c.name == GO, table.c.updated_at > int(max(0.0, since) * 1000)
        )

        def work() -> set[str]:
            with database.connect() as connection:
                return set(connection.execute(sa.select(table.c.workflow_uuid).where(failed)).scalars())

        return await asyncio.to_thread(work)

    def hand_out(self, executor: str) -> int:
        """Give the unfinished goes and cases of a worker that is gone back to their queues; returns how many. They
        keep what counts their crashes, which DBOS's `resume` would forget: an item that kills its process would go
        from host to host for ever. Blocks."""
        system = _get_dbos_instance()._sys_db
        table = system.tables.workflow_status
        left = (
            sa.update(table)
            .where(table.c.status == "PENDING", table.c.executor_id == executor)
            .values(
                status="ENQUEUED",
                owner_xid=None,
                started_at_epoch_ms=None,
                updated_at=system._now_ms_sql(),
                queue_name=sa.func.coalesce(table.c.queue_name, INTERNAL_QUEUE_NAME),
            )
        )
        with system.engine.begin() as connection:
            return connection.execute(left).rowcount

    def begun_by(self) -> set[str]:
        """Workers under whose names something stands as begun. Blocks."""
        database, table = _flows()
        query = sa.select(table.c.executor_id).where(table.c.status == "PENDING", table.c.executor_id.is_not(None))
        with database.connect() as connection:
            return {str(row) for row in connection.execute(query.distinct()).scalars()}

    async def sleep(self, seconds: float) -> None:
        """Sleep durably. Inside a case."""
        await DBOS.sleep_async(seconds)
