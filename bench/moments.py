"""What happens inside a commit step, by the moments that the engine tells."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict

from robot_library.engine.ports import Event

_PIECES = {
    ("step", "before_intent"): "claim, proof looked for, guard",
    ("before_intent", "intent"): "intent written down",
    ("intent", "pressed"): "press and answer",
    ("pressed", "proven"): "proof found",
}


class Moments:
    """A listener that times the pieces of every commit."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], tuple[str, float]] = {}
        self._pieces: defaultdict[str, list[float]] = defaultdict(list)

    def note(self, event: Event) -> None:
        """Take an event of the engine."""
        now, where = time.perf_counter(), (event.item, event.path)
        before = self._last.get(where)
        if before is not None and (piece := _PIECES.get((before[0], event.moment))) is not None:
            self._pieces[piece].append(now - before[1])
        if event.moment in ("step", "before_intent", "intent", "pressed"):
            self._last[where] = (event.moment, now)

    def medians(self) -> dict[str, float]:
        """Median seconds of each piece."""
        return {piece: round(statistics.median(found), 4) for piece, found in self._pieces.items()}
