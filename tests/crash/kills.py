"""What is killed, when; and the killer itself, which listens to the engine inside the worker."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import psutil

from robot_library.engine.ports import Event

Victims = Literal["tree", "worker", "browser"]
"""The worker with its browser; the worker alone, its browser left an orphan; the browser alone."""


@dataclass(frozen=True)
class Kill:
    """At the next event `at` ("moment:path"), or `delay` seconds after it."""

    at: str
    victims: Victims = "tree"
    delay: float = 0.0


@dataclass(frozen=True)
class Strike:
    """A kill that has happened: planned at `at`, and `last` is the last event before it.

    `pids`, each with when it was born, were the worker's browser then."""

    at: str
    victims: Victims
    delay: float
    item: str
    last: str
    when: float
    pids: list[list[float]]


class Killer:
    """An engine's listener. Writes every event and every strike into a file, before it strikes.

    An item is killed `per_item` times at most, its browser once: production gives an item up that takes the worker
    down too often, or that fails at each of its attempts.
    """

    def __init__(self, log: Path, kills: list[Kill], per_item: int) -> None:
        self._log, self._kills, self._per_item = log, kills, per_item
        before = strikes(log)
        self._struck = Counter(strike.item for strike in before)
        self._lost_browser = {strike.item for strike in before if strike.victims == "browser"}
        self._aiming = False
        self._last = Event("", "step")

    def __call__(self, event: Event) -> None:
        self._last = event
        self._write({"event": name_of(event), "item": event.item, "outcome": event.outcome, "when": time.time()})
        if not self._kills or self._aiming or not self._fits(self._kills[0], event):
            return
        kill = self._kills.pop(0)
        if not kill.delay:
            self._strike(kill)
            return
        self._aiming = True
        timer = threading.Timer(kill.delay, self._strike, (kill,))
        timer.daemon = True
        timer.start()

    def _fits(self, kill: Kill, event: Event) -> bool:
        if kill.victims == "browser" and event.item in self._lost_browser:
            return False
        return kill.at == name_of(event) and self._struck[event.item] < self._per_item

    def _strike(self, kill: Kill) -> None:
        me = psutil.Process()
        below = me.children(recursive=True)
        drivers = me.children()
        doomed = [process for process in below if kill.victims == "tree" or process not in drivers]
        strike = Strike(
            **asdict(kill), item=self._last.item, last=name_of(self._last), when=time.time(),
            pids=[[process.pid, process.create_time()] for process in below],
        )  # fmt: skip
        self._write({"strike": asdict(strike)})
        self._struck[strike.item] += 1
        self._lost_browser |= {strike.item} if kill.victims == "browser" else set()
        if kill.victims != "worker":
            for process in doomed:
                kill_quietly(process)
        if kill.victims != "browser":
            die()
        self._aiming = False

    def _write(self, line: dict[str, object]) -> None:
        with self._log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def name_of(event: Event) -> str:
    """An event as kills name it; what happens while orders are collected is told apart."""
    collecting = "collect/" if event.item.startswith("collect") else ""
    return f"{collecting}{event.moment}:{event.path}"


def die() -> None:
    """End this process as a power cut would: no handler, no flush, no goodbye."""
    os.kill(os.getpid(), signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)


def kill_quietly(process: psutil.Process) -> None:
    """kill -9, unless it has gone already."""
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


def strikes(log: Path) -> list[Strike]:
    """Every strike so far."""
    return [Strike(**line["strike"]) for line in lines(log) if "strike" in line]


def events(log: Path) -> list[dict[str, str]]:
    """Every event so far."""
    return [line for line in lines(log) if "event" in line]


def lines(log: Path) -> list[dict[str, Any]]:
    """What the killers of all lives have written; a last line cut short by a kill is left out."""
    if not log.exists():
        return []
    found = []
    for line in log.read_text(encoding="utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found
