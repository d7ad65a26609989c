"""What is written down before and after a press survives a power cut: every connection waits for the disk."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from robot_library.engine.engine import Engine
from tests.engine.conftest import at_work, hospital, submit

FULL = 2
"""PRAGMA synchronous: 2 waits for the disk at every commit, 1 (NORMAL) only now and then once there is a WAL."""


def kept(engine: sa.Engine) -> tuple[str, int]:
    """Journal mode, and how long a commit waits, of a connection as this engine hands it out."""
    with engine.connect() as connection:
        mode, waits = (
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("journal_mode", "synchronous")
        )
        return str(mode), int(waits)


def checkpoints(engine: Engine) -> sa.Engine:
    """Where DBOS writes its checkpoints."""
    from dbos import _dbos

    running = _dbos._get_dbos_instance()
    return running._sys_db.engine  # type: ignore[no-any-return]


async def test_journal_and_checkpoints_wait_for_the_disk(tmp_path: Path) -> None:
    """With NORMAL the last commits may be gone after a power cut: a save that nobody remembers is typed again."""
    async with at_work(tmp_path, hospital(tmp_path, 1)) as engine:
        await submit(engine, "O1")
        await engine.run_until_idle()
        assert kept(engine.store.durable) == ("wal", FULL)
        assert kept(checkpoints(engine)) == ("wal", FULL)
