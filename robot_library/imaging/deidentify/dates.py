"""Dates moved by whole days; times of day stay, so that intervals within and between a patient's days stay."""

from __future__ import annotations

import re
from datetime import date, timedelta

_FULL = re.compile(r"(\d{4})[.\-]?(\d{2})[.\-]?(\d{2})")
_MOMENT = re.compile(r"(\d{8})(\d{0,6}(?:\.\d{1,6})?)([+-]\d{4})?")


def shift(text: str, vr: str, days: int) -> str | None:
    """A DA or DT value moved, a TM value as it is; None for what is no full date: it cannot be moved, so it goes."""
    text = text.strip(" \0")
    if vr == "TM":
        return text if re.fullmatch(r"[\d:.]{2,16}", text) else None
    if vr == "DA":
        match = _FULL.fullmatch(text)
        return _moved("".join(match.groups()), days) if match else None
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    moved = _moved(match[1], days)
    return moved and f"{moved}{match[2]}{match[3] or ''}"


def _moved(digits: str, days: int) -> str | None:
    try:
        there = date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return f"{there.year:04d}{there.month:02d}{there.day:02d}"
