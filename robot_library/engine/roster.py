"""The bots of one process: which version new items run on, which one those that have begun, and their sessions."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from robot_library.engine.line.entry import used_together
from robot_library.engine.ports import Assembly
from robot_library.engine.records.items import ItemView
from robot_library.engine.run.sessions import SessionPool
from robot_library.errors import SetupError

Older = Callable[[str, str], Awaitable[Assembly | None]]


async def _none(bot: str, version: str) -> Assembly | None:
    return None


class Roster:
    """Of one engine."""

    def __init__(self) -> None:
        self.now: dict[str, Assembly] = {}
        """By name, what items that have not begun run on."""
        self._older: dict[tuple[str, str], Assembly] = {}
        self.older: Older = _none
        """Finds an older version of a bot, by name and fingerprint; None if there is none."""
        self._pools: dict[tuple[str, str], SessionPool] = {}
        self._credentials: dict[str, asyncio.Lock] = {}

    def add(self, assembly: Assembly) -> None:
        """A bot. Given anew, it is for the items that have not begun."""
        name = assembly.bot.bot
        if (before := self.now.get(name)) is not None:
            self._older[name, before.version] = before
        self.now[name] = assembly
        self._pools.setdefault((name, assembly.version), SessionPool())

    def exchange(self, assembly: Assembly) -> None:
        """A bot, for the items that have begun as well."""
        self.add(assembly)
        for one in [key for key in self._older if key[0] == assembly.bot.bot]:
            self._older[one] = assembly

    async def began_with(self, view: ItemView) -> Assembly | None:
        """The version an item is to go on with: the one it began with. None if that is not to be had here any more."""
        name, version, now = view.item.bot, view.version, self.get(view.item.bot)
        if view.item.state == "new" or (version and version == now.version):
            return now
        if not version:
            return now if view.workflow == now.workflow.sha256 else None
        if (name, version) not in self._older and (made := await self.older(name, version)) is not None:
            self._older[name, version] = made
            self._pools.setdefault((name, version), SessionPool())
        return self._older.get((name, version))

    def get(self, bot: str) -> Assembly:
        """A bot by name; SetupError if it is not among them."""
        if bot not in self.now:
            raise SetupError(f"bot {bot!r} is not loaded in this process.")
        return self.now[bot]

    def every(self) -> list[Assembly]:
        """Every version of every bot."""
        return [*self.now.values(), *self._older.values()]

    def pool(self, assembly: Assembly) -> SessionPool:
        """The bot's idle sessions."""
        return self._pools[assembly.bot.bot, assembly.version]

    async def close(self) -> None:
        """End every idle session."""
        for pool in self._pools.values():
            await pool.close()

    def turn(self, assembly: Assembly) -> str:
        """What goes of this bot take turns on: its credentials, with all that bots here use together with them, called
        by the first; without any, the bot. That no two workers use one at once does not hang on it (line.py): other
        workers may run other bots."""
        names = assembly.credential_names() or (f"bot {assembly.bot.bot}",)
        sets = [one.seat(number).credential_names() for one in self.now.values() for number in range(one.seats())]
        return min(used_together(names, sets))

    @contextlib.asynccontextmanager
    async def credentials(self, assembly: Assembly) -> AsyncIterator[None]:
        """Hold every credential of a bot, so that nobody else in this process signs in with them."""
        async with contextlib.AsyncExitStack() as held:
            for name in assembly.credential_names():
                await held.enter_async_context(self._credentials.setdefault(name, asyncio.Lock()))
            yield
