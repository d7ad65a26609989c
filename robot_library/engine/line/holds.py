"""A hold on a line as others meet it: as data of a go that was laid down, and in words for whoever waits."""

from __future__ import annotations

import time
from typing import Any

from robot_library.errors import LineHeld, LineStopped

Result = dict[str, Any]
_GOES_ON = {
    "Closed": "It goes on by itself when the system opens.",
    "SystemDown": "It goes on by itself when the system answers.",
}


def laid_down(held: LineHeld) -> Result:
    """A go that was held, as data. Its reason names systems and times only."""
    until = max(held.until, time.time())
    return {"kind": "held", "code": held.code, "reason": held.reason, "scope": held.scope, "until": until}


def taken_up(result: Result) -> LineHeld:
    """The hold of a go that was laid down."""
    return LineHeld(result["code"], result["reason"], scope=result["scope"], until=result["until"])


def stopped(held: LineHeld) -> LineStopped:
    """Why nothing goes on, for whoever waits for it."""
    return LineStopped(
        f"{held.reason}; what is left stays in the queue.",
        cure=_GOES_ON.get(held.code, "`wetread line` says why."),
    )
