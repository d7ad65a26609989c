"""Permission to go live on PostgreSQL: two people at once, one decision; a row deleted, nothing granted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store
from robot_library.engine.people.approvals import Approvals
from robot_library.errors import ApprovalRefused
from robot_library.model.approval import MadeOf
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY

MADE = MadeOf("a" * 64, {"screen map ehr": "a"})


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    made = Store(database)
    made.open(SealedJson(KEY).fingerprint)
    yield made
    made.close()


async def test_of_many_who_decide_at_once_one_does(store: Store) -> None:
    approvals = Approvals(store, SealedJson(KEY))
    await approvals.ask("tiny", "shadow", MADE, "ana", "ready")
    tried = [approvals.approve("tiny", MADE, f"dr.{number}", "agrees") for number in range(8)]
    ended = await asyncio.gather(*tried, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in ended) == 1
    refused = [one for one in ended if isinstance(one, BaseException)]
    assert all(isinstance(one, ApprovalRefused) for one in refused), refused
    there = await approvals.permission("tiny")
    assert (there.stage(MADE.hash), len(await approvals.record("tiny"))) == ("shadow", 2)
    await approvals.withdraw("tiny", "dr.lee", "wrong side")
    with store.durable.begin() as connection:
        connection.execute(sa.delete(tables.approvals).where(tables.approvals.c.n == 3))
    there = await approvals.permission("tiny")
    assert (there.stage(MADE.hash), there.granted) == ("draft", None)
    assert "was changed" in there.broken
