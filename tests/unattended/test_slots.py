"""When triggers come: over both changes of the clocks, and what is made up for after everything was down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from robot_library.model.bot import App, BotSpec
from robot_library.model.trigger import Trigger
from robot_library.unattended.schedule import Schedule, coming, due
from robot_library.unattended.slots import next_after

BERLIN = "Europe/Berlin"


def cron(time: str, zone: str = BERLIN, **more: Any) -> Trigger:
    return Trigger.model_validate({"cron": {"time": time, "zone": zone, **more}})


def every(interval: str, **more: Any) -> Trigger:
    return Trigger.model_validate({"every": {"interval": interval, **more}})


def at(time: str, zone: str = BERLIN, **more: Any) -> Trigger:
    return Trigger.model_validate({"at": {"time": time, "zone": zone, **more}})


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def slots(trigger: Trigger, begin: str, end: str) -> list[str]:
    """Every slot in (begin, end], as text."""
    find, moment, found = next_after(trigger), instant(begin), []
    assert find is not None
    while (following := find(moment)) is not None and following <= instant(end):
        moment = following
        found.append(moment.isoformat())
    return found


def bot(*triggers: Trigger, name: str = "night") -> BotSpec:
    return BotSpec(bot=name, about="", workflow="look", apps={"ehr": App(map="ehr", url="x")}, triggers=triggers)


# ---- the clock on the wall ----


def test_a_time_that_is_jumped_over_fires_once_at_the_end_of_the_jump() -> None:
    """On 29 March 2026 in Berlin, 02:00 becomes 03:00."""
    found = slots(cron("30 2 * * *"), "2026-03-28T00:00+01:00", "2026-03-31T00:00+02:00")
    assert found == ["2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]


def test_several_times_in_the_jump_are_one() -> None:
    found = slots(cron("0,15,30 2,3 * * *"), "2026-03-29T01:00+01:00", "2026-03-29T04:00+02:00")
    assert found == ["2026-03-29T03:00:00+02:00", "2026-03-29T03:15:00+02:00", "2026-03-29T03:30:00+02:00"]


def test_a_time_that_comes_twice_fires_the_first_time_only() -> None:
    """On 25 October 2026 in Berlin, 03:00 becomes 02:00."""
    found = slots(cron("30 2 * * *"), "2026-10-24T12:00+02:00", "2026-10-27T00:00+01:00")
    assert found == ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]


@pytest.mark.parametrize(
    ("day", "before", "hours"),
    [("2026-03-29", "+01:00", 23), ("2026-10-25", "+02:00", 25), ("2026-05-05", "+02:00", 24)],
)
def test_a_line_that_comes_every_hour_follows_time_as_it_passes(day: str, before: str, hours: int) -> None:
    """In the long night nothing pauses for an hour, in the short one nothing comes twice."""
    begin = instant(f"{day}T00:00{before}")
    end = begin + timedelta(hours=hours)
    found = [instant(one) for one in slots(cron("*/20 * * * *"), begin.isoformat(), end.isoformat())]
    gaps = {later - earlier for earlier, later in zip([begin, *found], found, strict=False)}
    assert (len(found), gaps) == (hours * 3, {timedelta(minutes=20)})


@pytest.mark.parametrize(
    ("zone", "begin", "end", "expected"),
    [
        # Half an hour, southern summer: 02:00 becomes 02:30 on 4 October, 02:00 becomes 01:30 on 5 April 2026.
        ("Australia/Lord_Howe", "2026-10-03T12:00+10:30", "2026-10-04T12:00+11:00", ["2026-10-04T02:30:00+11:00"]),
        ("Australia/Lord_Howe", "2026-04-04T12:00+11:00", "2026-04-05T12:00+10:30", ["2026-04-05T02:15:00+10:30"]),
        # Midnight itself does not exist in Cairo on 24 April 2026; 00:15 is jumped over.
        ("America/New_York", "2026-03-07T12:00-05:00", "2026-03-08T12:00-04:00", ["2026-03-08T03:00:00-04:00"]),
        ("Asia/Kolkata", "2026-03-07T12:00+05:30", "2026-03-08T12:00+05:30", ["2026-03-08T02:15:00+05:30"]),
    ],
)
def test_zones_of_the_world(zone: str, begin: str, end: str, expected: list[str]) -> None:
    assert slots(cron("15 2 * * *", zone), begin, end) == expected


def test_every_night_of_two_years_has_one_slot_in_every_zone_of_some() -> None:
    """Whatever the zone does to its clocks, "at 02:30 each day" is one slot for each day, in order."""
    for zone in (BERLIN, "Africa/Casablanca", "America/Santiago", "Africa/Cairo", "Australia/Lord_Howe"):
        begin = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone))
        found = slots(cron("30 2 * * *", zone), begin.isoformat(), datetime(2028, 1, 1, tzinfo=UTC).isoformat())
        days = [instant(one).date() for one in found]
        assert len(days) == len(set(days))
        assert {later - earlier for earlier, later in pairwise(days)} == {timedelta(days=1)}, zone


def test_weekdays_are_those_of_crontab() -> None:
    """0 and 7 are Sunday; 1 is Monday."""
    for line in ("0 2 * * 1", "0 2 * * mon"):
        assert slots(cron(line), "2026-11-15T00:00+01:00", "2026-11-22T00:00+01:00") == ["2026-11-16T02:00:00+01:00"]
    for line in ("0 2 * * 0", "0 2 * * 7"):
        assert slots(cron(line), "2026-11-16T00:00+01:00", "2026-11-23T00:00+01:00") == ["2026-11-22T02:00:00+01:00"]


def test_equal_steps_do_not_care_for_clocks() -> None:
    found = slots(every("6 h"), "2026-10-25T00:00+00:00", "2026-10-26T00:00+00:00")
    assert found == [f"2026-10-25T{hour:02}:00:00+00:00" for hour in (6, 12, 18)] + ["2026-10-26T00:00:00+00:00"]


def test_once_is_once() -> None:
    assert slots(at("2026-03-29 02:30"), "2026-01-01T00:00+01:00", "2027-01-01T00:00+01:00") == [
        "2026-03-29T03:00:00+02:00"
    ]


def test_next_runs_of_a_bot_are_in_order() -> None:
    spec = bot(cron("0 2 * * *"), every("12 h"), at("2026-11-20 01:30"), cron("0 1 * * *"))
    found = coming(spec, instant("2026-11-19T13:00+00:00"), 4)
    assert [(one.kind, one.slot) for one in found] == [
        ("every", "night@2026-11-20T00:00:00+00:00"),
        ("at", "night@2026-11-20T01:30:00+01:00"),
        ("cron", "night@2026-11-20T02:00:00+01:00"),
        ("every", "night@2026-11-20T12:00:00+00:00"),
    ]


# ---- what was missed ----


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        (cron("0 * * * *", "UTC", missed="skip"), []),
        (cron("0 * * * *", "UTC", missed="run_once"), [7]),
        (cron("0 * * * *", "UTC", missed="run_all"), [3, 4, 5, 6, 7]),
        (cron("0 * * * *", "UTC", missed="run_all", at_most=2), [6, 7]),
        (cron("0 * * * *", "UTC", missed="run_all", look_back="2 h"), [6, 7]),
        (cron("0 * * * *", "UTC", missed="run_once", look_back="10 min"), []),
        (every("1 h", missed="run_all"), [3, 4, 5, 6, 7]),
        (Trigger.model_validate({"poll": {"every": "1 h"}}), []),
        (at("2026-11-20 05:00", "UTC"), [5]),
        (at("2026-11-20 05:00", "UTC", missed="skip"), []),
    ],
)
def test_missed_slots_are_made_up_for_as_the_bot_says(trigger: Trigger, expected: list[int]) -> None:
    """Down from 02:30 to 07:30."""
    found = due(trigger, instant("2026-11-20T02:30+00:00"), instant("2026-11-20T07:30+00:00"))
    assert [one.astimezone(UTC).hour for one in found] == expected


def test_a_slot_that_is_only_late_is_not_missed() -> None:
    found = due(
        cron("0 2 * * *", "UTC", missed="skip"), instant("2026-11-20T01:59+00:00"), instant("2026-11-20T02:00:40+00:00")
    )
    assert len(found) == 1


def test_years_of_rest_are_looked_back_on_quickly() -> None:
    trigger = every("5 s", missed="run_all", look_back="31 d", at_most=10)
    assert len(due(trigger, instant("2020-01-01T00:00+00:00"), instant("2026-01-01T00:00+00:00"))) == 10


class Database:
    """What two schedulers share: which slots were fired."""

    def __init__(self) -> None:
        self.fired: list[str] = []
        self.down = False
        self.busy = False

    async def fire(self, bot: str, slot: str) -> bool:
        if self.down:
            raise ConnectionError
        if slot in self.fired:
            return False
        self.fired.append(slot)
        return True

    async def collecting(self, bot: str) -> bool:
        return self.busy

    async def last_slots(self, bot: str) -> list[str]:
        return [slot for slot in self.fired if slot.startswith(f"{bot}@")][:-101:-1]


class Clock:
    def __init__(self, now: str) -> None:
        self.now = instant(now)

    def __call__(self) -> datetime:
        return self.now


async def test_nothing_before_a_bot_was_enabled_is_made_up() -> None:
    clock, database = Clock("2026-11-20T07:30+00:00"), Database()
    schedule = Schedule(database, clock)
    schedule.enable([bot(cron("0 * * * *", "UTC", missed="run_all"))], {"night": instant("2026-11-20T05:10+00:00")})
    await schedule.look()
    assert database.fired == ["night@2026-11-20T06:00:00+00:00", "night@2026-11-20T07:00:00+00:00"]


async def test_a_disabled_time_is_not_made_up_after_enabling_again() -> None:
    clock, database = Clock("2026-11-20T01:30+00:00"), Database()
    schedule, spec = Schedule(database, clock), bot(cron("0 * * * *", "UTC", missed="run_all"))
    schedule.enable([spec], {"night": clock.now})
    clock.now += timedelta(hours=1)
    assert len(await schedule.look()) == 1
    schedule.enable([], {})
    clock.now += timedelta(hours=5)
    assert await schedule.look() == []
    schedule.enable([spec], {"night": clock.now})
    assert await schedule.look() == []
    clock.now += timedelta(hours=1)
    assert len(await schedule.look()) == 1


async def test_a_clock_that_was_ahead_for_a_moment_keeps_no_bot_from_its_slots() -> None:
    """A machine wakes in another year until its clock is set: what comes next is worked out from the right time."""
    clock, database = Clock("2026-11-20T01:30+00:00"), Database()
    schedule, spec = Schedule(database, clock), bot(cron("0 * * * *", "UTC", missed="run_all"))
    schedule.enable([spec], {"night": clock.now})
    await schedule.look()
    right, clock.now = clock.now, instant("2027-11-20T01:30+00:00")
    await schedule.look()
    clock.now = right
    wrong = len(database.fired)
    for _ in range(3):
        assert await schedule.look() == []
        clock.now += timedelta(hours=1)
        assert len(await schedule.look()) == 1
    assert [slot[6:22] for slot in database.fired[wrong:]] == [
        "2026-11-20T02:00",
        "2026-11-20T03:00",
        "2026-11-20T04:00",
    ]
    clock.now += timedelta(hours=2)  # nobody serves, and then somebody does
    again = Schedule(database, clock)
    again.enable([spec], {"night": right})
    assert [slot[6:22] for slot in await again.look()] == ["2026-11-20T05:00", "2026-11-20T06:00"]


async def test_while_the_database_is_away_nothing_is_forgotten() -> None:
    clock, database = Clock("2026-11-20T01:30+00:00"), Database()
    schedule = Schedule(database, clock)
    schedule.enable([bot(cron("0 * * * *", "UTC", missed="run_all"))], {"night": clock.now})
    await schedule.look()
    database.down = True
    for _ in range(3):
        clock.now += timedelta(hours=1)
        assert await schedule.look() == []
    database.down = False
    assert len(await schedule.look()) == 3


async def test_what_is_asked_again_soon_does_not_pile_up_while_no_worker_takes_it() -> None:
    """A worklist looked at every minute, a night run and an hour without workers."""
    clock, database = Clock("2026-11-20T01:30+00:00"), Database()
    schedule = Schedule(database, clock)
    spec = bot(Trigger.model_validate({"poll": {"every": "1 min"}}), cron("0 2 * * *", "UTC"), name="night")
    schedule.enable([spec], {"night": clock.now})
    for _ in range(60):
        clock.now += timedelta(minutes=1)
        await schedule.look()
        database.busy = True
    assert database.fired == ["night@2026-11-20T01:31:00+00:00", "night@2026-11-20T02:00:00+00:00"]


def test_triggers_say_what_they_are_in_a_few_words() -> None:
    said = {
        "every day at 02:30": cron("30 2 * * *", "UTC"),
        "mon, fri, sun at 02:00, 14:00": cron("0 2,14 * * mon,fri,sun", "UTC"),
        "cron */5 * * * *": cron("*/5 * * * *", "UTC"),
        "cron 0 2 1 * *": cron("0 2 1 * *", "UTC"),
        "every 90 s": every("90 s"),
        "every 2 h": every("120 min"),
        "worklist every 5 min": Trigger.model_validate({"poll": {"every": "5 min"}}),
        "after first (typed)": Trigger.model_validate({"after": {"bot": "first"}}),
    }
    assert {one.in_words.removesuffix(" (UTC)"): one for one in said.values()} == said
