"""How many lines others may hold to the office's address, and how long one may say nothing.

Every line takes a file handle of the process that also keeps the schedule, the database and what arrives: whoever opens
a thousand and says nothing would stop all of it.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from robot_library.model.alerting import on_this_machine
from robot_library.web.strangers import network

AT_ONCE, OF_ONE = 500, 300
"""Lines in all, and of one address, or of one network of IPv6: of a machine on which many people work, each with a page
that listens. A process has some thousand handles."""
SILENCE = 20.0
"""Seconds in which a line that was opened, or has been answered, must have said what it wants."""


class Listening(socket.socket):
    """A listening socket that hangs up on whoever is one too many, before anything is read."""

    at_once, of_one = AT_ONCE, OF_ONE

    def accept(self) -> tuple[socket.socket, Any]:
        """As asyncio calls it (not on Windows): BlockingIOError says that there is nobody more just now."""
        line, address = super().accept()
        lines: list[tuple[socket.socket, str]] = [one for one in self._lines() if one[0].fileno() != -1]
        host = network(str(address[0]))
        counted = Counter(name for _, name in lines)
        if len(lines) >= self.at_once or (counted[host] >= self.of_one and not _here(str(address[0]))):
            line.close()
            raise BlockingIOError
        self._open = [*lines, (line, host)]
        return line, address

    def _lines(self) -> list[tuple[socket.socket, str]]:
        return getattr(self, "_open", [])


def _here(host: str) -> bool:
    """A proxy of this machine's own brings everybody; over a socket of IPv6 it comes as ::ffff:127.0.0.1."""
    return on_this_machine(host) or on_this_machine(network(host))


class Patient(H11Protocol):
    """HTTP on one line, as long as something is asked on it."""

    silence = SILENCE
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._wait()
        else:
            self._asked()

    def connection_lost(self, exc: Exception | None) -> None:
        self._asked()
        super().connection_lost(exc)

    def _wait(self) -> None:
        """Began once: what comes byte by byte does not begin it anew."""
        if self._late is None:
            self._late = self.loop.call_later(self.silence, self._hang_up)

    def _asked(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _hang_up(self) -> None:
        self._late = None
        self.transport.abort()
