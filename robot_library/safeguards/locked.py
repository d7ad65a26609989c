"""One at a time over a file, between threads and processes. The lock goes with the process that holds it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

LOCK_S = 30.0


@contextmanager
def locked(path: Path, seconds: float = LOCK_S) -> Iterator[None]:
    """Hold the lock on a file, made for its owner alone if it is not there, while the block runs. TimeoutError if
    another holds it for so long."""
    with open(path, "a+b", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        _take(file, time.monotonic() + seconds)
        try:
            yield
        finally:
            _give_back(file)


if sys.platform == "win32":
    import msvcrt

    def _try(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _give_back(file: IO[bytes]) -> None:
        file.seek(0)
        with suppress(OSError):
            msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _try(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _give_back(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)


def _take(file: IO[bytes], until: float) -> None:
    while True:
        try:
            return _try(file)
        except OSError:
            if time.monotonic() > until:
                raise TimeoutError("another process holds a lock and does not let go") from None
            time.sleep(0.002)
