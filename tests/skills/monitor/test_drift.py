"""PSI by its definition, silence while nothing changes, alarm when something does, no verdict from too few."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2

from robot_library.errors import SetupError
from robot_library.skills.monitor.drift import chance_level, chi_squared_99, drift, needed, psi
from robot_library.skills.monitor.reference import (
    OTHER,
    Spread,
    load_reference,
    reference,
    save_reference,
    spread,
)
from tests.skills.monitor.answers import observed, ward


def levels(found: object) -> dict[str, str]:
    return {row.name: row.level for row in found.rows}  # type: ignore[attr-defined]


def test_psi_by_its_definition() -> None:
    before = Spread(n=1_000_000, values=("a", "b", OTHER), shares=(0.5, 0.5, 0.0))
    by_hand = (0.8 - 0.5) * math.log(0.8 / 0.5) + (0.2 - 0.5) * math.log(0.2 / 0.5)
    assert psi(before, [800_000, 200_000, 0]) == pytest.approx(by_hand, rel=1e-3)
    assert psi(before, [500_000, 500_000, 0]) == pytest.approx(0, abs=1e-6)
    assert psi(before, [0, 0, 100]) > 5


@pytest.mark.parametrize("degrees", [1, 2, 5, 9, 12])
def test_the_percentile_of_chance(degrees: int) -> None:
    assert chi_squared_99(degrees) == pytest.approx(chi2.ppf(0.99, degrees), rel=0.01)


def test_chance_is_what_it_is_said_to_be() -> None:
    rng, above = np.random.default_rng(0), 0
    before = spread([float(value) for value in rng.normal(size=2000)])
    assert before is not None
    for _ in range(300):
        counts = before.counts([float(value) for value in rng.normal(size=400)])
        above += psi(before, counts) > chance_level(9, 400, 2000)
    assert above / 300 < 0.04


def test_nothing_changes_nothing_is_said() -> None:
    made = reference(ward(2000))
    for seed in range(1, 6):
        found = drift(made, ward(500, seed))
        assert found.level == "ok", levels(found)
        assert found.n == 500


def test_what_changes_is_named() -> None:
    made = reference(ward(2000))
    assert levels(drift(made, ward(500, 1, shift=0.2)))["score"] == "stop"
    assert levels(drift(made, ward(500, 1, refused=0.3)))["answered"] == "stop"
    found = drift(made, ward(500, 1, station="NEW"))
    assert levels(found) == {"answered": "ok", "score": "ok", "header station": "stop", "pixels mean": "ok"}
    assert found.level == "stop"
    assert levels(drift(made, ward(500, 1, shift=0.08)))["score"] == "warn"


def test_too_few_are_never_ok_and_alarm_only_beyond_chance() -> None:
    made = reference(ward(2000))
    few = drift(made, ward(60, 1))
    row = next(row for row in few.rows if row.name == "score")
    assert (few.level, row.level) == ("too few", "too few")
    assert row.needed is not None
    assert levels(drift(made, ward(row.needed + 40, 1)))["score"] == "ok"
    assert levels(drift(made, ward(60, 1, shift=0.5)))["score"] == "stop"
    assert levels(drift(made, ward(29, 1, shift=0.5)))["score"] == "too few"
    assert drift(made, []).level == "too few"
    assert needed(9, 100) is None
    assert levels(drift(reference(ward(100)), ward(5000, 1), last=5000))["score"] == "too few"


def test_false_alarms_are_rare_at_every_size() -> None:
    made = reference(ward(1000))
    for n in (30, 100, 400):
        alarms = [row.level in ("warn", "stop") for seed in range(100) for row in drift(made, ward(n, seed + 1)).rows]
        assert sum(alarms) / len(alarms) < 0.03, n


def test_only_the_newest_count_and_withheld_answers_do_not() -> None:
    made = reference(ward(2000))
    assert drift(made, [*ward(3000, 1, shift=0.5), *ward(500, 2)]).level == "ok"
    withheld = [observed(900_000 + number, None, code="drift") for number in range(500)]
    assert drift(made, [*ward(500, 2), *withheld]).level == "ok"


def test_odd_windows_make_a_reference() -> None:
    assert reference([observed(1)]).n == 1
    assert reference([observed(1, None)]).spreads["answered"].values == ("no", OTHER)
    same = reference([observed(number, 0.5) for number in range(1000)])
    assert levels(drift(same, [observed(number, 0.5) for number in range(500)]))["score"] == "ok"
    assert levels(drift(same, [observed(number, 0.9) for number in range(500)]))["score"] == "stop"
    with pytest.raises(SetupError, match="no answers"):
        reference([])


def test_a_reference_is_kept_and_a_damaged_one_refused(tmp_path: Path) -> None:
    made = reference(ward(50), after=7)
    save_reference(tmp_path / "a" / "x.json", made)
    assert load_reference(tmp_path / "none.json", tmp_path / "a" / "x.json") == made
    assert load_reference(tmp_path / "none.json") is None
    for bad in ("{}", "[" * 100_000):
        (tmp_path / "bad.json").write_text(bad, encoding="utf-8")
        with pytest.raises(SetupError, match="no drift reference"):
            load_reference(tmp_path / "bad.json")
