"""Control charts against their definition, the record that can only grow, the page."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from robot_library.errors import SetupError
from robot_library.model.finding import Abstention, Finding, Measurement
from robot_library.model.quality import QualityEntry
from robot_library.reports.qa.control import BEYOND, NEAR, RUN, chart, signals
from robot_library.reports.qa.history import FILE, History
from robot_library.reports.qa.page import charts, drifting, qa_page
from robot_library.reports.qa.words import crossed
from tests.skills.films import Blobs, header, image


def test_limits_are_three_deviations_by_the_moving_range() -> None:
    found = chart([10, 12, 10, 12, 10, 12, 11], baseline=6)
    assert found is not None
    assert found.centre == pytest.approx(11)
    assert found.deviation == pytest.approx(2 / 1.128)
    assert found.limits == pytest.approx((11 - 6 / 1.128, 11 + 6 / 1.128))
    assert found.signals == {}


def test_too_few_films_make_no_limits() -> None:
    assert chart([1, 2, 3, 4, 5], baseline=20) is None


@pytest.mark.parametrize(
    ("values", "place", "rule"),
    [
        ([0, 0, 3.1], 2, BEYOND),
        ([0, -2.1, 0.5, -2.2], 3, NEAR),
        ([0.2] * 8, 7, RUN),
    ],
)
def test_each_rule_is_seen_where_it_is_broken(values: list[float], place: int, rule: str) -> None:
    assert signals(values, 0, 1) == {place: rule}


@pytest.mark.parametrize("values", [[0, 2.9, 0, -2.9], [2.1, 0, -2.1, 0], [0.2] * 7 + [-0.1] + [0.2] * 7])
def test_what_breaks_no_rule_is_no_signal(values: list[float]) -> None:
    assert signals(values, 0, 1) == {}


def entry(number: int, station: str, noise: float, **changes: object) -> QualityEntry:
    made = QualityEntry(
        key=f"{station}{number}", study="0a1b2c3d", day=f"2026-03-{number + 1:02d}", station=station,
        skill="image-quality", version="1.0.0", decision="negative", score=0.1, values={"noise.sigma": noise},
    )  # fmt: skip
    return made.model_copy(update=changes)


STEADY = (0.0050, 0.0051, 0.0049, 0.0050, 0.0052, 0.0049, 0.0051, 0.0050, 0.0049, 0.0051)


def test_a_device_drifts_and_a_single_film_does_not() -> None:
    drift = [*STEADY[:6], 0.0060, 0.0066, 0.0072, 0.0080]
    odd = [*STEADY[:9], 0.0500]
    entries = [entry(i, "A", v) for i, v in enumerate(drift)] + [entry(i, "B", v) for i, v in enumerate(odd)]
    found = charts(entries, baseline=6)
    assert drifting(found["A"]["noise.sigma"])
    assert not drifting(found["B"]["noise.sigma"])
    assert 9 in found["B"]["noise.sigma"].signals


def finding(**changes: object) -> Finding:
    made = Finding(
        skill="image-quality", skill_version="1.0.0", model_sha256="0" * 64, provider="cpu", label="quality",
        score=0.9, decision="positive", operating_point="rule_in",
        thresholds={"rule_in": 0.8, "repeat noise.sigma above": 0.007}, image_uid="1.2.3",
        measurements=(Measurement(name="noise.sigma", value=0.05),),
    )  # fmt: skip
    return made.model_copy(update=changes)


def opened(tmp_path: Path) -> History:
    return History(tmp_path, lambda text: f"mac{len(text)}-{text.split('|')[0]}", Blobs())


def test_a_film_counts_once_for_each_version_of_the_skill(tmp_path: Path) -> None:
    history = opened(tmp_path)
    film = image(header=header(StationName="A", StudyDate="20260302", AcquisitionTime="101500", DeviationIndex="-1.5"))
    assert history.record(film, finding())
    assert not history.record(film, finding())
    assert not history.record(film, finding(score=0.1))
    assert history.record(film, finding(skill_version="10.0.0"))
    first, _ = history.entries()
    assert (first.day, first.clock, first.station) == ("2026-03-02", "10:15:00", "A")
    assert first.values == {"noise.sigma": 0.05, "exposure.deviation_index": -1.5}
    assert first.flags == {"repeat noise.sigma above": 0.007}


def test_what_is_remembered_can_neither_be_changed_nor_deleted(tmp_path: Path) -> None:
    history = opened(tmp_path)
    history.record(image(), finding())
    database = sqlite3.connect(tmp_path / FILE)
    for change in ("UPDATE films SET station = 'B'", "DELETE FROM films"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute(change)
    database.close()


def test_nothing_measured_yet_is_said(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="nothing has been measured"):
        opened(tmp_path).entries()


def test_a_film_that_came_twice_is_said_so() -> None:
    prints = [(1 << 200) | 0xFFFF, (1 << 200) | 0xFF0F, 0xFFFF << 100]
    entries = [
        entry(1, "A", 0.005, key=str(i), study=f"study{i}", fingerprint=f"{bits:x}") for i, bits in enumerate(prints)
    ]
    page = qa_page(entries, "2026-03-02", 6, lambda _: b"")
    assert page.count("the same picture came as study") == 2
    assert "the same picture came as study study2" not in page


def test_the_page_says_what_was_flagged_and_what_was_not_judged(tmp_path: Path) -> None:
    history = opened(tmp_path)
    said = Abstention(
        skill="image-quality", skill_version="1.0.0", model_sha256="0" * 64, provider="cpu", code="view_missing",
        reason="x", image_uid="1.2.3",
    )  # fmt: skip
    history.record(image(header=header(StationName="<A>", StudyDate="20260302")), said)
    entries = [
        *history.entries(),
        entry(1, "B", 0.05, decision="positive", flags={"repeat noise.sigma above": 0.007}, point="rule_in"),
    ]
    page = qa_page(entries, "2026-03-02", 6, lambda _: b"")
    assert "noise 0.05, above 0.007 (repeat)" in page
    assert "the same picture" not in page
    assert "the skill abstained: view_missing" in page
    assert "&lt;A&gt;" in page
    assert "<A>" not in page
    assert "<!--" not in page


@pytest.mark.parametrize(
    ("measure", "value", "limit", "said"),
    [
        ("clipping.white", 0.0104, 0.01, "lost in white 1.04%, above 1.00% (warn)"),
        ("noise.sigma", 0.005551, 0.00555, "noise 0.005551, above 0.005550 (warn)"),
        ("orientation.wrong", 0.952, 0.95, "turned or mirrored 95.2%, above 95.0% (warn)"),
        ("noise.sigma", 0.0061, 0.00555, "noise 0.0061, above 0.00555 (warn)"),
    ],
)
def test_a_value_never_looks_like_the_limit_that_it_crossed(
    measure: str, value: float, limit: float, said: str
) -> None:
    assert crossed({measure: value}, {f"warn {measure} above": limit}) == [said]
