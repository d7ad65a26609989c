"""Moments that were written down by clocks that may have been wrong: one that was ahead for a minute, as when a
machine is woken, must not hold anything up for as long as it was ahead."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

HOSTS = 300.0
"""Seconds that clocks of hosts may differ by before one of them is wrong."""


def has_come(column: sa.ColumnElement[Any], now: float, furthest: float) -> sa.ColumnElement[bool]:
    """Whether a moment has come that is never set further ahead than so many seconds: one that lies much further ahead
    was set by a clock that was, and would not come."""
    return sa.or_(column <= now, column > now + 2 * furthest)


def is_past(column: sa.ColumnElement[Any], now: float) -> sa.ColumnElement[bool]:
    """Whether something was written down at a moment that has been: what is of a time to come is no news."""
    return column <= now + HOSTS
