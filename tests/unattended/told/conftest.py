"""A store in a folder of its own under a fresh site key."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from robot_library.engine.database.store import Store
from robot_library.engine.records.alerts import Alerts
from robot_library.engine.records.items import Items
from robot_library.hospital import ACCOUNTS, Hospital
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


@pytest.fixture(scope="session")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    """The demo hospital, in a hurry."""
    with Hospital(tmp_path_factory.mktemp("told"), grid_ms=(0, 0), field_ms=(0, 20), tour=False) as hospital:
        yield hospital


@pytest.fixture
def addresses(hospital: Hospital, monkeypatch: pytest.MonkeyPatch) -> Hospital:
    """The hospital's addresses and accounts where commands look for them."""
    account = f"rpabot:{ACCOUNTS['rpabot'].password}"
    for name, value in (
        ("EHR_URL", hospital.ehr_url), ("PACS_URL", hospital.pacs_url), ("DICOMWEB_URL", hospital.dicomweb_url),
        ("CREDENTIAL_EHR_BOT", account), ("CREDENTIAL_PACS_BOT", account),
    ):  # fmt: skip
        monkeypatch.setenv(f"WETREAD_{name}", value)
    return hospital


def books(hospital: Hospital, query: str, *values: str) -> list[tuple[object, ...]]:
    """What the hospital's own database says."""
    with closing(sqlite3.connect(hospital.database, timeout=20)) as database, database:
        return database.execute(query, values).fetchall()


async def planted(store: Store, sealer: SealedJson, bot: str, key: str, payload: dict[str, str]) -> str:
    """A new item's row, without the queue; its id."""
    items = Items(store, sealer)
    row = items.row(bot, "w", payload, key, priority=10, due=None)
    assert await store.write(lambda connection: items.insert(connection, row))
    return str(row["id"])
