"""Reports on a PostgreSQL server: of many at once one wins, and each delivery is addressed and taken once."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from robot_library.engine.desk import Desk
from robot_library.errors import ReleaseRefused
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY
from tests.engine.test_releases import content, item

pytestmark = pytest.mark.slow
SEALER = SealedJson(KEY)


async def test_two_hosts_release_address_and_take_once(database: str, tmp_path: Path) -> None:
    async with (
        Desk(tmp_path / "a", SEALER, SEALER.fingerprint, url=database) as one,
        Desk(tmp_path / "b", SEALER, SEALER.fingerprint, url=database) as other,
    ):
        ident, both = await item(one), (one, other) * 3
        made = await asyncio.gather(*(d.releases.draft(ident, content(), "x") for d in both), return_exceptions=True)
        (draft,) = [each for each in made if not isinstance(each, BaseException)]
        reviewed = await other.releases.review(draft, "dr-a", "reviewer")
        ends = await asyncio.gather(
            *(d.releases.release(reviewed, "dr-a", "reviewer") for d in both),
            *(d.releases.take_back(reviewed, "dr-a", "reviewer") for d in both), return_exceptions=True,
        )  # fmt: skip
        assert sum(not isinstance(each, BaseException) for each in ends) == 1
        assert all(isinstance(each, ReleaseRefused) for each in ends if isinstance(each, BaseException))
        now = time.time()
        letters = await one.outbox.unaddressed()
        await asyncio.gather(*(d.outbox.address(each, {"ris": "hl7"}, [], now) for d in both for each in letters))
        due = await one.outbox.due(now)
        assert [each.step for each in due] == [2], "the later step waits for the earlier one"
        assert sorted(await asyncio.gather(*(d.outbox.take(due[0], now) for d in both))) == [False] * 5 + [True]
        await other.outbox.arrived(due[0], {"ack": "AA"}, now)
        assert [each.step for each in await one.outbox.due(now)] == [3]
        await one.critical.found(ident, "x", "dr-a", "reviewer")
        assert len(await other.critical.all()) == 1


async def test_of_a_retraction_and_a_correction_on_two_hosts_one_is_released(database: str, tmp_path: Path) -> None:
    async with (
        Desk(tmp_path / "a", SEALER, SEALER.fingerprint, url=database) as one,
        Desk(tmp_path / "b", SEALER, SEALER.fingerprint, url=database) as other,
    ):
        draft = await one.releases.draft(await item(one, "O2"), content(), "x")
        first = await one.releases.release(await one.releases.review(draft, "a", "reviewer"), "a", "reviewer")
        fixed = await other.releases.correct(first, content("Effusion."), "a", "reviewer", "overlooked")
        ready = await other.releases.review(fixed, "a", "reviewer")
        ends = await asyncio.gather(
            *(d.retractions.retract(first, "b", "reviewer", "wrong patient") for d in (one, other) * 2),
            *(d.releases.release(ready, "a", "reviewer") for d in (one, other) * 2),
            *(d.releases.correct(first, content("More."), "a", "reviewer", "x") for d in (one, other)),
            return_exceptions=True,
        )  # fmt: skip
        assert sum(not isinstance(each, BaseException) for each in ends) == 1
        assert all(isinstance(each, ReleaseRefused) for each in ends if isinstance(each, BaseException)), ends
