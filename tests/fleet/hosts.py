"""Starts the hosts of a fleet's test, reads what they tell, ends them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
Told = dict[str, Any]
LONG = 300.0
"""Seconds that nothing takes, however busy the machine is."""


class Host:
    """One worker process. `network` is the network namespace it runs in."""

    def __init__(self, folder: Path, executor: str, *more: str, url: str | None = None, network: str = "") -> None:
        self.executor, self.url = executor, url
        self.told: list[Told] = []
        self._news = threading.Condition()
        command = [sys.executable, "-m", "tests.fleet.host", str(folder), executor, *more]
        within = ["ip", "netns", "exec", network] if network else []
        kept = {name: value for name, value in os.environ.items() if name != "WETREAD_DB"}
        self._errors = (folder / f"{executor}.{time.monotonic_ns()}.err").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [*within, *command], cwd=PROJECT, env=kept | ({"WETREAD_DB": url} if url else {}),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True, encoding="utf-8",
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.told.append(json.loads(line))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def wait_for(self, fits: Callable[[Told], bool], seconds: float = LONG) -> Told:
        """The first thing told that fits, now or later."""
        until, seen = time.monotonic() + seconds, 0
        with self._news:
            while True:
                for told in self.told[seen:]:
                    if fits(told):
                        return told
                seen = len(self.told)
                left = until - time.monotonic()
                if left <= 0 or (not self._reader.is_alive() and seen == len(self.told)):
                    raise AssertionError(f"{self.executor} never told it: {self.told[-5:]} {self.errors()}")
                self._news.wait(min(left, 0.5))

    def moment(self, name: str, item: str = "") -> Told:
        """The first event of this kind (about this item)."""
        return self.wait_for(lambda told: told["moment"] == name and item in ("", told.get("item")))

    def count(self, name: str) -> int:
        """How many events of this kind were told."""
        return sum(told["moment"] == name for told in self.told)

    def signal(self, number: signal.Signals) -> None:
        """Send the worker a signal."""
        self.process.send_signal(number)

    def ended(self) -> int:
        """Its exit status, when it has one."""
        status = self.process.wait(LONG)
        self._reader.join(LONG)
        return status

    def end(self) -> None:
        """End it now, however it is."""
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
            assert self.process.stdin is not None
            self.process.stdin.close()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(LONG)
        for stream in (self.process.stdin, self.process.stdout, self._errors):
            if stream is not None:
                stream.close()

    def errors(self) -> str:
        """The end of what it wrote to stderr."""
        self._errors.flush()
        self._errors.seek(0)
        return self._errors.read()[-3000:]


def together(some: Sequence[Host], name: str, count: int, seconds: float = LONG) -> None:
    """Wait until these hosts have told of so many events of a kind, all in all."""
    until = time.monotonic() + seconds
    while sum(host.count(name) for host in some) < count:
        assert time.monotonic() < until, [(host.executor, host.count(name), host.errors()) for host in some]
        time.sleep(0.05)


@contextmanager
def hosts() -> Iterator[Callable[..., Host]]:
    """Start hosts with what this yields; all are ended afterwards."""
    started: list[Host] = []

    def start(*words: Any, **more: Any) -> Host:
        started.append(Host(*words, **more))
        return started[-1]

    try:
        yield start
    finally:
        for host in started:
            host.end()
