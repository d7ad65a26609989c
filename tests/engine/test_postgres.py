"""The same engine on a PostgreSQL server: items run, wait and resume, and one executor id has one process."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.engine import Engine
from robot_library.errors import SetupError
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.world import Record, TinySkills, yes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("initdb") is None or sys.platform == "win32", reason="no PostgreSQL here"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A cluster of its own on loopback. PostgreSQL refuses to run as root, so root lends it another user."""
    folder = Path(tempfile.mkdtemp(prefix="wetread-pg-"))
    other: dict[str, Any] = {"user": "nobody"} if os.geteuid() == 0 else {}
    if other:
        shutil.chown(folder, "nobody")
    data = folder / "data"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = {"check": True, "capture_output": True, "cwd": folder, **other}
    subprocess.run(["initdb", "-D", str(data), "-U", "wetread", "-A", "trust", "-N"], **run)
    options = f"-p {port} -h 127.0.0.1 -k {folder}"
    subprocess.run(["pg_ctl", "-D", str(data), "-w", "-o", options, "-l", str(folder / "log"), "start"], **run)
    try:
        yield f"postgresql+psycopg://wetread@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(["pg_ctl", "-D", str(data), "-m", "immediate", "stop"], **run)
        shutil.rmtree(folder, ignore_errors=True)


def engine(server: str, home: Path, record: Record, executor: str = "worker", **more: Any) -> Engine:
    sealer = SealedJson(KEY)
    made = Engine(home, sealer, sealer.fingerprint, url=server, executor=executor, settle=0.01)
    made.add_bot(assembly(home, record, **more))
    return made


async def test_items_run_wait_and_resume(server: str, tmp_path: Path) -> None:
    record = Record(tmp_path / "record.sqlite")
    for number in range(1, 4):
        record.add(f"O{number}", f"P{number}")
    skills = TinySkills("uncertain")
    async with engine(server, tmp_path / "a", record, skills=skills) as running:
        item = await running.submit("tiny", {"order": "O1"}, "O1")
        assert item is not None
        await running.run_until_idle()
        other = engine(server, tmp_path / "b", record)
        with pytest.raises(SetupError, match="on this server"):
            await other.start()
    skills.decision = "negative"
    async with engine(server, tmp_path / "a", record, skills=TinySkills("uncertain")) as running:
        assert await running.answer(item.id, yes())
        assert await running.submit("tiny", {"order": "O1"}, "O1") is None
        await running.run_until_idle()
        assert (await running.item(item.id)).outcome == "typed"
    assert record.saves("O1") == ["positive"]
