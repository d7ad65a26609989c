"""`make bench` leaves what its contract says. Nothing here is timed: the figures of a tiny run mean nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.__main__ import BENCHMARKS
from bench.results import Result, spread, write

ROOT = Path(__file__).resolve().parents[2]
NAMES = {
    "flow_vs_playwright", "skill_vs_onnxruntime", "step_overhead_ms", "orders_per_minute",
    "film_vs_by_hand", "batch_speedup", "brain_series_s",
    "durable_step_vs_dbos", "durable_step_vs_dbos_postgres", "check_200_files_s", "commit_ms",
    "queue_at_10000", "workers_2_vs_1",
    "keyword_vs_robot",
    "find_speedup_vs_pyautogui", "find_ms", "find_wrong", "typing_wrong", "ocr_field_ms", "ocr_speedup_vs_tesseract",
}  # fmt: skip


def run(folder: Path, *names: str) -> dict[str, Any]:
    """A quick run of some benchmarks, as a process: what results.json holds."""
    only = [word for name in names for word in ("--only", name)]
    command = [sys.executable, "-m", "bench", "--quick", "--out", str(folder), *only]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert set(found) == set(names)
    table = (folder / "results.md").read_text(encoding="utf-8")
    for name, row in found.items():
        keeps_contract(name, row)
        assert f"| {name} |" in table
        assert f"| {name} |" in done.stdout
    return found


def keeps_contract(name: str, row: dict[str, Any]) -> None:
    """value, unit, against, ratio, command: there, and of their kind."""
    assert isinstance(row["value"], float)
    assert row["value"] > 0 or (name.endswith("_wrong") and row["value"] == 0)
    assert row["unit"]
    assert row["against"]
    assert row["ratio"] is None or row["ratio"] > 0
    assert name in row["command"]


def test_every_promised_figure_is_measured() -> None:
    assert set(BENCHMARKS) == NAMES


def test_a_figure_is_written_with_its_ratio_and_without_one(tmp_path: Path) -> None:
    with_ratio = Result("a", 2.0, "s", "b", 0.5, {"times": spread([1.0, 2.0, 9.0])}, 1.1).row()
    without = Result("c", 3.0, "a minute", "nothing", None).row()
    text = write({"a": with_ratio, "c": without}, tmp_path)
    keeps_contract("a", with_ratio)
    keeps_contract("c", without)
    assert json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["a"]["times"]["median"] == 2.0
    assert "| 0.500 | ≤ 1.10 |" in text


@pytest.mark.slow
def test_skill_and_steps(tmp_path: Path) -> None:
    found = run(
        tmp_path, "skill_vs_onnxruntime", "step_overhead_ms", "film_vs_by_hand", "batch_speedup", "brain_series_s"
    )
    assert set(found["film_vs_by_hand"]["native"]["stages_ms"]) == {"header", "decode", "prepare", "model", "decide"}
    assert found["batch_speedup"]["max_batch"] > 1
    assert found["skill_vs_onnxruntime"]["provider"] == "CPUExecutionProvider"
    assert found["step_overhead_ms"]["not_journalled"]["median"] > 0


@pytest.mark.slow
def test_the_engine(tmp_path: Path) -> None:
    found = run(tmp_path, "durable_step_vs_dbos", "commit_ms", "queue_at_10000", "workers_2_vs_1", "keyword_vs_robot")
    assert found["durable_step_vs_dbos"]["target"] == 1.15
    assert found["queue_at_10000"]["ours_ms"].keys() >= {"add_all", "page", "count", "search", "retry"}
    assert found["workers_2_vs_1"]["value"] > 0.5, (
        "the work is waiting: two do more of it, on a machine with time for them"
    )


@pytest.mark.slow
@pytest.mark.browser
def test_flow_and_orders(tmp_path: Path) -> None:
    found = run(tmp_path, "flow_vs_playwright", "orders_per_minute")
    flow, orders = found["flow_vs_playwright"], found["orders_per_minute"]
    assert flow["fresh_tabs_an_order"]["ours"] == flow["fresh_tabs_an_order"]["theirs"]
    assert flow["pictures_an_order"]["ours"] == flow["pictures_an_order"]["theirs"]
    assert sum(stage["share"] for stage in orders["stages"]) == pytest.approx(1, abs=0.01)
