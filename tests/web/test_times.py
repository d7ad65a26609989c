"""Moments and durations as people read them."""

from __future__ import annotations

import time

from robot_library.web.times import Clock, ago, span


def test_durations_in_words() -> None:
    said = [span(seconds) for seconds in (None, 0.04, 59.6, 60, 3 * 3600 + 5 * 60, 2 * 86400 + 4 * 3600)]
    assert said == ["–", "0.0 s", "60 s", "1 min", "3 h 05", "2 d 4 h"]
    now = time.time()
    assert [ago(None), ago(now - 61), ago(now - 7200), ago(now + 60)] == ["–", "1 min", "2 h", "0 s"]


def test_moments_stand_in_the_zone_of_the_site() -> None:
    clock = Clock("Europe/Berlin")
    assert clock.whole(1_767_225_600) == "2026-01-01 01:00:00 Europe/Berlin"
    assert clock.iso(1_767_225_600) == "2026-01-01T01:00:00+01:00"
    assert clock.short(1_767_225_600) == "01 Jan 01:00"
    assert clock.short(None) == "–"
