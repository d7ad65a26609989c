"""Words: what another process did to an item is heard soon, by one question for all, and once."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from typing import Any

import pytest

from robot_library.engine import words as module
from robot_library.engine.records.items import Items
from robot_library.engine.words import Words
from tests.engine.conftest import Bench


@pytest.fixture
def items(bench: Bench) -> Items:
    return Items(bench.store, bench.sealer)


async def add(bench: Bench, items: Items, count: int) -> list[str]:
    rows = [items.row("tiny", "w", {}, f"k{number}", priority=10, due=None) for number in range(count)]
    await bench.store.write(lambda connection: items.insert_all(connection, rows))
    return [row["id"] for row in rows]


async def none(_: float) -> set[str]:
    return set()


async def heard(ear: Any, seconds: float = 120.0) -> bool:
    begun = time.monotonic()
    await ear.wait(seconds)
    return time.monotonic() - begun < seconds


async def test_what_another_process_did_is_heard(bench: Bench, items: Items) -> None:
    first, second = await add(bench, items, 2)
    words = Words(items.changed, none)
    with words.about(first) as ear, words.about(second) as other:
        await asyncio.sleep(0)
        ear.ready(), other.ready()
        await items.touch(second)
        assert await heard(other)
    await words.stop()


async def test_thousands_are_waited_for_by_one_question(bench: Bench, items: Items) -> None:
    asked = 0

    async def changed(since: float) -> list[tuple[str, float]]:
        nonlocal asked
        asked += 1
        return await items.changed(since)

    ids = await add(bench, items, 3000)
    words = Words(changed, none)
    with ExitStack() as stack:
        ears = {ident: stack.enter_context(words.about(ident)) for ident in ids}
        while asked < 2:  # noqa: ASYNC110 - the watcher's own clock
            await asyncio.sleep(0.05)
        for ear in ears.values():
            ear.ready()
        before = asked
        await items.touch(ids[1234])
        assert await heard(ears[ids[1234]])
        assert asked - before < 1000, "one question for all of them, however long it takes"
        assert sum(ear._heard.is_set() for ear in ears.values()) == 1, "who has heard once does not hear it again"
    await words.stop()


async def test_here_it_comes_at_once_and_is_lost_on_nobody(bench: Bench) -> None:
    async def nothing(_: float) -> list[tuple[str, float]]:
        return []

    words = Words(nothing, none)
    assert not words.tell("i")
    with words.about("i") as one, words.about("i") as two:
        one.ready(), two.ready()
        assert words.tell("i")
        assert await heard(one)
        assert await heard(two)
    assert not words.tell("i")
    await words.stop()


async def test_a_go_that_was_given_up_is_known_also_to_who_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.01)
    asked: list[float] = []

    async def given_up(since: float) -> set[str]:
        asked.append(since)
        return {"i.0.1"} if len(asked) == 1 else set()

    async def nothing(_: float) -> list[tuple[str, float]]:
        return []

    words = Words(nothing, given_up)
    with words.about("i") as ear:
        ear.ready()
        assert await heard(ear)
        assert words.is_dead("i.0.1")
    with words.about("j"):
        assert words.is_dead("i.0.1")
        assert not words.is_dead("j.0.0")
    assert asked[0] < 0, "the first time everything is asked for"
    await words.stop()
