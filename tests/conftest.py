"""What this machine has decides what runs here; with WETREAD_REQUIRE_REAL=1 (CI) nothing real may be missing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent
REQUIRED = os.environ.get("WETREAD_REQUIRE_REAL") == "1"


def lacking(reason: str) -> None:
    """Skip on a newcomer's machine; fail where every real part is required."""
    if REQUIRED:
        pytest.fail(f"{reason} (WETREAD_REQUIRE_REAL=1: a skip is not a pass here)")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of larger images (WETREAD_DATA). Required wherever the variable is set."""
    value = os.environ.get("WETREAD_DATA")
    if not value:
        pytest.skip("WETREAD_DATA is not set: the larger real images are not here")
    folder = Path(value)
    if not folder.is_dir():
        pytest.fail("WETREAD_DATA is set, but there is no such folder")
    return folder


def room_of(path: Path) -> str:
    """The folder under tests/ that a test lies in."""
    parts = path.relative_to(TESTS).parts
    return parts[0] if len(parts) > 1 else "."


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With several workers a room stays with one of them: its tests share what they start."""
    from xdist.scheduler import LoadScopeScheduling

    class ByRoom(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return room_of(TESTS.parent / nodeid.split("::")[0])

    return ByRoom(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Full-size runs only when asked for by `-m evidence`. With several workers the longest rooms come first."""
    if os.environ.get("PYTEST_XDIST_WORKER"):
        items.sort(key=lambda item: -BUDGETS.get(room_of(item.path), 60))
    if "evidence" in (config.option.markexpr or ""):
        return
    kept = []
    dropped = []
    for item in items:
        (dropped if item.get_closest_marker("evidence") else kept).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


# Seconds each room may take of `make test`'s thirty minutes on two cores. Over it is said, not failed: a busy machine
# is not a defect, but a room that grows is seen.
BUDGETS = {
    "bench": 120, "cli": 30, "crash": 240, "demo": 200, "demo_brain": 90, "demo_qa": 90, "drivers": 180, "engine": 165,
    "hospital": 900, "hospital_demo": 120, "hospital_films": 30, "hospital_heads": 30, "imaging": 90, "lint": 30,
    "parsing": 40, "promises": 180, "quality": 60, "reports": 5, "safeguards": 150, "skills": 180, "actions": 20,
    "soak": 420, "delivery": 45, "editor": 20, "docs": 45,
    "desktop": 190, "dashboard": 60, "web": 25, "attended": 75,
    "fleet": 110,
    "review": 60, "supply": 15, "leaks": 5,
    "audit": 20, "authoring": 60, "keywords": 30, "deidentify": 40, "line": 90, "unattended": 120,
}  # fmt: skip


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Seconds by room against its budget; of evidence, its figures."""
    if "evidence" in (terminalreporter.config.option.markexpr or ""):
        from tests import evidence

        ran = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, ())]
        evidence.write(TESTS.parent / "evidence", [one for one in ran if getattr(one, "when", "") == "call"])
    spent: dict[str, float] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                room = room_of(TESTS.parent / report.nodeid.split("::")[0])
                spent[room] = spent.get(room, 0.0) + report.duration
    if sum(spent.values()) < 60:
        return
    terminalreporter.section("seconds by room")
    for room, seconds in sorted(spent.items(), key=lambda pair: -pair[1]):
        budget = BUDGETS.get(room, 60)
        terminalreporter.line(f"{room:<16}{seconds:7.1f} of {budget:4d}" + ("  over" if seconds > budget else ""))
