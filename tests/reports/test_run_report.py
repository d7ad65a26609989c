"""The run report: steps in time, what each found, asked and showed; and nothing that breaks out of the page."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from robot_library.model.run import Called, Evidence, Looked, RunRecord, StepRecord
from robot_library.reports.run_report import Summary, run_report
from robot_library.reports.run_times import placed

NOW = datetime(2026, 1, 1, 8, 0, tzinfo=UTC)
BLOBS = {
    "png": b"\x89PNG", "text": b"a <b>draft</b>", "outline": b'button "Save"',
    "skill": json.dumps([("given", "one image"), ("score", "0.910 <")]).encode(),
}  # fmt: skip


def step(path: str, after: float, seconds: float, **more: Any) -> StepRecord:
    facts = {"action": "open", "title": f"step {path}", "place": "w.yaml:1:1", "effect": "read", "outcome": "ok"}
    started = NOW + timedelta(seconds=after)
    return StepRecord.model_validate({"path": path, "started": started, "seconds": seconds, **facts, **more})


def shot(title: str) -> Evidence:
    return Evidence(kind="screenshot", title=title, blob="png")


def page(*steps: StepRecord, title: str = "Runs") -> str:
    run = RunRecord(run_id="1", item="i1", bot="b", workflow="w", started=NOW, seconds=9, outcome="refused",
                    code="Odd", reason="<odd>", steps=steps)  # fmt: skip
    return run_report(Summary(title), [run], BLOBS.__getitem__, lambda data: ("image/png", data))


def test_steps_stand_in_the_order_they_began_a_block_before_its_steps() -> None:
    """They are kept in the order in which they ended."""
    found = placed([step("1", 0, 1), step("2.steps.1", 2, 1), step("2.steps.2", 3, 1), step("2", 2, 2)])
    assert [(one.step.path, one.deep) for one in found] == [("1", 0), ("2", 0), ("2.steps.1", 1), ("2.steps.2", 1)]
    assert [(one.left, one.width) for one in found] == [(0, 25), (50, 50), (50, 25), (75, 25)]


def test_what_is_not_masked_is_not_on_the_page() -> None:
    said = page(step("1", 0, 1, evidence=(Evidence(kind="text", title="report draft", blob="text", masked=False),)))
    assert "draft</b>" not in said
    assert "report draft: kept, encrypted" in said


def test_days_of_waiting_do_not_flatten_the_rest() -> None:
    found = placed([step("1", 0, 5), step("2", 3 * 86400, 5)])
    assert found[1].waited == 3 * 86400 - 5
    assert [(round(one.left), round(one.width)) for one in found] == [(0, 33), (67, 33)]
    assert "nothing was done for 3 d" in page(step("1", 0, 5), step("2", 3 * 86400, 5))
    assert placed([]) == []


def test_what_a_step_found_asked_showed_and_was_told_is_on_the_page() -> None:
    said = page(
        step(
            "1", 0, 2, outcome="failed", error="TargetNotFound: <gone>", verified=("read back",),
            gave=(("mrn", "••• 8 characters"), ("ward", "empty")),
            looked=(Looked(target="ehr.order.mrn", by='label "MRN:"', way=1, ways=2),
                    Looked(target="ehr.order.go", by="css .go", way=2, ways=2, score=0.934)),
            called=(Called(method="GET", address="http://ehr/orders/•••", status=503, ms=1234.4, kind="document"),
                    Called(method="POST", address="http://ehr/x", status=None, ms=3.0, kind="xhr")),
            evidence=(shot("ehr.order before typing"), shot("ehr.order typed"),
                      Evidence(kind="outline", title="its parts", blob="outline"),
                      Evidence(kind="table", title="the skill", blob="skill"),
                      Evidence(kind="text", title="draft", blob="text")),
        )
    )  # fmt: skip
    for wanted in (
        "one match, way 1 of 2", "0.93 alike, one match, way 2 of 2: mend the map", "label &quot;MRN:&quot;",
        "http://ehr/orders/•••", "<td>503</td>", "1234 ms", "no answer", "Its calls took 1.24 s in all",
        '<span class="when">before</span>', '<span class="when">after</span>', "button &quot;Save&quot;",
        "<th>mrn</th><td>••• 8 characters</td>", "<th>ward</th><td>empty</td>",
        "<th>score</th><td>0.910 &lt;</td>", "a &lt;b&gt;draft&lt;/b&gt;", "✓",
    ):  # fmt: skip
        assert wanted in said, wanted
    assert "<details open>" in said  # what failed is looked at first
    failed = page(step("1", 0, 1, evidence=(shot("ehr.order before typing"), shot("when it failed"))))
    assert re.findall(r'<span class="when">(.*?)</span>', failed) == ["before", "when it failed"]


def test_one_page_that_asks_nobody_and_that_no_text_breaks_out_of() -> None:
    said = page(step("1", 0, 1, title="</summary><script>alert(1)</script>", detail="<img src=x>"), title="<i>")
    assert "<script>alert" not in said
    assert "<img src=x>" not in said
    assert "&lt;odd&gt;" in said
    assert "<title>&lt;i&gt;</title>" in said
    assert "default-src 'none'" in said
    assert re.findall(r"https?://[^\s\"'<]+", said) == []
