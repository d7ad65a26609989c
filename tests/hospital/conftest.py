"""The lab as fixtures: up once a session, as it was after seeding; taken down again if it was not up before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import lacking
from tests.hospital.lab import lifecycle
from tests.hospital.lab.errors import LabError
from tests.hospital.lab.site import Lab

ROOT = Path(os.environ.get("WETREAD_LAB_DIR") or Path(__file__).resolve().parents[2] / ".lab")


@pytest.fixture(scope="session")
def running_lab() -> Iterator[Lab]:
    """A running lab. What cannot be brought up is a failure wherever every real part is required."""
    was_up = lifecycle.status(ROOT)["lab"] == "up"
    try:
        made = lifecycle.up(ROOT)
    except LabError as e:
        lacking(str(e))
        raise
    yield made
    if not was_up:
        lifecycle.down(ROOT)


@pytest.fixture
def lab(running_lab: Lab) -> Lab:
    """The lab just as it was seeded: nothing typed."""
    return lifecycle.reset(running_lab.root)
