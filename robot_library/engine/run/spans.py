"""Where the time of a go and of its steps is told to, for those who collect traces; to nobody, unless somebody asks.

Only the site's own names, opaque ids, codes and places are ever told: no value, key, title or message.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

Ended = Callable[[str, str], None]
"""How it ended: its outcome, and the code of its error (empty: none)."""


class Spans(Protocol):
    """Steps lie inside the go, and inside the steps around them."""

    def go(self, bot: str, workflow: str, item: str) -> AbstractContextManager[Ended]:
        """One go at one item."""

    def step(self, action: str, effect: str, path: str, place: str) -> AbstractContextManager[Ended]:
        """One step; `place` is where it stands in its file."""

    def close(self) -> None:
        """Hand on what is left. May take some seconds; raises nothing."""


def _nobody(outcome: str, code: str) -> None:
    """Nobody is told."""


_NOTHING = nullcontext(_nobody)


class NoSpans:
    """Costs a call and no more."""

    def go(self, bot: str, workflow: str, item: str) -> AbstractContextManager[Ended]:
        return _NOTHING

    def step(self, action: str, effect: str, path: str, place: str) -> AbstractContextManager[Ended]:
        return _NOTHING

    def close(self) -> None:
        return
