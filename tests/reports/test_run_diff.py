"""Two runs side by side: only what differs, and nothing that a slow machine makes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from robot_library.errors import SetupError
from robot_library.model.run import Evidence, RunRecord, StepRecord
from robot_library.reports.diff_report import diff_report
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


PARTS = {
    "a": 'heading "Order"\ntextbox "MRN:": •••\nbutton "Save"',
    "b": 'heading "Order"\ntextbox "MRN:": •••\nbutton "Save" [disabled]\ndialog "Locked"',
    "odd": "heading <b>",
}


def read(blob: str) -> bytes:
    if blob not in PARTS:
        raise SetupError("gone")
    return PARTS[blob].encode()


def parts(blob: str, title: str = "ehr.order") -> Evidence:
    return Evidence(kind="outline", title=f"{title}: its parts", blob=blob)


def shot(blob: str) -> Evidence:
    return Evidence(kind="screenshot", title="ehr.order", blob=blob)


def test_what_the_screens_showed_is_held_side_by_side() -> None:
    """A screen that failed against what the other run saw there; what is kept no more says nothing."""
    first = run(step("1", "open", evidence=(parts("a"), shot("a"))), step("2", "save", evidence=(parts("a"),)),
                step("3", "read", evidence=(parts("gone"),)), step("4", "open", evidence=(parts("a"),)))  # fmt: skip
    second = run(step("1", "open", evidence=(parts("b"), shot("gone"))),
                 step("2", "save", evidence=(parts("odd", "when it failed"),)),
                 step("3", "read", evidence=(parts("a"),)), step("4", "open", evidence=(parts("a"),)))  # fmt: skip
    assert not any(pair.differs for pair in side_by_side(first, second))
    opened, saved, *rest = pairs = side_by_side(first, second, read)
    assert [list(one.lines) for one in opened.screens] == [
        [
            '  heading "Order"',
            '  textbox "MRN:": •••',
            '- button "Save"',
            '+ button "Save" [disabled]',
            '+ dialog "Locked"',
        ]
    ]
    assert opened.differs == ("ehr.order: 3 parts of the screen differ",)
    assert [(one.title, one.lines[-1]) for one in saved.screens] == [("when it failed", "+ heading <b>")]
    assert not any(pair.differs for pair in rest)
    page = diff_report((first, second), ["outcome: <x>"], pairs, read, lambda data: ("image/png", data))
    for wanted in (
        '<ins>+ dialog &quot;Locked&quot;</ins>', "<del>- button &quot;Save&quot;</del>", "+ heading &lt;b&gt;",
        "data:image/png;base64,", "ehr.order: kept no more", "4 steps, 2 alike", "outcome: &lt;x&gt;",
    ):  # fmt: skip
        assert wanted in page, wanted
    assert "http" not in page.replace("http-equiv", "")


def test_several_screens_of_one_title_are_each_held_against_their_like() -> None:
    """A title may hold brackets of its own."""
    title = "ehr.order (reading room)"
    first = run(step("1", "open", evidence=(parts("a", title), parts("a", title))))
    second = run(step("1", "open", evidence=(parts("b", title), parts("a", title))))
    (pair,) = side_by_side(first, second, read)
    assert [one.title for one in pair.screens] == [title]
