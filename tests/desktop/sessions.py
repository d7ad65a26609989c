"""A terminal server for tests: who connects by VNC gets a session of their own, with the program started in it."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from robot_library.drivers.desktop.display import Display, private_display
from tests.desktop.remote import AWAKE, QUIET

SERVER = ("x11vnc", "-inetd", *QUIET, *AWAKE, "-o", "/dev/null")


@dataclass
class Sessions:
    """Listens from the start; `opened` counts the sessions. A session outlives its viewer, until `close`."""

    command: Sequence[str]
    size: tuple[int, int] = (800, 700)
    profile: Path | None = None
    """A folder that each session's home is a copy of."""
    opened: int = 0
    _door: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _displays: list[Display] = field(default_factory=list)
    _servers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # One thread for good: a display ends with the thread that has started it.
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """What a viewer is called with."""
        return f"127.0.0.1::{self._door.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._door.accept()
            except OSError:  # closed
                break
            with link:
                self._open(link)
        for server in self._servers:
            server.kill()
            server.wait()
        for display in self._displays:
            display.close()

    def _open(self, link: socket.socket) -> None:
        display = private_display(self.size, self.profile)
        self._displays.append(display)
        display.start(self.command)
        self._servers.append(
            subprocess.Popen(
                [*SERVER, "-display", display.name, "-auth", display.env["XAUTHORITY"]],
                stdin=link, stdout=link, stderr=subprocess.DEVNULL, env=dict(display.env),
            )
        )  # fmt: skip
        self.opened += 1

    def close(self) -> None:
        """End every session."""
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(60)
