"""What this machine has decides what runs here; with WETREAD_REQUIRE_REAL=1 (CI) nothing real may be missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Full-size runs only when asked for by `-m evidence`."""
    if "evidence" in (config.option.markexpr or ""):
        return
    kept = []
    dropped = []
    for item in items:
        (dropped if item.get_closest_marker("evidence") else kept).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept
