"""Paces and seats: counted for all workers together, all or nothing, and given back by workers that died."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from robot_library.engine.database.store import Store
from robot_library.engine.line import admission
from robot_library.engine.line.admission import Admission, PaceNeed, SeatNeed
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[list[Store]]:
    """Two workers' connections to one database."""
    made = [Store(f"sqlite:///{tmp_path / 'engine.sqlite'}") for _ in range(2)]
    for store in made:
        store.open(SealedJson(KEY).fingerprint)
    yield made
    for store in made:
        store.close()


async def test_no_more_seats_than_licences_however_many_ask_at_once(stores: list[Store]) -> None:
    asked = [
        Admission(stores[number % 2]).admit([], [SeatNeed("ehr", f"w{number}|ehr-bot", 3)]) for number in range(12)
    ]
    answers = await asyncio.gather(*asked)
    assert sum(answer is None for answer in answers) == 3
    assert len(await Admission(stores[0]).seats()) == 3


async def test_a_holder_sits_once_and_gives_back_what_it_has(stores: list[Store]) -> None:
    one, two = (Admission(store) for store in stores)
    seat = SeatNeed("ehr", "w1|ehr-bot", 1)
    assert await one.admit([], [seat]) is None
    assert await one.admit([], [seat]) is None
    assert await two.admit([], [SeatNeed("ehr", "w2|ehr-bot", 1)]) is not None
    await one.give_up("w1|")
    assert await two.admit([], [SeatNeed("ehr", "w2|ehr-bot", 1)]) is None


async def test_a_seat_ends_with_the_worker_that_died(stores: list[Store], monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = (Admission(store) for store in stores)
    with monkeypatch.context() as long_ago:
        long_ago.setattr(admission, "SEAT_LASTS", -1.0)  # its lease is over
        assert await one.admit([], [SeatNeed("ehr", "dead|ehr-bot", 1)]) is None
    assert await two.admit([], [SeatNeed("ehr", "w2|ehr-bot", 1)]) is None
    assert await one.renew(["dead|ehr-bot"]) == set()


async def test_a_pace_counts_each_item_once(stores: list[Store]) -> None:
    one, two = (Admission(store) for store in stores)
    assert await one.admit([PaceNeed("system:ehr", "a.0", 2, 3600)], []) is None
    assert await two.admit([PaceNeed("system:ehr", "b.0", 2, 3600)], []) is None
    refused = await one.admit([PaceNeed("system:ehr", "c.0", 2, 3600)], [])
    assert refused is not None
    assert await two.admit([PaceNeed("system:ehr", "a.0", 2, 3600)], []) is None  # its next go
    assert await one.admit([PaceNeed("system:pacs", "c.0", 2, 3600)], []) is None


async def test_what_is_refused_takes_nothing(stores: list[Store]) -> None:
    one = Admission(stores[0])
    assert await one.admit([], [SeatNeed("pacs", "other|pacs-bot", 1)]) is None
    pace, seats = PaceNeed("system:ehr", "a.0", 1, 3600), [SeatNeed("ehr", "w1|x", 1), SeatNeed("pacs", "w1|x", 1)]
    assert await one.admit([pace], seats) is not None
    assert await one.seats() == [("pacs", "other|pacs-bot")]
    assert await one.admit([PaceNeed("system:ehr", "b.0", 1, 3600)], []) is None
