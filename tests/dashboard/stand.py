"""A dashboard over a filled home, served for real."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import uvicorn

from robot_library.engine.database.store import Store
from robot_library.engine.desk import Desk
from robot_library.engine.records.alerts import Alerts
from robot_library.engine.records.board import Listed
from robot_library.engine.records.checks import Checks
from robot_library.engine.records.items import Items
from robot_library.imaging.pictures import shrink
from robot_library.incidents.making import Place, made
from robot_library.model.approval import MadeOf
from robot_library.people.book import Book
from robot_library.people.entrances import dashboard_doors
from robot_library.people.provider.again import Again
from robot_library.people.provider.talks import Provider
from robot_library.people.provider.way import Elsewhere
from robot_library.people.proving import proven
from robot_library.people.rights import LinkRole as Role
from robot_library.safeguards.audit.trail import AuditTrail
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.dashboard.app import SYSTEM, Dashboard
from robot_library.unattended.dashboard.floor import Facts, Floor, GoingLive, Light, People
from robot_library.unattended.front import Address, take_socket
from tests.dashboard.fill import BOTS

T = TypeVar("T")


def facts() -> list[Facts]:
    """As the bots' files have them."""
    night = time.time() // 3600 * 3600 + 3600 * 5
    return [
        Facts(
            BOTS[0], "Pre-read requested chest X-rays, type the draft.", "live", ("every 5 min", "folder"),
            time.time() + 140, ("gnuhealth", "orthanc"), ("radiology-bot",),
        ),
        Facts(
            BOTS[1], "Volume and place of brain tumours, for a person to accept.", "limited", ("02:00 every day",),
            night, ("gnuhealth", "orthanc"), ("radiology-bot",),
        ),
        Facts(
            BOTS[2], "Watch the quality of every film.", "shadow", ("DICOM arrival",), None, ("orthanc",), (),
            "bot 'imaging-qa' takes the address of 'list' from WETREAD_OHIF_URL, which is not set. Set "
            "WETREAD_OHIF_URL, or write it into the bot's file. Credential 'orthanc-bot' is not known here. Set "
            "WETREAD_CREDENTIAL_ORTHANC_BOT=user:password.",
        ),
    ]  # fmt: skip


async def lights() -> list[Light]:
    return [
        Light("Disk", "ok", "212 GB free"),
        Light("Database", "ok", "answers in 2 ms"),
        Light("Backup", "warn", "the last one is 3 d old"),
    ]


def outside(question: Callable[[], Awaitable[T]]) -> T:
    """Await something in a thread of its own: where a browser is driven, no other loop may run."""

    async def awaited() -> T:
        return await question()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(awaited())).result()


class Stand:
    """Serves one home on a free port, in a thread of its own."""

    def __init__(self, home: Path, key: SiteKey, *, port: int = 0, provider: Provider | None = None) -> None:
        self.home, self.key, self._port = home, key, port
        self.sealer = SealedJson(key)
        self.doors = dashboard_doors(home, key)
        self.store = Store(f"sqlite:///{home / 'engine.sqlite'}")
        self.store.trail = AuditTrail(home, key)
        self.desk = Desk(home, self.sealer, self.sealer.fingerprint, store=self.store)
        self.items = Items(self.store, self.sealer)
        self.alerts, self.book = Alerts(self.store, self.sealer), Book(home, self.sealer)
        self.made = MadeOf("a" * 64, {"bot tiny": "b" * 64, "screen map ehr": "c" * 64})
        blobs = FileBlobs(home / "blobs", key)
        trail = self.store.trail
        elsewhere = Again(provider, self.book, trail) if provider else None
        way_in = Elsewhere(provider, self.book, self.sealer, trail, system=SYSTEM) if provider else None
        floor = Floor(
            self.desk, self.alerts, Checks(self.store, self.sealer), lambda ref: shrink(blobs.get(ref)), facts, lights,
            bundle=lambda one, who: made(self.desk, Place(home, key), one, who, "masked"),
            going_live=GoingLive(lambda bot: self.made, self.prove, production=True, elsewhere=elsewhere),
        )  # fmt: skip
        self.dashboard = Dashboard(floor, self.doors, People(self.book, way_in))
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.url = ""

    def link(self, role: Role = "operator", who: str = "dr.chen") -> str:
        """A fresh one-time link."""
        return f"{self.url}/enter/{self.doors.link(role, who)}"

    def prove(self, name: str, password: str, code: str, roles: Collection[str]) -> str:
        """As the office has it."""
        return proven(self.book, name, password, lambda: code, roles, self.store.trail)

    def ask(self, question: Callable[[], Awaitable[T]]) -> T:
        """Ask the engine's side something."""
        return outside(question)

    def item(self, ident: str) -> Listed:
        """How an item stands."""
        return self.ask(lambda: self.desk.board.item(ident))

    def __enter__(self) -> Stand:
        self.store.open(self.sealer.fingerprint)
        taken = take_socket(Address(port=self._port))
        self.url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        config = uvicorn.Config(self.dashboard.app, log_config=None, access_log=False, timeout_graceful_shutdown=2)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve([taken])), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        assert self._thread is not None
        self.dashboard.close()
        self._server.should_exit = True
        self._thread.join(20)
        self.store.close()
