"""Small figures: bars as high as what they count, days as they are counted where the site is."""

from __future__ import annotations

import re
import time

import pytest

from robot_library.unattended.dashboard import sparks
from robot_library.web.times import Clock


def bars(svg: str) -> list[tuple[str, float, float]]:
    """Of each part of a bar: its class, where it stands, how high it is."""
    found = re.findall(r'<rect class="bar-(\w+)" x="([\d.]+)" y="[\d.]+" width="[\d.]+" height="([\d.]+)"', svg)
    return [(name, float(x), float(high)) for name, x, high in found]


def test_hours_in_parts() -> None:
    now = int(time.time() // 3600)
    drawn = bars(
        sparks.by_hour({now: {"typed": 30, "refused": 10}, now - 23: {"typed": 20}, now - 24: {"typed": 9}}, 24, "")
    )
    assert [name for name, _, _ in drawn] == ["typed", "typed", "refused"]
    assert drawn[0][1] < 20 < 450 < drawn[1][1]
    assert drawn[1][2] == pytest.approx(3 * drawn[2][2], abs=0.2)
    assert sparks.by_hour({}, 24, 'a "b" <c>').count("<rect") == 0
    assert 'aria-label="a &#34;b&#34; &lt;c&gt;"' in sparks.by_hour({}, 24, 'a "b" <c>')


def test_days_are_those_of_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    noon = 1_767_225_600 + 12 * 3600  # 2026-01-01 12:00 UTC
    monkeypatch.setattr(sparks.time, "time", lambda: noon)
    late = {int((noon - 13 * 3600) // 3600): {"typed": 5}}  # 31 December 23:00 in London, 1 January in Berlin
    (london,), (berlin,) = (bars(sparks.by_day(late, 2, Clock(zone), "")) for zone in ("UTC", "Europe/Berlin"))
    assert london[1] < 240 < berlin[1]
