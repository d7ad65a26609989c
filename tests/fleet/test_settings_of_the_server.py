"""What a server, a role or a database may be set to, and what may stand between: it changes nothing, or is refused."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, make_engine
from robot_library.engine.fleet.lease import ServerLease
from robot_library.engine.line.admission import Admission, SeatNeed
from robot_library.errors import RunCancelled, SetupError
from tests.engine.conftest import KEY
from tests.fleet.cluster import Cluster


def show(what: str) -> Callable[[sa.Connection], str]:
    """Ask for a setting."""
    return lambda connection: str(connection.execute(sa.text(f"SHOW {what}")).scalar_one())


def a_store(cluster: Cluster, *settings: str) -> tuple[Store, str]:
    """One on a database that is set so; it, and the database's name."""
    name = cluster.new_database()
    for setting in settings:
        cluster.ask(f"ALTER DATABASE {name} SET {setting}")
    store = Store(cluster.url(name))
    store.open(KEY.fingerprint)
    return store, name


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
async def test_a_credential_has_one_seat_whatever_a_transaction_is_shown(cluster: Cluster, level: str) -> None:
    """Where it is shown only what there was when it began, whoever waits for its turn counts what is long past."""
    one, name = a_store(cluster, f"default_transaction_isolation = '{level}'")
    other = Store(cluster.url(name))

    def slowly(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO wetread_seats"):
            time.sleep(0.6)

    for engine in (one.durable, one._swift):
        sa.event.listen(engine, "before_cursor_execute", slowly)

    async def later() -> Any:
        await asyncio.sleep(0.3)
        return await Admission(other).admit([], [SeatNeed("credential:bot", "second|bot", 1)])

    try:
        had = Admission(one).admit([], [SeatNeed("credential:bot", "first|bot", 1)])
        first, second = await asyncio.gather(had, later())
        assert first is None
        assert second is not None
        assert await Admission(one).seats() == [("credential:bot", "first|bot")]
    finally:
        one.close()
        other.close()


async def test_a_commit_is_on_disk_though_the_database_is_set_not_to_wait_for_that(cluster: Cluster) -> None:
    store, _ = a_store(cluster, "synchronous_commit = off")
    try:
        assert await store.write(show("synchronous_commit")) == "on"
        assert await store.write(show("synchronous_commit"), swift=True) == "off"
    finally:
        store.close()


async def test_of_two_that_wait_for_each_other_both_come_through(cluster: Cluster) -> None:
    store, _ = a_store(cluster, "deadlock_timeout = '100ms'")
    try:
        rows = [{"name": name, "value": "0"} for name in "ab"]
        await store.write(lambda connection: connection.execute(sa.insert(tables.meta), rows))

        def both(order: str) -> Callable[[sa.Connection], None]:
            def work(connection: sa.Connection) -> None:
                for name in order:
                    change = sa.update(tables.meta).where(tables.meta.c.name == name)
                    connection.execute(change.values(value=tables.meta.c.value + order))
                    time.sleep(0.2)

            return work

        await asyncio.gather(store.write(both("ab")), store.write(both("ba")))
        query = sa.select(tables.meta.c.value).where(tables.meta.c.name.in_(list("ab")))
        kept = await store.read(lambda connection: connection.execute(query).scalars().all())
        assert kept[0] == kept[1]
        assert sorted(kept[0]) == sorted("0abba")
    finally:
        store.close()


async def test_a_server_that_takes_nothing_more_is_left_for_the_one_that_does(cluster: Cluster) -> None:
    """Sessions that began while it was read-only stay so; with it for good, the worker ends, and is started again."""
    store, name = a_store(cluster)
    lost: list[int] = []
    store.lost = lambda: lost.append(1)

    def write(connection: sa.Connection) -> int:
        return connection.execute(sa.update(tables.meta).values(value=tables.meta.c.value)).rowcount

    try:
        cluster.ask(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        store.close()
        assert await store.read(lambda connection: connection.execute(sa.select(sa.literal(1))).scalar_one()) == 1
        cluster.ask(f"ALTER DATABASE {name} SET default_transaction_read_only = off")
        assert await store.write(write) > 0
        assert not lost
        cluster.ask(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        store.close()
        with pytest.raises(RunCancelled):
            await store.write(write)
        assert lost
    finally:
        store.close()


def _without_options(there: socket.socket, port: int) -> None:
    """A pooler that was told to ignore what a session is opened with, as it must be to let anybody in who says it."""

    def pass_on(source: socket.socket, to: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                to.sendall(data)
        with contextlib.suppress(OSError):
            to.shutdown(socket.SHUT_WR)

    with contextlib.suppress(OSError):
        while True:
            asks, _ = there.accept()
            (length,) = struct.unpack(">I", asks.recv(4, socket.MSG_WAITALL))
            said = asks.recv(length - 4, socket.MSG_WAITALL)
            words = said[4:].split(b"\0")[:-2]
            kept = [word for at in range(0, len(words), 2) if words[at] != b"options" for word in words[at : at + 2]]
            body = said[:4] + b"\0".join(kept) + b"\0\0"
            server = socket.create_connection(("127.0.0.1", port))
            server.sendall(struct.pack(">I", len(body) + 4) + body)
            for pair in ((asks, server), (server, asks)):
                threading.Thread(target=pass_on, args=pair, daemon=True).start()


def test_no_lease_is_taken_through_what_would_keep_it_after_its_host(cluster: Cluster, tmp_path: Path) -> None:
    name = cluster.new_database()
    with socket.create_server(("127.0.0.1", 0)) as there:
        threading.Thread(target=_without_options, args=(there, cluster.port), daemon=True).start()
        through = cluster.url(name).replace(str(cluster.port), str(there.getsockname()[1])) + "?sslmode=disable"
        for url, refused in ((through, True), (cluster.url(name), False)):
            engine = make_engine(url)
            lease = ServerLease(engine, tmp_path, "worker")
            with pytest.raises(SetupError, match="connection pooler") if refused else contextlib.nullcontext():
                lease.take()
            lease.release()
            engine.dispose()
