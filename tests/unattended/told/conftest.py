"""A store in a folder of its own under a fresh site key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from robot_library.engine.alerts import Alerts
from robot_library.engine.store import Store
from robot_library.safeguards.keys import SiteKey, new_key
from robot_library.safeguards.sealed import SealedJson


@pytest.fixture(scope="session")
def site_key() -> SiteKey:
    return new_key()


@pytest.fixture
def store(tmp_path: Path, site_key: SiteKey) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path / 'engine.sqlite'}")
    made.open(site_key.fingerprint)
    yield made
    made.close()


@pytest.fixture
def sealer(site_key: SiteKey) -> SealedJson:
    return SealedJson(site_key)


@pytest.fixture
def alerts(store: Store, sealer: SealedJson) -> Alerts:
    return Alerts(store, sealer)
