"""A Robot library for tests: counts what is done, in this process, beyond all instances."""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import Any


class tally:  # noqa: N801 (Robot looks for a class of the module's name)
    """Every keyword tells on `done`."""

    done: list[tuple[str, int, str]] = []
    """(keyword, identity of the instance, thread)"""

    def __init__(self, start: int = 0) -> None:
        self.count = start

    def _tell(self, what: str) -> None:
        tally.done.append((what, id(self), threading.current_thread().name))

    def add_one(self, step: int = 1) -> int:
        self._tell("add one")
        self.count += step
        return self.count

    def send(self, text: str) -> str:
        self._tell("send")
        return f"sent {text}"

    def send_and_fail(self, text: str) -> None:
        self._tell("send and fail")
        raise RuntimeError(f"{text} was refused")

    def talk(self, text: str) -> None:
        print(text)
        print(text, file=sys.stderr)
        logging.getLogger("tally").warning("about %s", text)
        sys.__stdout__.write(text)  # type: ignore[union-attr]

    def give_up(self, seconds: float) -> None:
        self._tell("give up")
        time.sleep(seconds)

    def thing(self) -> Any:
        return object()
