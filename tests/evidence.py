"""Figures of real runs, for a security review: evidence/evidence.json, and a page that can be read beside it.

Every test that `make evidence` runs is in it: with its outcome, its seconds, and what it handed to `record_property`.
A test that is run again replaces its own line only, so that parts can be run alone.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import robot_library

JSON, PAGE = "evidence.json", "evidence.md"


def upper_bound(trials: int) -> float:
    """The 95 % upper bound on a rate of which `trials` independent trials have shown none: 1 - 0.05 ** (1 / n)."""
    return float(1 - 0.05 ** (1 / trials))


def line(report: pytest.TestReport, command: str) -> dict[str, Any]:
    """What one test has shown."""
    return {
        "test": report.nodeid, "outcome": report.outcome, "seconds": round(report.duration, 1),
        "figures": dict(report.user_properties), "command": command, "version": robot_library.__version__,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }  # fmt: skip


def write(folder: Path, reports: Iterable[pytest.TestReport]) -> None:
    """Add these to what is there, and write the page anew."""
    path = folder / JSON
    known = json.loads(path.read_text(encoding="utf-8"))["runs"] if path.exists() else []
    by_test = {one["test"]: one for one in known}
    for report in reports:
        by_test[report.nodeid] = line(report, f'pytest -m "evidence or shown" "{report.nodeid}"')
    runs = sorted(by_test.values(), key=lambda one: str(one["test"]))
    folder.mkdir(parents=True, exist_ok=True)
    said = json.dumps({"runs": runs}, ensure_ascii=False, indent=1, default=str)
    path.write_text(said + "\n", encoding="utf-8")
    (folder / PAGE).write_text(page(json.loads(said)["runs"]), encoding="utf-8")


def page(runs: list[dict[str, Any]]) -> str:
    """The same to be read."""
    found = ["# Evidence", "", "Made by `make evidence`. Synthetic trials are no clinical proof.", ""]
    for one in runs:
        where = f"wetread {one['version']}, {one['machine']}"
        found += [f"## {one['test']}", "", f"{one['outcome']} in {one['seconds']} s, {one['at']}, {where}", ""]
        found += [f"    {one['command']}", ""]
        found += [f"- {name}: {value}" for name, value in one["figures"].items()]
        found += [""] if one["figures"] else []
    return "\n".join(found)
