"""The engine looks more often than it does in a hospital: these tests wait for what it sees."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("robot_library.engine.turnstile.LOOK_EVERY", 0.05)
    monkeypatch.setattr("robot_library.engine.engine._LOOK_AGAIN", 0.1)
