"""What this machine has decides what runs here; with WETREAD_REQUIRE_REAL=1 (CI) nothing real may be missing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.spent import Spent

TESTS = Path(__file__).parent
REQUIRED = os.environ.get("WETREAD_REQUIRE_REAL") == "1"
for _part in ("connect", "read", "write", "pool"):  # whoever says nothing waits five seconds: short on a busy machine
    setattr(httpx._config.DEFAULT_TIMEOUT_CONFIG, _part, 60.0)


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


def pytest_sessionstart() -> None:
    """The worker that is given the longest room goes before the others: no other can take its tests over."""
    if os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0" and sys.platform != "win32":
        os.nice(3)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Full-size runs only when asked for by `-m evidence`. With several workers the longest rooms come first, and last
    those that hold other hosts to seconds: by then the machine is quieter."""
    if os.environ.get("PYTEST_XDIST_WORKER"):
        items.sort(key=lambda item: (room_of(item.path) in LAST, -BUDGETS.get(room_of(item.path), 20)))
    if "evidence" in (config.option.markexpr or ""):
        return
    kept = []
    dropped = []
    for item in items:
        (dropped if item.get_closest_marker("evidence") else kept).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


# Seconds of a processor that each room may use: together what two cores have in 29 minutes. Over it is said and
# not failed: a library may have become slower, and a busy machine uses more for the same; but a room that grows shows.
BUDGETS = {
    "hospital": 1000, "soak": 800, "promises": 170, "desktop": 150, "demo": 120, "crash": 110, "engine": 105,
    "drivers": 90, "skills": 90, "safeguards": 80, "line": 80, "bench": 75, "fleet": 55, "unattended": 55,
    "hospital_demo": 55, "dashboard": 45, "authoring": 45, "review": 45, "demo_qa": 40, "demo_brain": 35,
    "attended": 35, "cli": 25, "imaging": 20, "docs": 20, "people": 20, "delivery": 20, "deidentify": 20,
    "hospital_heads": 20, "web": 15, "keywords": 12, "hospital_films": 12, "lint": 12, "parsing": 8,
    "supply": 8, "audit": 6, "quality": 5, "editor": 4, "reports": 3, "leaks": 1, "actions": 1,
}  # fmt: skip
LAST = ("fleet",)
SPENT = Spent()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Whose seconds they are from now on."""
    SPENT.enter(room_of(item.path))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What a worker has counted goes to where it is told."""
    SPENT.enter("")
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["spent"] = dict(SPENT.rooms)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker has ended."""
    SPENT.add(getattr(node, "workeroutput", {}).get("spent", {}))


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
    terminalreporter.section("seconds by room, and of a processor")
    for room, seconds in sorted(spent.items(), key=lambda pair: -pair[1]):
        used, budget = SPENT.rooms[room], BUDGETS.get(room, 20)
        over = "  over" if used > budget else ""
        terminalreporter.line(f"{room:<16}{seconds:7.1f}{used:8.1f} of {budget:4d}{over}")
    whole = f"{sum(spent.values()):7.1f}{sum(SPENT.rooms.values()):8.1f} of {sum(BUDGETS.values()):4d}"
    terminalreporter.line(f"{'together':<16}{whole}")
