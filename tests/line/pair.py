"""One of two processes on one home and one record: `python -m tests.line.pair FOLDER EXECUTOR`. Both take every order
there is, and run until nothing is left."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from robot_library.engine.engine import Engine
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.world import Record, TinyDriver, TinySkills


async def main(folder: Path, executor: str) -> None:
    record = Record(folder / "record.sqlite")
    sealer = SealedJson(KEY)
    engine = Engine(folder / "home", sealer, sealer.fingerprint, executor=executor, settle=0.05)
    engine.add_bot(assembly(folder, record, driver=TinyDriver(record), skills=TinySkills("negative")))
    async with engine:
        for order in sorted(row[0] for row in record.run("SELECT order_id FROM orders")):
            await engine.submit("tiny", {"order": order}, order)
        await engine.run_until_idle()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
