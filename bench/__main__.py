"""`python -m bench`: every benchmark, anew, to bench/results.json and bench/results.md. See `make bench`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.results import FOLDER, Result, write

BENCHMARKS = {
    "flow_vs_playwright": "bench.flow",
    "skill_vs_onnxruntime": "bench.skill",
    "step_overhead_ms": "bench.steps",
    "orders_per_minute": "bench.orders",
    "film_vs_by_hand": "bench.film",
    "batch_speedup": "bench.batch",
    "brain_series_s": "bench.brain",
    "durable_step_vs_dbos": "bench.durable",
    "durable_step_vs_dbos_postgres": "bench.durable_postgres",
    "check_200_files_s": "bench.check",
    "commit_ms": "bench.commits",
    "queue_at_10000": "bench.queue",
    "workers_2_vs_1": "bench.workers",
    "keyword_vs_robot": "bench.keywords",
    "find_speedup_vs_pyautogui": "bench.desk_find",
    "find_ms": "bench.desk_find:find_ms",
    "find_wrong": "bench.desk_find:find_wrong",
    "typing_wrong": "bench.desk_typing",
    "ocr_field_ms": "bench.desk_ocr",
    "ocr_speedup_vs_tesseract": "bench.desk_ocr:speedup",
}
"""Name of the figure → module with `measure(quick) -> Result`, or module:function."""


def main(arguments: list[str] | None = None) -> int:
    """Run, print; written after each, so that a failure leaves what came before. What is measured is told on stderr."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it works; no figure to keep")
    parser.add_argument("--only", choices=sorted(BENCHMARKS), action="append", help="one of them (again: several)")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of results.json and results.md")
    chosen = parser.parse_args(arguments)
    rows: dict[str, dict[str, Any]] = {}
    table = ""
    for name in chosen.only or BENCHMARKS:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        module, _, function = BENCHMARKS[name].partition(":")
        measure: Callable[[bool], Result] = getattr(import_module(module), function or "measure")
        rows[name] = measure(chosen.quick).row() | {"quick": chosen.quick}
        table = write(rows, chosen.out)
    print(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
