"""The engine looks more often than it does in a hospital: these tests wait for what it sees."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from robot_library.engine.database.store import Store
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("robot_library.engine.line.turnstile.LOOK_EVERY", 0.05)
    for module in ("engine", "going"):
        monkeypatch.setattr(f"robot_library.engine.{module}.LOOK_AGAIN", 0.1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path / 'engine.sqlite'}")
    made.open(SealedJson(KEY).fingerprint)
    yield made
    made.close()
