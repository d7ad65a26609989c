"""A running demo hospital: two sites on two loopback ports, one thread, one directory."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from robot_library.errors import SetupError
from robot_library.hospital import build, schema
from robot_library.hospital.chaos import Trouble, Unreliable
from robot_library.hospital.ehr.app import ehr_app
from robot_library.hospital.pacs.app import pacs_app
from robot_library.hospital.settings import ACCOUNTS, Account, Settings

HOST = "127.0.0.1"
_PATIENCE = 30.0


class Hospital:
    """EHR and PACS of one directory. Use as a context manager, plain or async, or call ``start`` and ``close``.

    ``directory`` is built from ``seed`` at the first start (``progress(done, total, what)`` is called meanwhile) and
    reused afterwards; ``story`` writes what stands in it (``build.ensure``). Port 0 means a free one; one that was
    closed and is started again has the same. Further keywords are the fields of ``Settings``.
    """

    def __init__(
        self,
        directory: Path | str,
        *,
        seed: int = 1,
        chaos: int | None = None,
        ehr_port: int = 0,
        pacs_port: int = 0,
        progress: build.Progress | None = None,
        story: build.Story | None = None,
        **settings: Any,
    ) -> None:
        self.directory = Path(directory)
        self.settings = Settings(seed=seed, chaos=chaos, **settings)
        self._wanted = (ehr_port, pacs_port)
        self._progress, self._story = progress, story
        self._servers: list[_Server] = []
        self._thread: threading.Thread | None = None
        self._addresses = ("", "")

    @property
    def database(self) -> Path:
        """The hospital's database file."""
        return self.directory / schema.DATABASE

    @property
    def ehr_url(self) -> str:
        """Address of the EHR, without a slash at its end. Empty before ``start``."""
        return self._addresses[0]

    @property
    def pacs_url(self) -> str:
        """Address of the PACS, without a slash at its end."""
        return self._addresses[1]

    @property
    def dicomweb_url(self) -> str:
        """Address of DICOMweb, below which ``/studies`` lies."""
        return f"{self.pacs_url}/dicomweb"

    @property
    def accounts(self) -> dict[str, Account]:
        """Who may sign in, by user name; the same in all three."""
        return ACCOUNTS

    def start(self) -> Hospital:
        """Build if needed and serve. Returns when both sites answer.

        Raises ``SetupError`` when a port is taken or the directory holds another hospital.
        """
        if self._thread:
            return self
        build.ensure(self.directory, self.settings.seed, self._progress, self._story)
        sockets = [_bind(port) for port in self._wanted]
        ports = [s.getsockname()[1] for s in sockets]
        self._wanted = (ports[0], ports[1])
        self._addresses = (f"http://{HOST}:{ports[0]}", f"http://{HOST}:{ports[1]}")
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(sockets, ready), name="demo-hospital", daemon=True)
        self._thread.start()
        if not ready.wait(_PATIENCE):
            self.close()
            raise SetupError("The demo hospital did not start.", cure="See the lines above; try again.")
        return self

    def _serve(self, sockets: list[socket.socket], ready: threading.Event) -> None:
        connection = schema.connect(self.database)
        try:
            asyncio.run(self._both(connection, sockets, ready))
        finally:
            connection.close()
            for one in sockets:
                one.close()

    async def _both(self, connection: Any, sockets: list[socket.socket], ready: threading.Event) -> None:
        trouble = Trouble(self.settings.chaos)
        ehr = ehr_app(connection, self.settings, trouble, self.pacs_url)
        pacs = pacs_app(connection, self.directory, self.settings, trouble)
        self._servers = [_server(Unreliable(app, trouble)) for app in (ehr, pacs)]
        tasks = [asyncio.create_task(s.serve(sockets=[k])) for s, k in zip(self._servers, sockets, strict=True)]
        for server in self._servers:
            await server.listening.wait()
        ready.set()
        await asyncio.gather(*tasks)

    def close(self) -> None:
        """Stop serving; the directory stays. Can be called twice."""
        for server in self._servers:
            server.should_exit = True
        if self._thread:
            self._thread.join(_PATIENCE)
        self._thread = None
        self._servers = []

    def __enter__(self) -> Hospital:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Hospital:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)


def _bind(port: int) -> socket.socket:
    # Without the protocol's number asyncio leaves Nagle's algorithm on, and every answer takes 40 ms more.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":  # else a port stays taken for a minute; on Windows this would let two have it
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError as error:
        bound.close()
        raise SetupError(f"Port {port} is taken.", cure="Choose another, or 0 for a free one.") from error
    return bound


class _Server(uvicorn.Server):
    """A server that says when it has begun to listen."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen on ``sockets``."""
        await super().startup(sockets=sockets)
        self.listening.set()


def _server(app: ASGIApp) -> _Server:
    config = uvicorn.Config(
        app, log_level="error", access_log=False, lifespan="off", http="h11", ws="none", timeout_graceful_shutdown=2
    )
    return _Server(config)
