"""A person at the screen of a worker's bots: their hand or their stop key holds the line, and only they lift that."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from robot_library.abilities import AtScreenSaid
from robot_library.engine.line.at_screen import HANDS_OFF, STOP_KEY, at_the_screen
from robot_library.errors import HandsOff
from tests.engine.test_desk import desk_at, record, until, worker
from tests.engine.world import Record, TinyDriver

__all__ = ["record"]


class SatBefore(TinyDriver):
    """Somebody sits before its screen."""

    said: Callable[[AtScreenSaid], None]

    def hear(self, said: Callable[[AtScreenSaid], None]) -> None:
        self.said = said

    def says(self, what: AtScreenSaid) -> None:
        """From a thread, as a driver tells it."""
        thread = threading.Thread(target=self.said, args=(what,))
        thread.start()
        thread.join()


async def test_a_hand_lays_the_item_down_and_the_key_lets_it_begin_its_part_anew(
    tmp_path: Path, record: Record
) -> None:
    driver = SatBefore(record)
    touched = iter([True])

    def in_the_middle() -> None:
        if next(touched, False):
            raise HandsOff("a person is at the mouse")

    driver.in_fill = in_the_middle
    async with worker(tmp_path, record, driver=driver), desk_at(tmp_path / "home") as desk:
        made = await desk.add("tiny", {"order": "O1"}, "O1")
        assert made is not None

        async def stops() -> list[tuple[str, str]]:
            return [(one.code, one.who) for one in await desk.switches.list()]

        await until(stops)
        assert await stops() == [(HANDS_OFF, at_the_screen())]
        view = await desk.items.get(made.id)
        assert (view.outcome, record.saves()) == (None, [])
        assert driver.sessions[0].closed, "with what was typed in it"
        driver.says("go_on")

        async def done() -> bool:
            return (await desk.items.get(made.id)).outcome == "typed"

        await until(done)
        assert record.saves() == ["O1"]
        driver.says("stop")
        await until(stops)
        assert await stops() == [(STOP_KEY, at_the_screen())]
        await desk.switches.stop("all", "it", "for reasons of theirs")
        driver.says("go_on")

        async def lifted() -> bool:
            return await stops() == [("", "it")]

        await until(lifted)
