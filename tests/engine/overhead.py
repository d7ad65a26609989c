"""What the engine itself costs a step: `python -m tests.engine.overhead [STEPS]` prints milliseconds as JSON.

The steps do nothing, the database is real (SQLite, WAL, synchronous=FULL), queue and recording included. A read
without a value is the cheapest step; a computed value is on disk before the next step begins.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from robot_library.engine.engine import Engine
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.world import Record


async def _seconds(folder: Path, written: list[tuple[Any, ...]]) -> float:
    sealer = SealedJson(KEY)
    engine = Engine(folder / "home", sealer, sealer.fingerprint)
    engine.add_bot(assembly(folder, Record(folder / "record.sqlite"), written))
    async with engine:
        began: list[float] = []
        ended: list[float] = []
        engine.listen(lambda event: began.append(time.perf_counter()) if event.moment == "step" else None)
        engine.listen(lambda event: ended.append(time.perf_counter()) if event.moment == "step_done" else None)
        await engine.submit("tiny", {"order": "O1"}, "O1")
        await engine.run_until_idle()
        (view,) = await engine.items()
    if view.outcome != "typed":
        raise RuntimeError(f"the run failed: {view.code}")
    return ended[-1] - began[0]


def measure(steps: int = 300) -> dict[str, float]:
    """Milliseconds a step: of one that does nothing, and of one whose value is journalled."""
    ways: dict[str, list[tuple[Any, ...]]] = {
        "noop": [("noop", {})] * steps,
        "journalled": [("compute", {"value": "x"}, f"n{number}") for number in range(steps)],
    }
    found = {}
    for name, written in ways.items():
        with tempfile.TemporaryDirectory() as folder:
            found[name] = round(asyncio.run(_seconds(Path(folder), written)) / steps * 1000, 3)
    return found


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 300)))
