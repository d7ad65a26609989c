"""The guard at a real desk: the demo hospital, a real browser, and people who change the books meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from pathlib import Path
from typing import Literal, cast

import httpx
from playwright.async_api import BrowserContext, Page

from robot_library.drivers.browser import BrowserDriver
from robot_library.drivers.browser.session import BrowserSession
from robot_library.drivers.browser.view import BrowserView
from robot_library.hospital import ACCOUNTS, Hospital
from robot_library.hospital.schema import connect
from robot_library.interfaces import Credential, Protection
from robot_library.model.bot import App
from robot_library.model.person import Identity, PatientId
from robot_library.model.screen import ScreenMap
from robot_library.parsing.screens import load_screen_map
from robot_library.safeguards.guard import ScreenGuard
from robot_library.safeguards.names import parse_shown

Style = Literal["banner", "record"]
MAP = Path(__file__).parents[2] / "workflows" / "screens" / "demo-ehr.yaml"
_BANNER = """\
      patient_id: mrn
      issuer_is: MEADOW
      name: patient
      birth_date: birth_date
      shows: {order: order}
"""
_RECORD = """\
      via: patient_record
      link: patient_link
      unchanged: [order, patient]
      shows: {order: order}
"""


def screen_map(style: Style, folder: Path, patience: str = "20 s") -> ScreenMap:
    """The bundled map; with `record`, the result form proves its patient through the patient's record."""
    text = MAP.read_text(encoding="utf-8")
    assert text.count(_BANNER) == 1
    assert text.count("patience: 20 s") == 1
    text = text.replace("patience: 20 s", f"patience: {patience}")
    file = folder / f"{style}.yaml"
    file.write_text(text if style == "banner" else text.replace(_BANNER, _RECORD), encoding="utf-8")
    return load_screen_map(file)


class Books:
    """The hospital's database, written as its own people write it."""

    def __init__(self, hospital: Hospital) -> None:
        self.hospital = hospital
        self._db = connect(hospital.database)

    def ask(self, query: str, *values: str) -> list[sqlite3.Row]:
        return self._db.execute(query, values).fetchall()

    def change(self, statement: str, *values: str) -> None:
        assert self._db.execute(statement, values).rowcount == 1, "the change changed nothing: the test shows nothing"

    def order(self, trap: str, nth: int = 0) -> sqlite3.Row:
        """An order with its patient."""
        query = (
            "SELECT o.*, p.mrn, p.issuer, p.display, p.birth_date FROM orders o "
            "JOIN patients p ON p.patient_id = o.patient_id WHERE o.trap = ? ORDER BY o.order_id"
        )
        return self.ask(query, trap)[nth]

    def saves(self, order: str) -> list[str]:
        return [row["text"] for row in self.ask("SELECT text FROM saves WHERE order_id = ?", order)]

    @contextmanager
    def for_a_while(self, order: str, **values: str) -> Iterator[None]:
        """Columns of an order, as somebody sets them and sets them back."""
        names = ", ".join(f"{name} = ?" for name in values)
        before = self.ask("SELECT * FROM orders WHERE order_id = ?", order)[0]
        self.change(f"UPDATE orders SET {names} WHERE order_id = ?", *values.values(), order)
        try:
            yield
        finally:
            self.change(f"UPDATE orders SET {names} WHERE order_id = ?", *(before[name] for name in values), order)

    @contextmanager
    def patient_for_a_while(self, patient: str, **values: str) -> Iterator[None]:
        """Columns of a patient."""
        names = ", ".join(f"{name} = ?" for name in values)
        before = self.ask("SELECT * FROM patients WHERE patient_id = ?", patient)[0]
        self.change(f"UPDATE patients SET {names} WHERE patient_id = ?", *values.values(), patient)
        try:
            yield
        finally:
            self.change(f"UPDATE patients SET {names} WHERE patient_id = ?", *(before[k] for k in values), patient)

    async def doctor(self, path: str, **sent: object) -> None:
        """What the radiologist's own browser asks for."""
        await asyncio.to_thread(self._doctor, path, sent)

    def _doctor(self, path: str, sent: dict[str, object]) -> None:
        account = ACCOUNTS["drradio"]
        with httpx.Client(base_url=self.hospital.ehr_url) as client:
            client.post("/api/signin", json={"user": account.user, "password": account.password}).raise_for_status()
            client.post(path, json=sent).raise_for_status()

    def close(self) -> None:
        self._db.close()


class Desk:
    """A signed-in session of the bot, the guard, and the books."""

    def __init__(self, session: BrowserSession, books: Books) -> None:
        self.session, self.books, self.guard = session, books, ScreenGuard()

    @property
    def page(self) -> Page:
        """The page of the live form."""
        return cast(BrowserView, self.session.view)._windows[-1].page

    @property
    def context(self) -> BrowserContext:
        return self.session._site.context

    async def form(self, order: sqlite3.Row) -> Protection:
        """Read the order's screen, then open its result form; whose record it must be."""
        where = {"order": str(order["order_id"])}
        read = await self.guard.identify(self.session, await self.session.open("order", where))
        await self.session.open("result", where)
        return Protection("ehr", "result", (read, header(order)), {"procedure": str(order["procedure"])})

    async def type(self, text: str = "AI draft, not verified. Nothing seen.") -> None:
        """Fill the form as the bot would."""
        assert self.session.view is not None
        assert await self.session.view.fill("report", text) == text
        await self.session.view.fill("reported_by", "RPA Bot")

    async def save(self) -> None:
        assert self.session.view is not None
        await self.session.view.press_commit("save")


def header(order: sqlite3.Row) -> Identity:
    """What an object of this order's patient says in its header."""
    return Identity(
        source="dicom",
        system="dicom",
        ids=(PatientId(value=order["mrn"], issuer=order["issuer"]),),
        names=parse_shown(order["display"], "family_comma_given"),
        birth_date=date.fromisoformat(order["birth_date"]),
    )


@asynccontextmanager
async def desk(driver: BrowserDriver, books: Books, screens: ScreenMap) -> AsyncIterator[Desk]:
    """A session at this hospital."""
    account = ACCOUNTS["rpabot"]
    app = App(map="demo-ehr", url=books.hospital.ehr_url)
    session = await driver.session("ehr", app, screens, Credential(account.user, account.password))
    try:
        yield Desk(session, books)
    finally:
        await session.close()
