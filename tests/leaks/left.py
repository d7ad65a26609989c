"""What commands leave behind: run as a site runs them, in an empty folder, with folders of their own for everything
that programs keep for themselves; then every byte of it is searched."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.leaks.hunt import Hit, Hunt

OWN = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
ROOT = Path(__file__).parents[2]
LOOKS = (
    ("runs", "--json"), ("runs", "--report", "runs.html"), ("runs", "--times"), ("queue", "list"),
    ("audit", "list", "--json"), ("audit", "verify"), ("line",), ("doctor", "--project", str(ROOT)),
)  # fmt: skip
"""What people and programs ask afterwards, each of which is printed, too."""


class _Lines:
    """Command lines of every process that has a folder in its environment, looked at again and again."""

    def __init__(self, folder: Path) -> None:
        self._mark, self._ended, self.seen = os.fsencode(folder), threading.Event(), set[bytes]()

    def __enter__(self) -> _Lines:
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.2):
            for process in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    if self._mark in (process / "environ").read_bytes():
                        self.seen.add((process / "cmdline").read_bytes().replace(b"\0", b" "))


class Left:
    """One home under `folder`. `values` are variables: addresses, and credentials by their names."""

    def __init__(self, folder: Path, values: Mapping[str, str], database: str = "") -> None:
        self.folder, self.work, self.home = folder, folder / "work", folder / "work" / "home"
        self.printed, self.commands = b"", set[bytes]()
        self._environment = {**os.environ, **values, "PYTHONPATH": str(ROOT), "WETREAD_LOG_FORMAT": "json"}
        if database:
            self._environment["WETREAD_DB"] = database
        self.work.mkdir(parents=True)
        for name in OWN:
            self._environment[name] = str(folder / name.lower())
            (folder / name.lower()).mkdir()

    def _command(self, words: Iterable[str]) -> list[str]:
        return [sys.executable, "-m", "robot_library.cli.main", *words, "--home", str(self.home)]

    def do(self, *words: str, code: int | None = 0, limit: float = 3600) -> str:
        """Run a command to its end; what it says on stdout."""
        with _Lines(self.folder) as lines:
            done = subprocess.run(
                self._command(words), cwd=self.work, env=self._environment, capture_output=True, timeout=limit
            )
        self.printed += done.stdout + b"\n" + done.stderr + b"\n"
        self.commands |= lines.seen
        assert code is None or done.returncode == code, done.stderr.decode(errors="replace")[-3000:]
        return done.stdout.decode()

    def worked_off(self, bot: str, limit: float = 3600) -> None:
        """A worker of a fleet takes all that waits for this bot, and leaves in peace; started again, as a service is,
        where it has lost its lease."""
        command = self._command(["worker", "--bot", bot, "--project", str(ROOT), "--until-eof"])
        end = time.monotonic() + limit
        with (self.folder / "worker.log").open("wb") as log, _Lines(self.folder) as lines:
            while self._waits():
                assert time.monotonic() < end, "it never came to an end"
                with subprocess.Popen(
                    command, cwd=self.work, env=self._environment, stdin=subprocess.PIPE, stdout=log, stderr=log
                ) as worker:
                    try:
                        while worker.poll() is None and self._waits() and time.monotonic() < end:
                            time.sleep(3)
                        worker.communicate(b"", timeout=300)
                    finally:
                        worker.kill()
        self.commands |= lines.seen

    def _waits(self) -> bool:
        return any(one["state"] in ("new", "in_progress") for one in self.items())

    def items(self) -> list[dict[str, Any]]:
        """Every item as programs see it."""
        return list(json.loads(self.do("queue", "list", "--json"))["items"])

    def looked_at(self) -> None:
        """All that people look at afterwards, and a bundle that leaves the house."""
        for words in LOOKS:
            self.do(*words, code=None)
        typed = [one["item"] for one in self.items() if one.get("outcome") == "typed"]
        for item in typed[:1]:
            self.do("incident", item, "--why", "looked at", "--out", "incident.zip")

    def hits(self, marks: Iterable[str], *more: Path) -> list[Hit]:
        """Where they are found in clear or wrapped: in all that lies here, in what was printed, in the
        command lines of its processes, and in `more`."""
        hunt = Hunt(marks)
        assert any(b"robot_library" in line for line in self.commands), "no process was looked at"
        found = [*hunt.within(self.printed, "printed"), *hunt.within(b"\n".join(self.commands), "command lines")]
        for folder in (self.folder, *more):
            found += hunt.folder(folder)
        return found


def credential(name: str, user: str, password: str) -> dict[str, str]:
    """A credential, as the environment holds it."""
    return {f"WETREAD_CREDENTIAL_{name.upper().replace('-', '_')}": f"{user}:{password}"}
