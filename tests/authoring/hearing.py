"""What a person who is recorded does: see what the recorder says, then go on."""

from __future__ import annotations

import asyncio


class Hears:
    """`lines` grows with what the recorder says; `most_ms`: so long one of them may take."""

    most_ms = 60_000

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    async def heard(self, part: str) -> None:
        """Wait until the recorder has said this."""
        for _ in range(self.most_ms // 50):
            if any(part in line for line in self.lines):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"never said: {part}; said: {self.lines}")
