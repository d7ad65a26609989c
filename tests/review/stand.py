"""A clerk's app over a home with questions that wait, served for real: as workers leave them, and no worker runs.

`python -m tests.review.stand HOME --items 50` makes one to look at, and prints an address that works once.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import click
import numpy as np
import uvicorn

from robot_library.attended.app import Attended
from robot_library.attended.site import house_of
from robot_library.engine.database.store import Store
from robot_library.engine.desk import Desk
from robot_library.engine.records.items import Request
from robot_library.engine.records.journal import ItemJournal
from robot_library.engine.records.paths import ASKED
from robot_library.imaging.headers import read_image
from robot_library.interfaces import PersonAnswer
from robot_library.model.audit import hashed
from robot_library.model.finding import Accepted, Finding
from robot_library.model.person import Identity, PatientId, PersonName
from robot_library.model.record import Record
from robot_library.model.review import Asked, Place
from robot_library.model.study import Study
from robot_library.parsing.library import Library, bundled
from robot_library.people.entrances import clerks_doors
from robot_library.reports.draft import TemplateReports
from robot_library.safeguards.acceptance import AcceptanceGuard
from robot_library.safeguards.audit.trail import AuditTrail
from robot_library.safeguards.audit.verify import records
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson
from robot_library.skills.explanation.draw import overlay
from robot_library.skills.manifest import load_manifest
from robot_library.unattended.front import Address, take_socket
from tests.dashboard.stand import outside
from tests.imaging.dicoms import film

T = TypeVar("T")
BOT, SKILL = "chest-xray-preread", "chest-xray-pneumonia"
DROPPED, TITLE = "film-by-hand", "title: Film by hand\n  drop: {order: accession}"
"""The same bot, on whose form a film can be dropped."""
PEOPLE = ("Musterfrau", "Ödegård", "Nguyen", "Okafor", "Rossi", "García", "Kowalska", "Haddad")


def number_of(place: int) -> str:
    """The patient number of an item; the first two items are one person's."""
    return f"0012{3456 + max(place, 1)}"


def chest(place: int, side: int = 512) -> np.ndarray[Any, Any]:
    """Stored values (12 bits) of something like a chest film, another for each item."""
    y, x = np.mgrid[0:side, 0:side] / side
    body = 3000 * np.exp(-(((x - 0.5) / 0.42) ** 4) - ((y - 0.55) / 0.55) ** 4)
    for middle in (0.32, 0.68):
        body -= 1700 * np.exp(-(((x - middle) / 0.13) ** 2) - ((y - 0.48) / 0.27) ** 2)
    spot = 900 * np.exp(-(((x - 0.34) / 0.06) ** 2) - ((y - 0.6 + 0.01 * (place % 9)) / 0.06) ** 2)
    noise = np.random.default_rng(place).normal(0, 25, (side, side))
    found: np.ndarray[Any, Any] = np.clip(body + spot + noise, 0, 4095).round().astype(np.uint16)
    return found


@cache
def drawn() -> bytes:
    """The model's picture of a film: the same for all, it takes long."""
    evidence = np.zeros((16, 16), np.float32)
    evidence[9:12, 4:7] = 9
    return overlay((chest(0) / 4095).astype(np.float32), evidence, 1.0, "pneumonia")


class Asking:
    """Makes questions in a home."""

    def __init__(self, desk: Desk, blobs: FileBlobs, sealer: SealedJson) -> None:
        self._desk, self._blobs, self._sealer = desk, blobs, sealer
        library = Library(bundled())
        self._reports = TemplateReports(lambda name: library.path("template", name))
        self._manifest = load_manifest(library.folders[0] / "skills" / SKILL)

    async def ask(self, place: int, *, decision: str = "uncertain", priority: int = 10, waits: float = 3600.0,
                  beside: bool = False) -> str:  # fmt: skip
        """One item that waits; its id. `beside`: a film that the model has not read stands before the one it has."""
        key = f"REQ{place:06d}"
        item = await self._desk.add(BOT, {"order": key}, key, priority=priority)
        assert item is not None
        asked = await asyncio.to_thread(self._asked, place, decision)
        if beside:
            data = film(chest(place), SOPInstanceUID=f"1.2.826.77.{place}", WindowCenter=1500, WindowWidth=3000)
            other = read_image(data, self._blobs.put(data), "dicomweb")
            asked = asked.model_copy(update={"images": (other, *asked.images)})
        journal = ItemJournal(self._desk.store, self._sealer, item.id, 0)
        await journal.put_once(f"13{ASKED}", asked)
        await journal.about([hashed(self._sealer.mac, one.value) for one in asked.patients[0].ids])
        reason = f"{SKILL} is uncertain: the score lies between its operating points"
        request = Request("13", "duty-radiologist", reason, "Uncertain", time.time() + waits, "answer.0")
        await self._desk.items.begin(item.id, "w" * 64, "v")
        assert await self._desk.items.wait(item.id, request, 0, journal.mac("13#answer"))
        return item.id

    async def again(self, item: str, place: int, decision: str = "positive") -> None:
        """The item asks something else meanwhile: another place of its workflow, another film and finding."""
        asked = await asyncio.to_thread(self._asked, place, decision)
        journal = ItemJournal(self._desk.store, self._sealer, item, 0)
        await journal.put_once(f"14{ASKED}", asked)
        request = Request("14", "duty-radiologist", "asked anew", "Uncertain", time.time() + 3600, "answer.1")
        await self._desk.items.begin(item, "w" * 64, "v")
        assert await self._desk.items.wait(item, request, 0, journal.mac("14#answer"))

    async def typed(self, item: str, place: int) -> None:
        """A person has accepted it, and the bot has typed the draft and ended."""
        asked = await asyncio.to_thread(self._asked, place, "uncertain")
        said = PersonAnswer(verdict="correct", who="Dr. Chen", role="reviewer", decision="positive")
        accepted = AcceptanceGuard(self._sealer.mac).by_person(asked.finding, said)
        report = self._reports.draft("chest-xray", (accepted,), {})
        fields = {"order": f"REQ{place:06d}", "accession": f"ACC{place:05d}", "procedure": "Chest, one view"}
        order = Record(source="screen:ehr.order", fields=fields, identity=asked.patients[0])
        names = {"order": order, "study": asked.study, "accepted": accepted, "report": report}
        journal = ItemJournal(self._desk.store, self._sealer, item, 0)
        await journal.put_once("part:15#end", {"names": names, "doubtful": []})
        await self._desk.items.close(item, "done", "typed", "", "")

    def _asked(self, place: int, decision: str) -> Asked:
        number, family = number_of(place), PEOPLE[max(place, 1) % len(PEOPLE)]
        stored = chest(place)
        data = film(
            stored, PatientID=number, PatientName=f"{family}^Anna", WindowCenter=1500, WindowWidth=3000,
            StudyInstanceUID=f"1.2.826.{place + 1}", StudyDescription="Chest, one view", Modality="DX",
        )  # fmt: skip
        image = read_image(data, self._blobs.put(data), "dicomweb")
        finding = Finding(
            skill=SKILL, skill_version=self._manifest.version, model_sha256=self._manifest.model.sha256,
            provider="CPUExecutionProvider", label="pneumonia", score=0.52, decision=decision,  # type: ignore[arg-type]
            operating_point="" if decision == "uncertain" else "rule_in",
            thresholds={name.name: name.threshold for name in self._manifest.outputs[0].operating_points.named()},
            image_uid=image.sop_instance_uid, evidence={"overlay": self._blobs.put(drawn())},
        )  # fmt: skip
        screen = Identity(
            source="screen:ehr.order", system="demo-ehr", ids=(PatientId(value=number, issuer="HARBOUR"),),
            names=(PersonName(family=family, given="Anna"),), birth_date=date(1961, 4, 3),
        )  # fmt: skip
        header = screen.model_copy(update={"source": "dicom", "system": "dicom"})
        study = Study(
            study_uid=f"1.2.826.{place + 1}", accession=f"ACC{place:05d}", source="dicomweb", identity=header,
            images=(image,), expected_images=1, description="Chest, one view",
        )  # fmt: skip
        supposed = {
            name: Accepted(finding=finding, by="person", who="–", decision=name)  # type: ignore[arg-type]
            for name in ("positive", "negative")
        }
        drafts = {name: self._reports.draft("chest-xray", (one,), {}).fields for name, one in supposed.items()}
        return Asked(
            finding=finding, patients=(screen, header), images=(image,), study=study, order={}, template="chest-xray",
            fields=self._reports.fields("chest-xray"), drafts=drafts,  # type: ignore[arg-type]
            pacs=Place(screen="pacs.study", where={"accession": f"ACC{place:05d}"}),
        )  # fmt: skip


class Stand:
    """Serves one home, in a thread of its own; can be restarted at the same address."""

    def __init__(
        self,
        home: Path,
        key: SiteKey,
        *,
        port: int = 0,
        front: Callable[[float], Iterator[Sequence[str]]] | None = None,
    ) -> None:
        self.home, self.key, self._port, self._front = home, key, port, front
        self.sealer, self.blobs = SealedJson(key), FileBlobs(home / "blobs", key)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.url = ""

    def link(self, role: str = "reviewer", who: str = "Dr. Chen") -> str:
        """A fresh one-time address."""
        return f"{self.url}/enter/{self.doors.link(role, who)}"

    def ask(self, question: Callable[[Desk], Awaitable[T]]) -> T:
        """Ask the engine's side something, from outside."""

        async def asked() -> T:
            async with Desk(self.home, self.sealer, self.sealer.fingerprint) as desk:
                desk.store.trail = AuditTrail(self.home, self.key)
                return await question(desk)

        return outside(asked)

    def fill(self, count: int, *, first: int = 0, **more: Any) -> list[str]:
        """So many questions; their items, in order. `first`: the number of the first, which is nobody else's yet."""

        async def filled(desk: Desk) -> list[str]:
            asking = Asking(desk, self.blobs, self.sealer)
            return [await asking.ask(place, **more) for place in range(first, first + count)]

        return self.ask(filled)

    def again(self, item: str, place: int) -> None:
        """The item asks about somebody else's film now."""
        self.ask(lambda desk: Asking(desk, self.blobs, self.sealer).again(item, place))

    def told(self) -> list[dict[str, Any]]:
        """Every event of the audit trail."""
        return [dict(one.event) for one in records(self.home / "audit")]

    def _project(self) -> Path:
        """A site that gets the reports of the bot, so that wetread holds them."""
        project = self.home / "project"
        (project / "bots").mkdir(parents=True, exist_ok=True)
        real = (bundled() / "bots" / f"{BOT}.yaml").read_text(encoding="utf-8")
        dropped = real.replace(f"bot: {BOT}", f"bot: {DROPPED}", 1).replace("title: Chest X-ray pre-read", TITLE)
        (project / "bots" / f"{DROPPED}.yaml").write_text(dropped, encoding="utf-8")
        said = f"deliveries: {{referrer: {{folder: {{path: out, formats: [text]}}, bots: [{BOT}]}}}}\n"
        (project / "site.yaml").write_text(said, encoding="utf-8")
        return project

    def finished(self, place: int) -> str:
        """An item that has typed its draft, with what it left behind."""

        async def done(desk: Desk) -> str:
            asking = Asking(desk, self.blobs, self.sealer)
            item = await asking.ask(place)
            await asking.typed(item, place)
            return item

        return self.ask(done)

    def up(self) -> None:
        """Serve."""
        self.store = Store(f"sqlite:///{self.home / 'engine.sqlite'}")
        self.store.open(self.sealer.fingerprint)
        self.store.trail = AuditTrail(self.home, self.key)
        desk = Desk(self.home, self.sealer, self.sealer.fingerprint, store=self.store)
        self.doors = clerks_doors(self.home, self.key)
        house = house_of(self.home, self.key, desk, Library(self._project(), bundled()))
        self.house = replace(house, front=self._front)
        self.app = Attended(self.house, self.doors)
        taken = take_socket(Address(port=self._port))
        self._port = taken.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        config = uvicorn.Config(self.app.app, log_config=None, access_log=False, timeout_graceful_shutdown=1)
        server = self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(_served(server, taken)), daemon=True)
        self._thread.start()
        while not server.started:
            time.sleep(0.01)

    def down(self) -> None:
        """Stop serving; what was kept stays."""
        assert self._server is not None
        assert self._thread is not None
        self.app.close()
        self._server.should_exit = True
        self._thread.join(20)
        self.store.close()

    def __enter__(self) -> Stand:
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()


async def _served(server: uvicorn.Server, taken: socket.socket) -> None:
    """As a process that ends: no line is left open, on which a browser would wait for an answer."""
    await server.serve([taken])
    for line in list(server.server_state.connections):
        if (transport := getattr(line, "transport", None)) is not None:
            transport.abort()
    await asyncio.sleep(0)


@click.command()
@click.argument("home", type=click.Path(path_type=Path))
@click.option("--items", default=12, show_default=True)
@click.option("--port", default=8451, show_default=True)
def main(home: Path, items: int, port: int) -> None:
    """Fill HOME with questions and serve them until Ctrl-C."""
    home.mkdir(parents=True, exist_ok=True)
    stand = Stand(home, SiteKey(bytes(range(32))), port=port)
    stand.fill(items)
    with stand:
        click.echo(stand.link())
        threading.Event().wait()


if __name__ == "__main__":
    main()
