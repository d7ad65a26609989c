"""A person at the screen that this worker's bots work on: their stop key, their hand on the mouse, their word to go on.

Either stops the line of every bot of this worker: what is at work is laid down, and nothing else begins on that screen.
The key that lets go on lifts those stops, and only those; so does anybody who may let a line go on.
"""

from __future__ import annotations

import asyncio
import logging
import platform
from collections.abc import Callable
from typing import TYPE_CHECKING

from robot_library.abilities import AtScreenSaid, HearsAtScreen
from robot_library.engine.line.switches import Switches
from robot_library.interfaces import Driver

if TYPE_CHECKING:
    from robot_library.engine.line.switches import Switch

log = logging.getLogger("wetread.engine")
STOP_KEY, HANDS_OFF = "StopKey", "HandsOff"
_WHY = {STOP_KEY: "the stop key was pressed", HANDS_OFF: "somebody is at the mouse or the keyboard"}


def at_the_screen() -> str:
    """Who it is, as far as anybody can tell."""
    return f"somebody at {platform.node()}"


def of_a_screen(switch: Switch) -> bool:
    """Whether a line was stopped by a person at a bot's screen."""
    return switch.code in _WHY


class AtScreens:
    """`bots` are those of this worker."""

    def __init__(self, switches: Switches, bots: Callable[[], list[str]]) -> None:
        self._switches, self._bots = switches, bots
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def attend(self, driver: Driver) -> None:
        """Hear what is said at this driver's screens."""
        if isinstance(driver, HearsAtScreen):
            driver.hear(self._said)

    def start(self) -> None:
        """From now on; in the engine's loop."""
        self._loop = asyncio.get_running_loop()

    async def stop(self) -> None:
        """Hear no more."""
        self._loop = None
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def hands_off(self, bot: str, code: str = HANDS_OFF) -> str:
        """Stop a bot's line for somebody at its screen; the scope."""
        scope = f"bot:{bot}"
        await self._switches.stop(scope, at_the_screen(), _WHY[code], code=code)
        return scope

    def _said(self, said: AtScreenSaid) -> None:
        """From a thread of the driver's."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._begin, said)

    def _begin(self, said: AtScreenSaid) -> None:
        task = asyncio.ensure_future(self._do(said))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _do(self, said: AtScreenSaid) -> None:
        try:
            if said == "go_on":
                return await self._go_on()
            for bot in self._bots():
                await self.hands_off(bot, STOP_KEY if said == "stop" else HANDS_OFF)
        except Exception as failure:
            log.error("what was said at the screen could not be carried out (%s)", type(failure).__name__)

    async def _go_on(self) -> None:
        mine = {f"bot:{bot}" for bot in self._bots()}
        for switch in await self._switches.list():
            if switch.scope in mine and of_a_screen(switch):
                await self._switches.go_on(switch.scope, at_the_screen(), "the key to go on was pressed")
