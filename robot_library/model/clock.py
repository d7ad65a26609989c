"""Times of day on weekdays, in a zone: what opening hours, gentle hours and weekly maintenance are written in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from difflib import get_close_matches
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from robot_library.model.base import Frozen

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = "every day"


def weekdays(text: str) -> tuple[int, ...]:
    """'mon-fri', 'sat, sun', 'every day' → numbers, Monday is 0. ValueError for anything else."""
    if text.strip().lower() == EVERY_DAY:
        return tuple(range(7))
    found: list[int] = []
    for part in text.lower().split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        begin, end = _day(first), _day(last if dash else first)
        found += [day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)]
    return tuple(dict.fromkeys(found))


def _day(word: str) -> int:
    if word not in DAYS:
        near = get_close_matches(word, (*DAYS, EVERY_DAY), 1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise ValueError(f"days are written mon, tue, wed, thu, fri, sat, sun, as in 'mon-fri' or 'sat, sun'{hint}")
    return DAYS.index(word)


def _days(text: str) -> str:
    weekdays(text)
    return text


def time_of_day(text: str) -> time:
    """'08:00' → time. ValueError if it is none."""
    hours, colon, minutes = text.strip().partition(":")
    if not colon or not hours.isdecimal() or not minutes.isdecimal() or len(minutes) != 2 or len(hours) > 2:
        raise ValueError("write a time of day, as in 08:00")
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError("there is no such time of day; from 00:00 to 23:59")
    return time(int(hours), int(minutes))


def _time(text: str) -> str:
    time_of_day(text)
    return text


def zone(name: str) -> ZoneInfo:
    """A time zone by name. ValueError with the nearest one if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        from zoneinfo import available_timezones

        near = get_close_matches(name, available_timezones(), 1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise ValueError(f"there is no such time zone; write one as in Europe/Berlin{hint}") from None


def _zone(name: str) -> str:
    zone(name)
    return name


Days = Annotated[str, AfterValidator(_days)]
TimeOfDay = Annotated[str, AfterValidator(_time)]
Zone = Annotated[str, AfterValidator(_zone)]


class Span(Frozen):
    """A stretch of the day. `to` before `from` means: until the next morning."""

    days: Days = EVERY_DAY
    """As in `mon-fri`, `sat, sun`, `every day`: the days on which it begins."""
    from_: TimeOfDay = Field(alias="from", description="When it begins, as in 08:00.")
    to: TimeOfDay = Field(description="When it ends.")

    @model_validator(mode="after")
    def _lasts(self) -> Span:
        if time_of_day(self.from_) == time_of_day(self.to):
            raise ValueError("it ends when it begins; for a whole day write 00:00 to 23:59")
        return self

    def covers(self, here: datetime) -> bool:
        """Whether this local time lies in it."""
        begin, end, days = time_of_day(self.from_), time_of_day(self.to), weekdays(self.days)
        now = here.time().replace(tzinfo=None)
        if end == time(23, 59):  # the last minute belongs to the day
            return here.weekday() in days and now >= begin
        if begin < end:
            return here.weekday() in days and begin <= now < end
        return (here.weekday() in days and now >= begin) or ((here.weekday() - 1) % 7 in days and now < end)

    def edges(self, here: datetime) -> Iterator[datetime]:
        """When it begins or ends in the nine days from the day before this local time on."""
        for ahead in range(-1, 8):
            day = here.date() + timedelta(days=ahead)
            for at in (time_of_day(self.from_), time_of_day(self.to)):
                yield datetime.combine(day, at, here.tzinfo)
            yield datetime.combine(day, time(0), here.tzinfo)


def moment(text: str) -> datetime:
    """'2026-12-01 22:00' → local date and time without a zone. ValueError if it is none."""
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M")
    except ValueError:
        raise ValueError("write a date and a time of day, as in 2026-12-01 22:00") from None


def _moment(text: str) -> str:
    moment(text)
    return text


Moment = Annotated[str, AfterValidator(_moment)]
