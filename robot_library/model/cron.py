"""The five fields of a crontab line as sets of numbers, read strictly.

Weekdays are those of crontab everywhere else (0 and 7 are Sunday); a scheduler that counts from Monday gets names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PART = re.compile(r"(\*|[a-z0-9]+(?:-[a-z0-9]+)?)(?:/(\d{1,2}))?")


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    words: tuple[str, ...] = ()
    first: int = 0
    """The number of the first word."""


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day", 1, 31),
    _Field("month", 1, 12, MONTHS, 1),
    _Field("weekday", 0, 7, WEEKDAYS),
)


@dataclass(frozen=True)
class CronTimes:
    """When a crontab line comes: minutes, hours, days of the month, months, weekdays (0 is Sunday)."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @property
    def hourly(self) -> bool:
        """Whether it comes in every hour, and so follows time as it passes, not the clock on the wall."""
        return len(self.hours) == 24

    @property
    def in_words(self) -> str:
        """'mon, tue at 02:30'; "" where words would be longer than the line."""
        if len(self.minutes) * len(self.hours) > 3 or len(self.months) < 12 or len(self.days) < 31:
            return ""
        clock = ", ".join(f"{hour:02}:{minute:02}" for hour in sorted(self.hours) for minute in sorted(self.minutes))
        days = sorted(self.weekdays, key=lambda day: (day - 1) % 7)
        every = len(days) == 7
        return f"{'every day' if every else ', '.join(WEEKDAYS[day] for day in days)} at {clock}"


def parse_cron(text: str) -> CronTimes:
    """'0 2 * * mon-fri' → CronTimes. ValueError says which field is wrong and what it takes, never what was given."""
    fields = text.lower().split()
    if len(fields) != len(_FIELDS):
        raise ValueError(f"cron has five fields (minute hour day month weekday), here are {len(fields)}")
    minutes, hours, days, months, weekdays = (_read(given, how) for given, how in zip(fields, _FIELDS, strict=True))
    weekdays = frozenset(day % 7 for day in weekdays)
    if len(days) < 31 and len(weekdays) < 7:
        raise ValueError(
            "day of the month and weekday are both given, and crons differ in what that means; write two triggers"
        )
    if not any(min(days) <= _LONGEST[month - 1] for month in months):
        raise ValueError("this day never comes in these months")
    return CronTimes(minutes, hours, days, months, weekdays)


def _read(text: str, field: _Field) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise _wrong(field)
        low, high = (field.low, field.high) if match[1] == "*" else _span(match[1], field)
        if match[2] is not None and "-" not in match[1] and match[1] != "*":
            high = field.high
        step = int(match[2] or 1)
        if step == 0:
            raise _wrong(field)
        found.update(range(low, high + 1, step))
    return frozenset(found)


def _span(text: str, field: _Field) -> tuple[int, int]:
    first, _, last = text.partition("-")
    low = _number(first, field)
    high = _number(last, field) if last else low
    if high < low:
        raise ValueError(f"the {field.name}s run backwards; write two ranges with a comma between them")
    return low, high


def _number(text: str, field: _Field) -> int:
    number = field.words.index(text) + field.first if text in field.words else int(text) if text.isdigit() else -1
    if not field.low <= number <= field.high:
        raise _wrong(field)
    return number


def _wrong(field: _Field) -> ValueError:
    words = f" or {field.words[0]} to {field.words[-1]}" if field.words else ""
    return ValueError(f"the {field.name} takes {field.low} to {field.high}{words}, with * , - and / as in crontab")
