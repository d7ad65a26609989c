"""One hospital that survives, and the lives of the worker on it; what came of it by the hospital's own database."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from robot_library.cli.site import open_key, reading
from robot_library.engine.records.items import ItemView
from robot_library.hospital import verdict
from robot_library.hospital.verdict import OrderVerdict, Verdict
from tests.crash.kills import Kill, Strike, events, kill_quietly, strikes
from tests.crash.worker import BOT, VARIABLE

PROJECT = Path(__file__).parents[2]
PER_ITEM = 4
"""Below the engine's own limit (5), after which an item that takes the worker down is given up."""
_LIFE_S = 900.0
_ORPHAN_S = 30.0


@dataclass(frozen=True)
class Ended:
    """One order: what should have become of it, what the hospital has, what the engine says."""

    truth: OrderVerdict
    views: tuple[ItemView, ...]

    @property
    def outcome(self) -> str:
        """As `wetread demo` counts it: what the hospital saved is typed, whatever the engine says."""
        if self.truth.saves:
            return "typed"
        return str(self.views[0].outcome) if self.views else "not taken"

    @property
    def wrong(self) -> str:
        """What is not as it should be; empty if all is well."""
        truth, faults = self.truth, list(self.truth.problems)
        if len(self.views) != 1:
            faults.append(f"{len(self.views)} items")
        faults += [f"is {view.item.state}" for view in self.views if view.outcome is None]
        faults += [f"engine says {view.outcome} ({view.code}: {view.reason})" for view in self.views
                   if view.outcome != truth.expected]  # fmt: skip
        if truth.saves != (truth.expected == "typed"):
            faults.append(f"{truth.saves} saves")
        if truth.attachments != (truth.expected == "typed"):
            faults.append(f"{truth.attachments} pictures")
        return f"{truth.order} ({truth.trap}, {truth.expected}): {'; '.join(faults)}" if faults else ""


class Ward:
    """A hospital at work, and the bot's home beside it."""

    def __init__(self, folder: Path, addresses: dict[str, str]) -> None:
        self.folder, self.addresses = folder, addresses
        self.log = folder / "strikes.jsonl"
        self.lives = 0

    def life(self, kills: list[Kill], orders: list[str] | None = None) -> bool:
        """Run the worker until it is idle (True) or killed (False). Anything else is an error."""
        self.lives += 1
        plan = {
            "addresses": self.addresses, "kills": [asdict(kill) for kill in kills], "per_item": PER_ITEM,
            "orders": orders or [],
        }  # fmt: skip
        said = self.folder / f"life-{self.lives}.txt"
        command = [sys.executable, "-m", "tests.crash.worker", str(self.folder)]
        before = len(self.strikes())
        with said.open("w", encoding="utf-8") as out:
            # An orphaned browser holds the pipes of its dead parent, so there are none.
            process = subprocess.Popen(
                command, cwd=PROJECT, env={**os.environ, VARIABLE: json.dumps(plan)}, stdout=out, stderr=out
            )
            try:
                code = process.wait(_LIFE_S)
            except subprocess.TimeoutExpired:
                for each in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
                    kill_quietly(each)
                code = process.wait()
                raise AssertionError(f"a worker hung: {said.read_text(encoding='utf-8')[-3000:]}") from None
        killed = code == -9 and len(self.strikes()) > before and self.strikes()[-1].victims != "browser"
        assert killed or code == 0, f"exit status {code}: {said.read_text(encoding='utf-8')[-3000:]}"
        return code == 0

    def strikes(self) -> list[Strike]:
        """Every kill so far."""
        return strikes(self.log)

    def boundaries(self) -> list[str]:
        """Every moment of the items so far at which an item can be killed, once each, in order."""
        named = [line["event"] for line in events(self.log) if not line["event"].startswith("collect/")]
        return list(dict.fromkeys(named))

    def orders(self, *traps: str) -> list[str]:
        """Orders with these traps, by number."""
        database = sqlite3.connect(self.folder / "hospital.sqlite")
        try:
            rows = database.execute("SELECT order_id, trap FROM orders ORDER BY order_id").fetchall()
        finally:
            database.close()
        return [order for order, trap in rows if trap in traps]

    def verdict(self) -> Verdict:
        """The hospital's own word."""
        return verdict(self.folder)

    def ended(self, orders: list[str] | None = None) -> list[Ended]:
        """What became of these orders, or of all."""
        views = asyncio.run(self._views())
        return [
            Ended(truth, tuple(view for view in views if view.item.payload["order"] == truth.order))
            for truth in self.verdict().items
            if orders is None or truth.order in orders
        ]

    async def _views(self) -> list[ItemView]:
        async with reading(self.folder / "bot") as engine:
            return await engine.items(BOT)

    def orphans(self) -> list[int]:
        """Processes of killed workers that are alive after half a minute; they should have ended by themselves."""
        until = time.monotonic() + _ORPHAN_S
        left = {(int(pid), born) for strike in self.strikes() for pid, born in strike.pids}
        while left:
            left = {(pid, born) for pid, born in left if _alive(pid, born)}
            if not left or time.monotonic() > until:
                break
            psutil.wait_procs([psutil.Process(pid) for pid, _ in left if psutil.pid_exists(pid)], timeout=1.0)
        return sorted(pid for pid, _ in left)


def _alive(pid: int, born: float) -> bool:
    try:
        process = psutil.Process(pid)
        return bool(process.create_time() == born) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def ward(
    folder: Path, seed: int, *, module: str = "robot_library.hospital", chaos: int | None = None
) -> Iterator[Ward]:
    """A hospital in a process of its own, which survives every worker."""
    folder.mkdir(parents=True, exist_ok=True)
    open_key(folder / "bot", create=True)
    command = [sys.executable, "-m", module, "--dir", str(folder), "--seed", str(seed), "--until-eof"]
    process = subprocess.Popen(
        command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, "the demo hospital did not start"
        yield Ward(folder, json.loads(line))
    finally:
        process.stdin.close()
        process.wait(120)
        process.stdout.close()
