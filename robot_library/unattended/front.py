"""The office's address: a socket taken before anything starts, and the server behind it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from robot_library.errors import SetupError
from robot_library.model.alerting import on_this_machine
from robot_library.unattended.lines import Listening, Patient

_UNTIL_CLOSED = 3
"""Seconds that open pages get when the office stops."""


@dataclass(frozen=True)
class Address:
    """Where the office is reached. `certificate` and `private_key` are PEM files."""

    host: str = "127.0.0.1"
    port: int = 8440
    certificate: Path | None = None
    private_key: Path | None = None

    @property
    def secure(self) -> bool:
        """Whether what travels is encrypted."""
        return self.certificate is not None and self.private_key is not None

    def url(self, port: int) -> str:
        """As a browser takes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{port}"


def check_address(address: Address) -> None:
    """SetupError for an address that others reach without encryption, or files that are not there."""
    if not on_this_machine(address.host) and not address.secure:
        raise SetupError(
            f"{address.host} can be reached by other machines, and nothing would be encrypted.",
            cure="Give --tls-cert and --tls-key, or stay on 127.0.0.1.",
        )
    for path in (address.certificate, address.private_key):
        if path is not None and not path.is_file():
            raise SetupError(f"the TLS file {path} is not there.")


def take_socket(address: Address) -> socket.socket:
    """A listening socket. SetupError if the port is taken or the host is not this machine."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # Without the protocol's number asyncio leaves Nagle's algorithm on, and every answer takes 40 ms more.
    taken = Listening(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # On Windows this option would let two processes listen at one port.
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((address.host, address.port))
        taken.listen(128)
    except (OSError, OverflowError) as failure:
        taken.close()
        used = isinstance(failure, OSError) and failure.errno in (errno.EADDRINUSE, errno.EACCES)
        what = "is taken, or not ours to take" if used else "cannot be listened at"
        raise SetupError(f"{address.host}:{address.port} {what}.", cure="Choose another --port.") from None
    return taken


class _Server(uvicorn.Server):
    """Signals are the command's, not the server's."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: Any, taken: socket.socket, address: Address) -> Any:
    """Serve `app` while the block runs."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=_UNTIL_CLOSED,
        ssl_certfile=address.certificate, ssl_keyfile=address.private_key, lifespan="on", http=Patient,
    )  # fmt: skip
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[taken]))
    try:
        up = asyncio.create_task(server.up.wait())
        await asyncio.wait((up, task), return_when=asyncio.FIRST_COMPLETED)
        up.cancel()
        if task.done():
            raise SetupError("the address cannot be opened.", cure="Look at the TLS files: are they PEM, and a pair?")
        yield
    finally:
        server.should_exit = True
        # A server that never came up has said why above; its own error may quote a path.
        await asyncio.gather(task, return_exceptions=True)
