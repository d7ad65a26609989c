"""One parser for so many seconds of a processor, in a process of its own: what ends the process is a finding, too.

Inputs come from atheris where it is installed (`guided`), elsewhere from `mutate`. Whatever comes to a new branch, or
without atheris behaves in a new way (another error, another message but for its values), is kept as a seed, for this
run and for the next. What crashes is kept apart.
"""

from __future__ import annotations

import faulthandler
import hashlib
import importlib.util
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

from bench.fuzz.mutate import mutated
from bench.fuzz.parsers import PARSERS, Parser

HANGS = 300
"""Seconds after which one input is a finding by itself; a busy machine is not one, nor a codec that is ended after two
minutes."""
MOST = 500
"""Seeds in memory, and right inputs."""
_MEMORY = 4 << 30
_VALUES = re.compile(r"'[^']*'|\"[^\"]*\"|\d+|[^\x00-\x7f]+")


@dataclass
class Found:
    """What came of it. `crashes`: what is wrong → file with the input."""

    parser: str
    inputs: int = 0
    taken: int = 0
    refused: int = 0
    seeds: int = 0
    seconds: float = 0.0
    crashes: dict[str, str] = field(default_factory=dict)


def drive(name: str, seconds: float, folder: Path, seed: int = 1) -> Found:
    """In a process of its own; a crash of that is a finding, and the rest of the time goes on after it."""
    place, began, total = folder / name, used(), Found(name)
    place.mkdir(parents=True, exist_ok=True)
    while (left := seconds - (used() - began)) > 0:
        command = [sys.executable, "-m", *_program(name, left, folder, seed)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        said = json.loads(report.read_text(encoding="utf-8")) if (report := place / "report.json").exists() else {}
        total = _added(total, Found(**said) if said else Found(name))
        report.unlink(missing_ok=True)
        if ended.returncode == 0:
            break
        last = place / "input"
        why = f"the process ended with {ended.returncode}: {ended.stderr.strip()[-300:]}"
        if not last.exists():
            raise RuntimeError(why)  # it never came to an input
        total.crashes[why] = str(_kept(place / "crashes", last.read_bytes()))
        seed += 1
    total.seconds = round(used() - began, 1)
    return total


def _program(name: str, seconds: float, folder: Path, seed: int) -> list[str]:
    if importlib.util.find_spec("atheris"):
        return ["bench.fuzz.guided", name, f"{seconds:.1f}", str(folder), str(seed)]
    said_to = ["--seconds", f"{seconds:.1f}", "--out", str(folder), "--seed", str(seed)]
    return ["bench.fuzz", "--child", name, *said_to]


def used() -> float:
    """Seconds of a processor that this process and those it has waited for have had: a busy machine gives fewer."""
    return sum(os.times()[:4])


def child(name: str, seconds: float, folder: Path, seed: int) -> Found:
    """The process itself."""
    bounded()
    place, parser = folder / name, PARSERS[name]
    run = Run(parser, place, random.Random(seed))
    run.go(seconds)
    run.report()
    return run.found


class Run:
    """Inputs, one after the other. `place` None: nothing is kept."""

    clock = True
    """Whether an input that hangs is ended from here."""

    def __init__(self, parser: Parser, place: Path | None, chance: random.Random) -> None:
        self.found = Found(parser.name)
        self._parser, self._place, self._chance = parser, place, chance
        self._parse = parser.open()
        kept = sorted((place / "seeds").glob("*")) if place else []
        self.seeds = [*parser.seeds(), *(path.read_bytes() for path in kept)]
        self._right: list[bytes] = []
        self._known: set[str] = set()
        self._last: BinaryIO | None = None

    def go(self, seconds: float = float("inf"), inputs: int | None = None) -> None:
        """Every seed, then mutations of them, until the time or the inputs are used up."""
        if self._place is None:
            return self._go(seconds, inputs)
        with self.watched():
            return self._go(seconds, inputs)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """What is being tried lies in a file, should it end the process or not come to an end."""
        assert self._place
        # One open file: the disk makes us wait for one that is made anew for every input.
        with (self._place / "input").open("wb") as self._last:
            yield

    def report(self) -> None:
        """For the process that has started this one."""
        assert self._place
        (self._place / "report.json").write_text(json.dumps(asdict(self.found)), encoding="utf-8")

    def _go(self, seconds: float, inputs: int | None) -> None:
        began = used()
        waiting = list(self.seeds)
        while used() - began < seconds and self.found.inputs != inputs:
            fresh = not waiting
            data = mutated(self._from(), self._parser.words, self._chance) if fresh else waiting.pop()
            self.one(data, keep=fresh)
        self.found.seconds = round(used() - began, 1)

    def _from(self) -> list[bytes]:
        """Half of the inputs come of right ones: what was refused once is mostly refused again."""
        return self._right if self._right and self._chance.random() < 0.5 else self.seeds

    def one(self, data: bytes, *, keep: bool) -> None:
        """One input."""
        self.found.inputs += 1
        if self._last:
            self._last.seek(0)
            self._last.write(data)
            self._last.truncate()
            self._last.flush()
        if self._last and self.clock:
            faulthandler.dump_traceback_later(HANGS, exit=True)
        try:
            said = f"taken {self._parse(data) or ''}"
            self.found.taken += 1
            if len(self._right) < MOST:
                self._right.append(data)
        except self._parser.may as refused:
            said = f"{type(refused).__name__} {refused}"
            self.found.refused += 1
        except Exception as crash:
            self._crashed(crash, data)
            return
        finally:
            if self.clock:
                faulthandler.cancel_dump_traceback_later()
        if keep and len(self.seeds) < MOST and (shape := _VALUES.sub("_", said)[:200]) not in self._known:
            self._known.add(shape)
            self.seeds.append(data)
            self.found.seeds += 1
            if self._place:
                _kept(self._place / "seeds", data)

    def _crashed(self, crash: Exception, data: bytes) -> None:
        trace, at = crash.__traceback__, ""
        while trace is not None:
            file = Path(trace.tb_frame.f_code.co_filename)
            if "robot_library" in file.parts:
                at = f"{file.name}:{trace.tb_lineno}"
            trace = trace.tb_next
        why = f"{type(crash).__name__} at {at}: {_VALUES.sub('_', str(crash))[:120]}"
        if why not in self.found.crashes:
            self.found.crashes[why] = str(_kept(self._place / "crashes", data)) if self._place else repr(data[:300])


def _added(total: Found, more: Found) -> Found:
    numbers = {name: getattr(total, name) + getattr(more, name) for name in ("inputs", "taken", "refused", "seeds")}
    return Found(total.parser, **numbers, crashes={**total.crashes, **more.crashes})


def _kept(folder: Path, data: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / hashlib.sha256(data).hexdigest()[:16]
    path.write_bytes(data)
    return path


def bounded() -> None:
    """A bomb ends as an error, not as a machine without memory."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
