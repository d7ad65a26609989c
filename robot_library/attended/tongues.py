"""The languages of the clerk's app, and how each writes dates and numbers."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from robot_library.web.languages import Languages
from robot_library.web.pages import Pages
from robot_library.web.static import Static
from robot_library.web.times import Clock
from robot_library.web.words import Words

NAMES: Mapping[str, str] = {"en": "English", "es": "Español"}
"""Each language as those who speak it call it."""


def tongues(folders: Sequence[Path], static: Static, zone: str) -> Languages:
    """The pages of these rooms' folders in every language."""
    clock = Clock(zone)
    words = [folder / "words" for folder in folders if (folder / "words").is_dir()]
    templates = [folder / "templates" for folder in folders if (folder / "templates").is_dir()]
    return Languages(
        {code: Pages(templates, Words(words, code), static, clock, filters(code, clock)) for code in NAMES}
    )


def filters(language: str, clock: Clock) -> dict[str, Callable[..., Any]]:
    """`short`, `whole`, `day`, `number`: moments (seconds since 1970), dates and counts as the language writes them."""
    from babel.dates import format_date, format_datetime, format_time
    from babel.numbers import format_decimal

    def short(moment: float | None) -> str:
        if moment is None:
            return "–"
        at = clock.at(moment)
        if at.date() == clock.at(time.time()).date():
            return format_time(at, "short", locale=language)
        return format_datetime(at, "d MMM HH:mm", locale=language)

    def whole(moment: float) -> str:
        return f"{format_datetime(clock.at(moment), 'medium', locale=language)} {clock.name}"

    def day(value: date | datetime | float) -> str:
        # The month in words: 03/04/1950 is two days, depending on who reads it.
        at = clock.at(value) if isinstance(value, int | float) else value
        return format_date(at, "d MMM y", locale=language)

    def number(value: float) -> str:
        return format_decimal(value, locale=language)

    return {"short": short, "whole": whole, "day": day, "number": number}
