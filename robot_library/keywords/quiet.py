"""Nothing that a keyword says reaches a log or a terminal: libraries print and log what they work on."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_here = threading.local()
_lock = threading.Lock()
_running = 0
_before: list[Any] = []
WITHHELD = "a keyword's library said something, withheld"


def _is_hushed() -> bool:
    return getattr(_here, "depth", 0) > 0


class _Ear:
    """Stands before a stream: swallows what hushed threads write, lets everybody else's through."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return len(text) if _is_hushed() else int(self._stream.write(text) or 0)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def hushed() -> Iterator[None]:
    """While it lasts, what this thread prints is dropped, and what it logs keeps its place and loses its words."""
    _enter()
    _here.depth = getattr(_here, "depth", 0) + 1
    try:
        yield
    finally:
        _here.depth -= 1
        _leave()


_STREAMS = ("stdout", "stderr", "__stdout__", "__stderr__")


def _enter() -> None:
    global _running
    with _lock:
        _running += 1
        if _running > 1:
            return
        factory = logging.getLogRecordFactory()
        streams = {name: getattr(sys, name) for name in _STREAMS}
        _before[:] = [factory, streams]

        def withheld(*args: Any, **kwargs: Any) -> logging.LogRecord:
            record = factory(*args, **kwargs)
            if _is_hushed():
                record.msg, record.args, record.levelno = WITHHELD, (), min(record.levelno, logging.DEBUG)
                record.exc_info, record.exc_text, record.stack_info = None, None, None
            return record

        logging.setLogRecordFactory(withheld)
        for name, stream in streams.items():
            if stream is not None:
                setattr(sys, name, _Ear(stream))


def _leave() -> None:
    global _running
    with _lock:
        _running -= 1
        if _running:
            return
        factory, streams = _before
        logging.setLogRecordFactory(factory)
        for name, stream in streams.items():
            if isinstance(getattr(sys, name), _Ear):
                setattr(sys, name, stream)
