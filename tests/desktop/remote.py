"""Another machine's screen for tests: a private display with the clinic's form on it, served by x11vnc."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.display import Display, private_display
from robot_library.drivers.desktop.session import DesktopSession
from robot_library.drivers.desktop.windows import Windows, family_of
from robot_library.errors import TypingNotProven
from robot_library.model.bot import Program
from robot_library.parsing.screens import load_screen_map
from tests.desktop.conftest import CLINIC, PYTHON, Form, until

QUIET = ("-nopw", "-quiet", "-nolookup")
AWAKE = ("-nonap", "-sb", "0", "-readtimeout", "300")
"""Without them the server looks away between two texts, and lets go of a viewer that a busy machine keeps waiting."""
SERVER = ("x11vnc", "-localhost", "-forever", "-shared", *QUIET, *AWAKE)
VIEWER = (
    "xtigervncviewer",
    "-Shared",
    "-RemoteResize=0",
    "-MenuKey=",
    "-SendClipboard=0",
    "-SendPrimary=0",
    "-geometry=+40+40",
)


MAPS = Path(__file__).parent
MAP = load_screen_map(MAPS / "clinic-remote.yaml")
"""The form as pixels."""
_COMES_S = 30.0
_MEDIA_KEYS = 150
"""Key codes from here on are those of players and phones, which no form needs."""


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@dataclass
class Served:
    """A display that is shown to others by a VNC server, as another machine's."""

    display: Display
    port: int = field(default_factory=free_port)
    server: subprocess.Popen[bytes] = field(init=False)

    def program(self, *more: str) -> Program:
        """The viewer, as a bot's app names it."""
        return Program(run=(*VIEWER, *more, f"127.0.0.1::{self.port}"), remote=True)

    def serve(self) -> None:
        """Start the server (anew)."""
        command = [*SERVER, "-display", self.display.name, "-auth", self.display.env["XAUTHORITY"]]
        self.server = self.display.start([*command, "-rfbport", str(self.port)])
        until(self._answers)

    def kill(self) -> None:
        self.display.end(self.server)

    def freeze(self) -> None:
        os.killpg(self.server.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self.server.pid, signal.SIGCONT)

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):  # a test may have ended it
            self.thaw()
        self.display.close()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


@dataclass
class Far(Served):
    """The far side with the clinic's form on it: what really stands there is asked of its own accessibility."""

    form: Form = field(kw_only=True)

    def text(self, label: str) -> str:
        return self.form.desk.accessibility.text(self.form.node(label))

    def clear(self) -> None:
        for label in ("Findings", "Note"):
            self.form.clear(label)

    async def comes(self, label: str, text: str) -> bool:
        """The field comes to hold this text."""
        end = time.monotonic() + _COMES_S
        while self.text(label) != text:
            if time.monotonic() > end:
                return False
            await asyncio.sleep(0.05)
        return True

    def close(self) -> None:
        self.thaw()
        self.form.desk.close()
        self.display.close()


async def typed(far: Far, session: DesktopSession, texts: Sequence[str]) -> Counter[str]:
    """How many texts stand there exactly, were refused and taken out, were refused and are said to stand there, and how
    many are wrong: what stands there is something else than what was said."""
    counts: Counter[str] = Counter(exact=0, refused=0, said_to_stand=0, wrong=0)
    assert session.view is not None
    for number, given in enumerate(texts):
        target, label = (("findings", "Findings"), ("note", "Note"))[number % 2]
        text = given.replace(" ", "\n", 1) if target == "note" else given
        far.clear()
        try:
            said = "exact" if await session.view.fill(target, text) == text else "wrong"
        except TypingNotProven as refusal:
            said, text = "said_to_stand" if "a text stands in the field" in refusal.cure else "refused", ""
        counts[said if said == "said_to_stand" or await far.comes(label, text) else "wrong"] += 1
    return counts


def _spare_keys(display: Display) -> None:
    """Free the keys that no form needs: the server lends each letter that its keyboard lacks one of them, and takes it
    back only after minutes without typing. A plain keyboard has 19 to spare."""
    with Windows(display) as windows:
        keys = windows.link.display.info.max_keycode - _MEDIA_KEYS + 1
        windows.link.change_keyboard_mapping(_MEDIA_KEYS, [(0,) * 7] * keys)
        windows.link.sync()


def served(size: tuple[int, int]) -> Served:
    """An empty display of this size, served."""
    far = Served(private_display(size))
    far.serve()
    return far


def far_side() -> Far:
    display = private_display((900, 700))
    _spare_keys(display)
    desk = Desk(display)
    desk.accessibility.listen()
    process = display.start([PYTHON, CLINIC, "form"])
    until(lambda: desk.windows.of(process.pid))
    until(lambda: desk.accessibility.buses(family_of(process.pid)))
    (bus,) = desk.accessibility.buses(family_of(process.pid))
    form = Form(desk, desk.windows.of(process.pid)[-1].id, bus)
    until(lambda: len(form.tree) > 8)
    far = Far(display, form=form)
    far.serve()
    return far
