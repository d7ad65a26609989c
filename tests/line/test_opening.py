"""Opening hours, maintenance and paces at a moment, over nights, weekends and the change of clocks."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from robot_library.engine.line.opening import Opening
from robot_library.model.clock import weekdays
from robot_library.model.site import Site

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).timestamp()


def opening(**limits: Any) -> Opening:
    site = Site.model_validate({"zone": "Europe/Berlin", "systems": {"ehr": limits}})
    return Opening("ehr", site.systems["ehr"], site.zone)


def opens(one: Opening, text: str) -> str:
    """When it opens, in Berlin's time; "" if it is open."""
    closed = one.closed(at(text))
    return "" if closed is None else datetime.fromtimestamp(closed.until, BERLIN).strftime("%a %d %H:%M")


@pytest.mark.parametrize(
    ("text", "days"),
    [("mon-fri", (0, 1, 2, 3, 4)), ("sat, sun", (5, 6)), ("fri-mon", (4, 5, 6, 0)), ("every day", tuple(range(7)))],
)
def test_days_are_read_as_people_write_them(text: str, days: tuple[int, ...]) -> None:
    assert weekdays(text) == days


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    night = opening(hours=[{"days": "mon-fri", "from": "22:00", "to": "06:00"}])
    assert opens(night, "2026-11-27 23:00") == ""  # Friday
    assert opens(night, "2026-11-28 05:59") == ""  # Saturday morning still
    assert opens(night, "2026-11-28 06:00") == "Mon 30 22:00"
    assert opens(night, "2026-11-30 05:00") == "Mon 30 22:00"  # Sunday's night is none


def test_without_hours_it_is_always_open_and_maintenance_closes_it() -> None:
    one = opening(
        maintenance=[
            {"days": "sun", "from": "02:00", "to": "04:00", "why": "updates"},
            {"begins": "2026-12-01 22:00", "ends": "2026-12-03 02:00"},
        ]
    )
    assert opens(one, "2026-11-28 12:00") == ""
    assert opens(one, "2026-11-29 02:00") == "Sun 29 04:00"
    assert opens(one, "2026-12-02 12:00") == "Thu 03 02:00"
    closed = one.closed(at("2026-11-29 03:00"))
    assert closed is not None
    assert closed.reason == "ehr is under maintenance (updates) until 2026-11-29 04:00 (Europe/Berlin)"


def test_maintenance_that_ends_outside_of_the_hours_opens_with_the_hours() -> None:
    one = opening(
        hours=[{"days": "mon-fri", "from": "08:00", "to": "18:00"}],
        maintenance=[{"begins": "2026-11-30 17:00", "ends": "2026-11-30 23:00"}],
    )
    assert opens(one, "2026-11-30 17:30") == "Tue 01 08:00"


def test_hours_are_the_wall_clocks_when_the_clocks_change() -> None:
    morning = opening(hours=[{"from": "02:30", "to": "10:00"}])
    closed = morning.closed(at("2026-03-29 00:30"))  # 02:30 is left out on this day
    assert closed is not None
    assert closed.until == at("2026-03-29 03:30")
    evening = opening(hours=[{"from": "22:00", "to": "02:30"}])
    assert opens(evening, "2026-10-25 02:29") == ""
    assert evening.closed(at("2026-10-25 02:29", fold=1)) is None  # 02:29 comes twice, and both are before 02:30


def test_gentle_hours_are_a_pace_beside_the_systems_own() -> None:
    one = opening(rate={"items": 100}, gentle=[{"days": "mon-fri", "from": "08:00", "to": "18:00", "items": 6}])
    assert [pace.items for pace in one.paces(at("2026-11-30 07:59"))] == [100]
    assert [pace.items for pace in one.paces(at("2026-11-30 08:00"))] == [6, 100]


def test_a_systems_limits_are_found_by_address_before_map() -> None:
    site = Site.model_validate(
        {
            "systems": {
                "ehr": {"sessions": 1},
                "https://a.example": {"sessions": 2},
                "https://a.example/b": {"sessions": 3},
            }
        }
    )
    found = [
        site.limits("ehr", url) for url in ("https://a.example/b/c", "https://a.example/", "https://a.example.org")
    ]
    assert [one[1].sessions for one in found if one] == [3, 2, 1]
    assert site.limits("pacs", "https://b.example") is None
