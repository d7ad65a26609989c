"""Two runs side by side: only what differs, and nothing that a slow machine makes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from robot_library.model.run import RunRecord, StepRecord
from robot_library.reports.run_diff import in_the_whole, side_by_side

BEGAN = datetime(2026, 11, 28, 3, tzinfo=UTC)
HEALED = "ehr.order.status was found by its locator number 2: mend the map"


def step(path: str, action: str, **more: Any) -> StepRecord:
    given = {"title": "", "place": "", "effect": "read", "started": BEGAN, "seconds": 0.1, "outcome": "ok", **more}
    return StepRecord(path=path, action=action, **given)


def run(*steps: StepRecord, outcome: Any = "typed", code: str = "") -> RunRecord:
    return RunRecord(
        run_id="a", item="a", bot="b", workflow="w", started=BEGAN, seconds=1, outcome=outcome, code=code, steps=steps
    )


def test_what_differs_is_said_step_by_step() -> None:
    first = run(
        step("1", "open"), step("2", "read", detail="read status"), step("3", "save", verified=("it stands there",)),
        step("4", "attach"),
    )  # fmt: skip
    second = run(
        step("1", "open", seconds=0.3),
        step("2", "read", detail=f"read status; {HEALED}", seconds=2.0),
        step("2", "read", detail="read status"),
        step("3", "save", outcome="failed", error="TargetNotFound: it is not there"),
        outcome="needs_person", code="TargetNotFound",
    )  # fmt: skip
    pairs = side_by_side(first, second)
    assert [(pair.step.path, pair.differs) for pair in pairs] == [
        ("1", ()),
        ("2", ("ehr.order.status: locator 1 / 2", "took 0.10 s / 2.00 s")),
        ("2", ("only in the second",)),
        ("3", ("ok / failed", "no error / TargetNotFound: it is not there", "proven: it stands there / nothing")),
        ("4", ("only in the first",)),
    ]
    assert pairs[1].ratio == 20.0
    assert in_the_whole(first, second) == ["outcome: typed / needs_person (TargetNotFound)"]
    assert not any(pair.differs for pair in side_by_side(first, first))
    assert in_the_whole(first, first) == []
