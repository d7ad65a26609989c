"""Another machine's screen for tests: a private display with the clinic's form on it, served by x11vnc."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from dataclasses import dataclass, field

from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.display import Display, private_display
from robot_library.drivers.desktop.windows import family_of
from robot_library.model.bot import Program
from tests.desktop.conftest import CLINIC, PYTHON, Form, until

SERVER = ("x11vnc", "-localhost", "-forever", "-shared", "-nopw", "-quiet", "-nolookup")
VIEWER = (
    "xtigervncviewer",
    "-Shared",
    "-RemoteResize=0",
    "-MenuKey=",
    "-SendClipboard=0",
    "-SendPrimary=0",
    "-geometry=+40+40",
)


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@dataclass
class Far:
    """The far side: what really stands in its form is asked of its own accessibility."""

    display: Display
    form: Form
    port: int
    server: subprocess.Popen[bytes] = field(init=False)

    @property
    def program(self) -> Program:
        """The viewer, as a bot's app names it."""
        return Program(run=(*VIEWER, f"127.0.0.1::{self.port}"), remote=True)

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

    def text(self, label: str) -> str:
        return self.form.desk.accessibility.text(self.form.node(label))

    def clear(self) -> None:
        for label in ("Findings", "Note"):
            self.form.clear(label)

    def close(self) -> None:
        self.thaw()
        self.form.desk.close()
        self.display.close()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


def far_side() -> Far:
    display = private_display((900, 700))
    desk = Desk(display)
    desk.accessibility.listen()
    process = display.start([PYTHON, CLINIC, "form"])
    until(lambda: desk.windows.of(process.pid))
    until(lambda: desk.accessibility.buses(family_of(process.pid)))
    (bus,) = desk.accessibility.buses(family_of(process.pid))
    form = Form(desk, desk.windows.of(process.pid)[-1].id, bus)
    until(lambda: len(form.tree) > 8)
    far = Far(display, form, free_port())
    far.serve()
    return far
