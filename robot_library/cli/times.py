"""Moments as every command gives them: to people in this machine's zone and its offset, to programs ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

_MOMENTS = frozenset(
    {"at", "since", "until", "due", "created", "updated", "started", "raised", "seen", "acknowledged", "cleared",
     "expires", "told", "ended", "asked", "closed"}
)  # fmt: skip


def shown(at: float | datetime | None, zone: tzinfo | None = None) -> str:
    """2026-11-28 10:05:31 +01:00; a dash for None. Seconds since 1970, or a moment of any zone."""
    if at is None:
        return "-"
    text = _moment(at).astimezone(zone).isoformat(sep=" ", timespec="seconds")
    return f"{text[:19]} {text[19:]}"


def utc(at: float | datetime | None) -> str | None:
    """2026-11-28T09:05:31Z; None for None."""
    if at is None:
        return None
    return _moment(at).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def in_utc(value: Any) -> Any:
    """Data for programs: every moment in it, known by its key and given in seconds since 1970, as `utc` gives it."""
    if isinstance(value, Mapping):
        return {key: utc(one) if key in _MOMENTS and _is_number(one) else in_utc(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [in_utc(one) for one in value]
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _moment(at: float | datetime) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
