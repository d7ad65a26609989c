"""What real runs have shown is written down, part by part."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.evidence import JSON, PAGE, upper_bound, write


def ran(test: str, outcome: str, **figures: object) -> pytest.TestReport:
    return pytest.TestReport(
        test,
        ("a.py", 1, test),
        {},
        outcome,
        None,
        "call",
        user_properties=list(figures.items()),
        duration=2.04,  # type: ignore[arg-type]
    )


def test_a_part_that_runs_again_replaces_its_own_line(tmp_path: Path) -> None:
    write(tmp_path, [ran("a.py::one", "failed", kills=3), ran("b.py::two", "passed")])
    write(tmp_path, [ran("a.py::one", "passed", kills=100)])
    one, two = json.loads((tmp_path / JSON).read_text(encoding="utf-8"))["runs"]
    assert (one["test"], one["outcome"], one["figures"], one["seconds"]) == ("a.py::one", "passed", {"kills": 100}, 2.0)
    assert (two["test"], two["outcome"], two["figures"]) == ("b.py::two", "passed", {})
    assert {"command", "at", "version", "machine"} <= set(one)
    page = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert "- kills: 100" in page
    assert "failed" not in page


def test_none_in_many_is_no_proof_of_none() -> None:
    assert 100_000 * upper_bound(100_000) == pytest.approx(2.996, abs=0.001)
    assert upper_bound(1) == pytest.approx(0.95)
