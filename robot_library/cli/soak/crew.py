"""The workers of a soak, who kills them, and who starts them again."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from robot_library.cli.progress import counted
from robot_library.cli.site import open_desk
from robot_library.cli.soak.place import BOT, Place
from robot_library.errors import SetupError

if TYPE_CHECKING:
    from robot_library.engine.desk import Desk

_LOOK_S = 0.5
_SHARES = (("tree", 5), ("worker", 3), ("browser", 2))
"""The worker with its browser, the worker alone, its browser alone: out of ten kills."""
_TOO_SHORT_S, _TOO_MANY = 5.0, 5


class Worker:
    """One worker process, life after life."""

    def __init__(self, number: int, place: Place, environment: dict[str, str]) -> None:
        self.name = f"soak-{number}"
        self._place, self._environment = place, environment
        self._lives = self._short = 0
        self._began = 0.0
        self._out: IO[str] | None = None
        self.process: subprocess.Popen[str] | None = None

    def keep_alive(self) -> None:
        """Start it if it does not run. SetupError if it ends by itself again and again."""
        if self.process is not None and self.process.poll() is None:
            return
        if self.process is not None:
            self._short = self._short + 1 if time.monotonic() - self._began < _TOO_SHORT_S else 0
            if self._short >= _TOO_MANY:
                raise SetupError(f"{self.name} does not stay up.", cure=f"Read {self._said()}.")
        self.leave()
        self._lives += 1
        while self._said().exists():
            self._lives += 1
        self._began = time.monotonic()
        self.close_output()
        self._out = self._said().open("w", encoding="utf-8")
        command = [sys.executable, "-m", "robot_library.cli.main", "worker", "--bot", BOT, "--executor", self.name]
        command += ["--home", str(self._place.home.resolve()), "--project", str(self._place.project.resolve())]
        command += ["--until-eof"]  # it ends with this process, however that ends
        self.process = subprocess.Popen(
            command, env=self._environment, stdin=subprocess.PIPE, stdout=self._out, stderr=self._out, text=True
        )

    def _said(self) -> Path:
        return self._place.said / f"{self.name}-{self._lives}.txt"

    def leave(self) -> None:
        """Ask it to finish the step at hand and go."""
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()

    def wait(self) -> None:
        """Until it has gone; by force if it does not go."""
        if self.process is not None:
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                end(self.process.pid, "tree")
                self.process.wait()
        self.close_output()

    def close_output(self) -> None:
        """Give the file back."""
        if self._out is not None:
            self._out.close()
            self._out = None


class Crew:
    """Works a worklist off. A context manager: no worker outlives it."""

    def __init__(
        self, place: Place, addresses: dict[str, str], workers: int, kills: int, seed: int, *, quiet: bool
    ) -> None:
        self._place, self._kills, self._quiet = place, kills, quiet
        self._dice = random.Random(f"soak-{seed}")  # noqa: S311 - a soak is repeated by its seed
        environment = place.environment(addresses)
        self._workers = [Worker(number, place, environment) for number in range(1, workers + 1)]
        self.stops = 0
        self.kills_made = sum(kill["ended"] for kill in self._kept_kills())
        """Those before this soak was broken off count."""

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for worker in self._workers:
            worker.leave()
        for worker in self._workers:
            worker.wait()

    async def work(self, items: int, limit: float | None) -> bool:
        """Have the worklist collected and worked off; True when every order has ended, False at the limit (seconds)."""
        until = time.monotonic() + (limit or float("inf"))
        when = self._moments(items)[self.kills_made :]
        with counted("At work", quiet=self._quiet) as progress:
            async with open_desk(self._place.home) as desk:
                await desk.fire(BOT, "soak")
                while time.monotonic() < until:
                    for worker in self._workers:
                        worker.keep_alive()
                    ended, taken = await _standing(desk)
                    progress(ended, items, f"{self.kills_made} kills")
                    if taken >= items and ended >= taken:
                        return True
                    if when and ended >= when[0] and self._kill():
                        when.pop(0)
                    self.stops += await _let_go_on(desk)
                    await asyncio.sleep(_LOOK_S * (0.5 + self._dice.random()))
        return False

    def _moments(self, items: int) -> list[float]:
        """After how many ended orders each kill comes: spread over the run, at random within its stretch."""
        return sorted(items * (number + self._dice.random()) / self._kills * 0.97 for number in range(self._kills))

    def _kill(self) -> bool:
        """Whether there was anything to end: a worker that starts has no browser yet, and is met a little later."""
        victims = self._dice.choices([name for name, _ in _SHARES], [share for _, share in _SHARES])[0]
        worker = self._dice.choice(self._workers)
        assert worker.process is not None
        at, ended = time.time(), end(worker.process.pid, victims)
        if not ended:
            return False
        with self._kills_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"at": at, "worker": worker.name, "victims": victims, "ended": ended}) + "\n")
        self.kills_made += ended
        return True

    @property
    def _kills_file(self) -> Path:
        return self._place.said / "kills.jsonl"

    def _kept_kills(self) -> list[dict[str, Any]]:
        if not self._kills_file.exists():
            return []
        return [json.loads(line) for line in self._kills_file.read_text(encoding="utf-8").splitlines()]


def end(pid: int, victims: str) -> int:
    """End a process (`worker`), its browser (`browser`) or both (`tree`) as a power cut would; 0 if it was gone."""
    import psutil

    try:
        worker = psutil.Process(pid)
        below = worker.children(recursive=True)
        drivers = worker.children()
    except psutil.NoSuchProcess:
        return 0
    doomed: list[Any] = [worker] if victims != "browser" else []
    if victims != "worker":
        doomed += [child for child in below if victims == "tree" or child not in drivers]
    for process in doomed:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    return 1 if doomed else 0


async def _standing(desk: Desk) -> tuple[int, int]:
    """How many orders have ended or wait for a person, and how many there are."""
    tallies = await desk.board.tally()
    taken = sum(tally.count for tally in tallies)
    return taken - sum(tally.count for tally in tallies if tally.state in ("new", "in_progress")), taken


async def _let_go_on(desk: Desk) -> int:
    """A line that stopped by itself goes on: whoever soaks has looked. Returns how many there were."""
    stopped = await desk.switches.list()
    for switch in stopped:
        await desk.switches.go_on(switch.scope, "soak")
    return len(stopped)
