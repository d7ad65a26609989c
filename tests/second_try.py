"""What failed while three workers shared two cores is tried once more, alone (`make test`; decision 0017).

Loaded by `-p tests.second_try --last-failed`. No second try where chance itself is what is tested, nor where so much
failed that it was no accident.
"""

from __future__ import annotations

import pytest

from tests.conftest import room_of

MOST = 6
"""Files with failures: a fixture that is missing fails every test of its file, and that is one failure."""
STRICT = ("crash", "fleet", "promises", "safeguards", "soak")
"""A rare failure in these rooms is the defect they look for."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse, or say what is tried again."""
    if not items:
        pytest.exit("nothing to try again: what failed is no test that is here", returncode=1)
    if (files := len({item.path for item in items})) > MOST:
        pytest.exit(f"no second try: tests of {files} files failed", returncode=1)
    if strict := sorted({room for item in items if (room := room_of(item.path)) in STRICT}):
        pytest.exit(f"no second try in {', '.join(strict)}", returncode=1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what has passed only alone: somebody should look at it."""
    for report in terminalreporter.stats.get("passed", []):
        terminalreporter.line(f"PASSED ONLY ALONE {report.nodeid}")
