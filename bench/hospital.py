"""The demo hospital in a process of its own, for measurements.

`python -m bench.hospital --dir D` serves like `python -m robot_library.hospital`, but its sign-in never ends: a
hand-written flow that signs in once must reach its end as ours does.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from robot_library.hospital.settings import ACCOUNTS
from robot_library.hospital.settings import BOT as USER
from robot_library.interfaces import Credential
from robot_library.safeguards.vault import Vault

WRITABLE = ("plain", "same_name", "monochrome_pair", "shared_study")
"""Traps of the orders that every flow may write into."""


@dataclass(frozen=True)
class Addresses:
    """Where a hospital is, and the process that serves it."""

    folder: Path
    ehr: str
    pacs: str
    dicomweb: str
    pid: int

    def values(self) -> dict[str, str]:
        """What fills the addresses in a bot's file."""
        return {"WETREAD_EHR_URL": self.ehr, "WETREAD_PACS_URL": self.pacs, "WETREAD_DICOMWEB_URL": self.dicomweb}


def account() -> Credential:
    """The bot's own account, good for both sites."""
    return Credential(USER, ACCOUNTS[USER].password)


def vault() -> Vault:
    """The bot's credentials by the names that the bots use."""
    return Vault({"ehr-bot": account(), "pacs-bot": account()})


def build(folder: Path, seed: int) -> Path:
    """A hospital in a folder, not serving."""
    from robot_library.hospital.build import ensure

    ensure(folder, seed)
    return folder


def copy(built: Path, folder: Path) -> Path:
    """The same hospital anew, as if nothing had been written into it."""
    shutil.copytree(built, folder)
    return folder


@contextmanager
def serving(folder: Path, seed: int, *, sessions_end: bool = False) -> Iterator[Addresses]:
    """Serve a built hospital in a process of its own. RuntimeError if it does not start."""
    module = "robot_library.hospital" if sessions_end else "bench.hospital"
    command = [sys.executable, "-m", module, "--dir", str(folder), "--seed", str(seed), "--until-eof"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the demo hospital did not start")
        said = json.loads(line)
        yield Addresses(folder, said["ehr"], said["pacs"], said["dicomweb"], process.pid)
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def writable(folder: Path) -> list[str]:
    """Order numbers that every flow may write into, in the worklist's order."""
    database = sqlite3.connect(folder / "hospital.sqlite")
    marks = ",".join("?" * len(WRITABLE))
    try:
        rows = database.execute(f"SELECT order_id FROM orders WHERE trap IN ({marks}) ORDER BY 1", WRITABLE)
        return [str(row[0]) for row in rows]
    finally:
        database.close()


def main() -> int:
    """Serve until standard input ends."""
    from robot_library.hospital import Hospital

    parser = argparse.ArgumentParser(prog="python -m bench.hospital")
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--until-eof", action="store_true")
    chosen = parser.parse_args()
    with Hospital(chosen.dir, seed=chosen.seed, session_requests=()) as hospital:
        said = {"ehr": hospital.ehr_url, "pacs": hospital.pacs_url, "dicomweb": hospital.dicomweb_url}
        print(json.dumps(said), flush=True)
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
