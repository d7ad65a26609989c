"""One live process for each executor id: two would run the same parts twice."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import IO

from robot_library.errors import SetupError

_CURE = "Stop it first, or start this one under another executor id."
_CURES = {"office": "Stop it first, in peace: wetread serve --stop."}
"""What helps, where a name has a cure of its own."""


class ExecutorLock:
    """An operating-system lock on a file: gone with the process that holds it, however it ends."""

    def __init__(self, folder: Path, executor: str) -> None:
        self.path = folder / f"{executor}.lock"
        self._executor = executor
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """SetupError if another live process holds this executor id here."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self.path.open("a+b")
        try:
            _lock(file)
        except OSError:
            file.close()
            raise SetupError(
                f"another process is already at work here as {self._executor!r}.",
                cure=_CURES.get(self._executor, _CURE),
            ) from None
        self._file = file

    def release(self) -> None:
        """Give it back; the file stays."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> ExecutorLock:
        self.take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(0, os.SEEK_SET)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
