"""Time zones that are there, and are rarely meant."""

from __future__ import annotations

import re

_FIXED = re.compile(r"EST|MST|HST|(Etc/)?(GMT|UTC?)[+-]\d+", re.IGNORECASE)


def rarely_meant(zone: str | None) -> tuple[str, str] | None:
    """(message, cure) for a zone without summer time that looks like a place's; None for others."""
    if zone is None or _FIXED.fullmatch(zone) is None:
        return None
    sign = "" if "+" not in zone and "-" not in zone else ", and its sign is turned: Etc/GMT+2 lies west of Greenwich"
    return f"'{zone}' has no summer time{sign}", "Name a place, as in America/New_York or Europe/Berlin."
