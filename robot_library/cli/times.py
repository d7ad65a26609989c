"""Moments as every command gives them: to people in this machine's zone and its offset, to programs ISO 8601 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def shown(at: float | datetime | None) -> str:
    """2026-11-28 10:05:31 +01:00; a dash for None. Seconds since 1970, or a moment of any zone."""
    if at is None:
        return "-"
    text = _moment(at).astimezone().isoformat(sep=" ", timespec="seconds")
    return f"{text[:19]} {text[19:]}"


def utc(at: float | datetime | None) -> str | None:
    """2026-11-28T09:05:31Z; None for None."""
    if at is None:
        return None
    return _moment(at).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _moment(at: float | datetime) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
