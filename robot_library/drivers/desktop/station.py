"""One running program on a display, worked by a thread of its own: X and D-Bus connections belong to one thread."""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.display import Display, own_display, private_display
from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.reading import Reading
from robot_library.drivers.desktop.remote import Away, silent, why_away, why_nothing
from robot_library.drivers.desktop.watch import PATIENCE_S, Watch
from robot_library.errors import DriverLost, HandsOff
from robot_library.model.bot import Program

T = TypeVar("T")


class Station:
    """A program that was started for us, and its display if that is private. Ends both with `close`. `watching` gives
    the watch over a person's display."""

    def __init__(
        self, program: Program, pictures: Sequence[Path],
        watching: Callable[[Display], Watch | None] = lambda display: None, away: Away = (),
    ) -> None:  # fmt: skip
        self._watching = watching
        self.program, self.signed_in, self.unsaved = program, False, False
        self.astray = False
        """Something came otherwise than the map says: nobody knows how it stands, so nothing else is begun in it."""
        self._reading, self._away = Reading(*pictures), away if program.remote else ()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="desktop")
        self._stop = threading.Event()
        self._desk: Desk | None = None
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start display and program. SetupError names what is missing."""
        try:
            await self._run(self._start)
        except BaseException:
            await self.close()
            raise

    async def do(self, work: Callable[[Desk], T]) -> T:
        """Do something at the desk. DriverLost if the program has ended. A cancelled call ends soon, waited for."""

        def at_desk() -> T:
            if self._desk is None or self._process is None:
                raise DriverLost("The program has been ended.", cure="The part starts anew.")
            self._desk.display.check()
            if self._desk.watch is not None:
                self._desk.watch.check()
            if self._process.poll() is not None:
                if self.program.remote:
                    raise silent("disconnected")
                raise DriverLost("The program has ended by itself.", cure="The part starts anew.")
            return work(self._desk)

        return await self._run(at_desk)

    async def look(self, work: Callable[[Look], T]) -> T:
        """Look at the program as it stands now. SystemDown where a remote session says that it is not to be had."""

        def looked(desk: Desk) -> T:
            assert self._process is not None
            look = Look(desk, self._process.pid, self._reading)
            if self.program.remote and (code := why_away(look, self._away)):
                raise silent(code)
            return work(look)

        return await self.do(looked)

    async def begin(self, who: object) -> None:
        """The bot takes mouse and keyboard of a person's display, as soon as they let go of them. HandsOff if they do
        not, in half a minute."""
        watch = self._desk.watch if self._desk is not None else None
        end = time.monotonic() + PATIENCE_S
        while watch is not None and not watch.begin(who):
            if time.monotonic() > end:
                watch.rest(who)
                raise HandsOff("a person is at work on this screen; the bot has not begun")
            await asyncio.sleep(0.1)

    def rest(self, who: object) -> None:
        """What people do on their display is their own affair again."""
        if self._desk is not None and self._desk.watch is not None:
            self._desk.watch.rest(who)

    async def lend(self) -> None:
        """A person is about to work in the program's window: it comes to the front."""

        def to_front(desk: Desk) -> None:
            assert self._process is not None
            if windows := desk.windows.of(self._process.pid):
                desk.windows.activate(windows[-1].id)

        await self.do(to_front)

    async def nothing_came(self) -> None:
        """Asked where no screen of the map has come: SystemDown if it is the remote session that shows nothing."""
        if self.program.remote and (code := await self.look(why_nothing)):
            raise silent(code)

    def go_on(self) -> None:
        """DriverLost where we are to stop: asked between bursts of keys."""
        if self._stop.is_set():
            raise DriverLost("The run was stopped.")

    @property
    def display(self) -> Display:
        """Where it is shown. DriverLost once it has been ended."""
        if self._desk is None:
            raise DriverLost("The program has been ended.", cure="The part starts anew.")
        return self._desk.display

    @property
    def fit(self) -> bool:
        """Other work can be begun in it."""
        return self.alive and not self.unsaved and not self.astray

    @property
    def alive(self) -> bool:
        """The program runs."""
        return self._process is not None and self._process.poll() is None

    async def close(self) -> None:
        """End the program and a private display."""
        self._stop.set()
        await self._run(self._end)
        self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[[], T]) -> T:
        future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self._stop.set()
            await asyncio.wait([future])
            if not future.cancelled():
                future.exception()
            raise

    def _start(self) -> None:
        profile = Path(self.program.profile) if self.program.profile else None
        display = private_display(profile=profile) if self.program.display == "private" else own_display()
        self._desk = Desk(display, remote=self.program.remote, watch=self._watching(display))
        if not self.program.remote:
            self._desk.accessibility.listen()
        self._process = display.start(self.program.run)

    def _end(self) -> None:
        desk, process = self._desk, self._process
        self._desk = self._process = None
        if desk is None:
            return
        if process is not None:
            desk.display.end(process)
        desk.close()
        desk.display.close()
