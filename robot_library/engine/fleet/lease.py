"""The lease of a worker: while it is held, nobody else runs what this worker has begun; when it is gone, somebody does.

On one machine the lease is the lock file, which the system takes away with the process. On a server it is an advisory
lock held by a session of its own, and the *server* ends that session when it has been asked nothing for
`SERVER_ENDS` seconds: so it is with a host that is cut off, a process that is frozen, a machine that is dead. The
worker itself believes in its lease for only `BELIEVED` seconds after it last began to ask, by a clock that goes on
while the machine sleeps; and nobody takes over before a lease has been seen free for as long (docs/decisions/0011).
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from robot_library.engine.database.session import ServerSession
from robot_library.engine.fleet.lock import ExecutorLock
from robot_library.errors import SetupError

log = logging.getLogger("wetread.engine")
ASKED_EVERY = 0.75
ANSWER_WITHIN = 2.0
BELIEVED = 3.0
SERVER_ENDS = 5.0
_PATIENCE = 3.0
"""A lease that is not free may just be ending with its process, or be held for a moment by who hands out its work."""
_HELD = sa.text(
    "SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
    " AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Lease(Protocol):
    """What the engine needs of it. Nothing here waits longer than a few seconds, whatever the network does."""

    grace: float
    """Seconds for which another worker's lease must have been free before its work is taken over."""
    surely_dead: bool
    """Whether a worker whose lease is gone has surely ended, so that nothing of it can be under way."""

    def take(self) -> None:
        """Hold it from now on. SetupError if another process holds it."""

    def release(self) -> None:
        """Give it back."""

    def held(self) -> bool:
        """Whether it may still be believed in. Nothing is asked; once False, it stays False."""

    def ask(self) -> bool:
        """Whether it is held, asked of whoever keeps it."""

    def free(self, executors: set[str]) -> set[str]:
        """Which of these workers' leases nobody holds."""

    def instead_of(self, executor: str) -> contextlib.AbstractContextManager[bool]:
        """Hold another worker's lease for a moment, if it is free (True): it cannot come back meanwhile."""


def clock() -> float:
    """Seconds that go on while the machine sleeps."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def _patiently(take: Callable[[], bool]) -> bool:
    until = clock() + _PATIENCE
    while not take():
        if clock() > until:
            return False
        time.sleep(0.1)
    return True


class FileLease:
    """One machine: the lock file. A frozen process keeps it, and nobody takes its work."""

    grace, surely_dead = 0.0, True

    def __init__(self, home: Path, executor: str) -> None:
        self._home, self._lock = home, ExecutorLock(home, executor)
        self._held = False

    def take(self) -> None:
        def taken() -> bool:
            with contextlib.suppress(SetupError):
                self._lock.take()
                self._held = True
            return self._held

        if not _patiently(taken):
            self._lock.take()
            self._held = True

    def release(self) -> None:
        self._held = False
        self._lock.release()

    def held(self) -> bool:
        return self._held

    def ask(self) -> bool:
        return self._held

    def free(self, executors: set[str]) -> set[str]:
        found = set()
        for executor in executors:
            with self.instead_of(executor) as free:
                found |= {executor} if free else set()
        return found

    @contextlib.contextmanager
    def instead_of(self, executor: str) -> Iterator[bool]:
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(ExecutorLock(self._home, executor))
            except SetupError:
                yield False
                return
            yield True


class ServerLease:
    """Many machines: an advisory lock on the server, and on this machine the lock file."""

    grace, surely_dead = BELIEVED, False

    def __init__(self, database: sa.Engine, home: Path, executor: str) -> None:
        self._database, self._executor = database, executor
        self._file = FileLease(home, executor)
        self._session: ServerSession | None = None
        self._until = 0.0
        self._lost = True
        self._over = threading.Event()
        self._beats: threading.Thread | None = None

    def take(self) -> None:
        self._file.take()
        try:
            url = self._database.url.render_as_string(hide_password=False)
            self._session = ServerSession(url, idle=SERVER_ENDS, within=ANSWER_WITHIN)
            if not _patiently(self._taken):
                raise SetupError(
                    f"another process is already at work on this server as {self._executor!r}.",
                    cure="Stop it first, or start this one under another executor id.",
                )
        except BaseException:
            self.release()
            raise
        self._over.clear()
        self._beats = threading.Thread(target=self._beat, name="wetread-lease", daemon=True)
        self._beats.start()

    def _taken(self) -> bool:
        assert self._session is not None
        begun = clock()
        if self._session.ask(f"SELECT pg_try_advisory_lock({number(self._executor)})") != "t":
            return False
        self._until, self._lost = begun + BELIEVED, False
        return True

    def release(self) -> None:
        self._over.set()
        self._lost = True
        if self._session is not None:
            self._session.close()
            self._session = None
        if self._beats is not None:
            self._beats.join(ANSWER_WITHIN)
            self._beats = None
        self._file.release()

    def held(self) -> bool:
        if not self._lost and clock() >= self._until:
            self._lost = True
        return not self._lost

    def ask(self) -> bool:
        session = self._session
        if session is None or not self.held():
            return False
        begun = clock()
        try:
            # This session is the lock's: while it answers, the lock is held.
            session.ask("SELECT 1")
            self._until = max(self._until, begun + BELIEVED)
        except SetupError:
            self._lost = True
        return self.held()

    def _beat(self) -> None:
        while not self._over.wait(ASKED_EVERY):
            if not self.ask():
                return

    def free(self, executors: set[str]) -> set[str]:
        with self._database.connect() as connection:
            held = set(connection.execute(_HELD).scalars())
        return {executor for executor in executors if number(executor) not in held}

    @contextlib.contextmanager
    def instead_of(self, executor: str) -> Iterator[bool]:
        session, got = self._session, False
        if session is not None:
            with contextlib.suppress(SetupError):
                got = session.ask(f"SELECT pg_try_advisory_lock({number(executor)})") == "t"
        try:
            yield got
        finally:
            if got and session is not None:
                with contextlib.suppress(SetupError):
                    session.ask(f"SELECT pg_advisory_unlock({number(executor)})")


def number(executor: str) -> int:
    """The advisory lock's number of a worker, a signed 64-bit one."""
    return int.from_bytes(hashlib.sha256(f"wetread|{executor}".encode()).digest()[:8], "big", signed=True)


def make_lease(database: sa.Engine, home: Path, executor: str) -> Lease:
    """The lease that fits the database."""
    if database.dialect.name == "postgresql":
        return ServerLease(database, home, executor)
    return FileLease(home, executor)
