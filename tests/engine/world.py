"""A tiny hospital for the engine's own logic: one record in SQLite, which outlives a killed process.

Only the engine is under test here; the browser, the guards of safeguards/ and the demo hospital have their
own tests. The record keeps every save in an append-only table, so that a second one cannot hide.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

from robot_library.errors import DriverLost, OrderHeld, PatientMismatch, SystemDown
from robot_library.interfaces import Credential, PersonAnswer, Protection, ScreenSession, View
from robot_library.model.bot import App
from robot_library.model.finding import Abstention, Accepted, Finding
from robot_library.model.person import Identity, PatientId
from robot_library.model.screen import Locator, Screen, ScreenMap

EMPTY_SCREEN = Screen(seen_by=(Locator(text="x"),))
MAP = ScreenMap(system="tiny", screens={"result": EMPTY_SCREEN, "order": EMPTY_SCREEN})


class Record:
    """orders(order_id, patient, held, report) and saves(n, order_id, text, session)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run(
            "CREATE TABLE IF NOT EXISTS orders"
            " (order_id TEXT PRIMARY KEY, patient TEXT, held TEXT DEFAULT '', report TEXT DEFAULT '')"
        )
        self.run(
            "CREATE TABLE IF NOT EXISTS saves (n INTEGER PRIMARY KEY AUTOINCREMENT, order_id TEXT, text TEXT, at REAL)"
        )

    def run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path, timeout=30)) as connection, connection:
            connection.execute("PRAGMA journal_mode=WAL")
            return connection.execute(sql, values).fetchall()

    def add(self, order: str, patient: str) -> None:
        self.run("INSERT INTO orders (order_id, patient) VALUES (?, ?)", order, patient)

    def order(self, order: str) -> dict[str, str]:
        row = self.run("SELECT order_id, patient, held, report FROM orders WHERE order_id = ?", order)[0]
        return dict(zip(("order", "patient", "held", "report"), row, strict=True))

    def save(self, order: str, text: str) -> None:
        with closing(sqlite3.connect(self.path, timeout=30)) as connection, connection:
            connection.execute("INSERT INTO saves (order_id, text, at) VALUES (?, ?, ?)", (order, text, time.time()))
            connection.execute("UPDATE orders SET report = ? WHERE order_id = ?", (text, order))

    def saves(self, order: str | None = None) -> list[str]:
        if order is None:
            return [row[0] for row in self.run("SELECT order_id FROM saves ORDER BY n")]
        return [row[0] for row in self.run("SELECT text FROM saves WHERE order_id = ? ORDER BY n", order)]


class TinyView:
    """One tab on one order."""

    def __init__(self, session: TinySession, screen: str, where: Mapping[str, str]) -> None:
        self.session, self.screen, self.where = session, screen, dict(where)
        self.typed: dict[str, str] = {}
        self.closed = False

    async def read(self, targets: Sequence[str]) -> dict[str, str]:
        self.session.driver.check()
        shown = self.session.driver.record.order(self.where["order"]) | self.typed
        return {target: shown[target] for target in targets}

    async def read_table(self, table: str) -> list[dict[str, str]]:
        return [{"order": row[0]} for row in self.session.driver.record.run("SELECT order_id FROM orders ORDER BY 1")]

    async def fill(self, target: str, text: str) -> str:
        self.session.driver.check()
        self.typed[target] = text
        self.session.driver.in_fill()
        return text

    async def click(self, target: str) -> None:
        if target.startswith("order-"):
            self.where["order"] = target.removeprefix("order-")

    async def press_commit(self, target: str) -> None:
        self.session.driver.before_press()
        self.session.driver.record.save(self.where["order"], self.typed["report"])
        self.session.driver.after_press()

    async def upload(self, target: str, filename: str, data: bytes) -> None:
        self.session.driver.record.save(self.where["order"], filename)

    async def download(self, target: str) -> tuple[str, bytes]:
        return "x", b""

    async def picture(self, *, target: str | None = None, mask: bool = True) -> bytes:
        return b"\x89PNG"

    async def close(self) -> None:
        self.closed = True


class TinySession:
    """One sign-in."""

    def __init__(self, driver: TinyDriver, role: str, screens: ScreenMap) -> None:
        self.driver, self.role, self.map = driver, role, screens
        self.view: View | None = None
        self.closed = False

    async def open(self, screen: str, where: Mapping[str, str], *, fresh: bool = False) -> View:
        self.driver.check()
        view = TinyView(self, screen, where)
        if not fresh:
            self.view = view
        return view

    async def follow(self, view: View, link: str, screen: str) -> View:
        return await self.open(screen, view.where)

    def screen(self, name: str) -> Screen:
        return self.map.screens[name]

    def drift(self) -> list[str]:
        return []

    async def close(self) -> None:
        self.closed = True


def _nothing() -> None:
    """The default hook."""


class TinyDriver:
    """Opens sessions on the record. `lost` makes the next n calls fail; `silent` is why the hospital does not answer;
    hooks run around a press."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.lost = 0
        self.silent = ""
        self.asked = 0
        self.sessions: list[TinySession] = []
        self.left: list[str] = []
        self.in_fill: Callable[[], None] = _nothing
        self.before_press: Callable[[], None] = _nothing
        self.after_press: Callable[[], None] = _nothing

    def check(self) -> None:
        if self.silent:
            raise SystemDown("the tiny hospital does not answer.", why=self.silent)
        if self.lost:
            self.lost -= 1
            raise DriverLost("the tiny hospital is out of reach.")

    async def session(self, role: str, app: App, screen_map: ScreenMap, credential: Credential | None) -> ScreenSession:
        session = TinySession(self, role, screen_map)
        self.sessions.append(session)
        return session

    async def ask(self, app: App, screen_map: ScreenMap, path: str | None = None) -> str:
        self.asked += 1
        return self.silent

    async def leave(self, app: App, screen_map: ScreenMap, credential: Credential | None) -> None:
        self.left.append(app.map)

    async def close(self) -> None:
        """Nothing is held."""


def person(number: str) -> Identity:
    return Identity(source="screen", system="tiny", ids=(PatientId(value=number),))


class TinyGuard:
    """The patient of the live view must be the expected one, and nobody may hold the order."""

    def __init__(self) -> None:
        self.passed: list[str] = []

    def agree(self, identities: Sequence[Identity]) -> str:
        if len({identity.ids[0].value for identity in identities}) > 1:
            raise PatientMismatch("two sources name different persons.")
        return "one person"

    async def identify(self, session: ScreenSession, view: View) -> Identity:
        return person((await view.read(["patient"]))["patient"])

    async def check_state(self, session: ScreenSession, view: View) -> list[str]:
        if (await view.read(["held"]))["held"]:
            raise OrderHeld("somebody holds the order.")
        return ["nobody holds it"]

    async def before_write(
        self, effect: Literal["write", "commit"], protection: Protection, session: ScreenSession
    ) -> list[str]:
        assert session.view is not None
        live = await self.identify(session, session.view)
        said = self.agree([live, *protection.expected])
        state = await self.check_state(session, session.view)
        self.passed.append(effect)
        return [said, *state]


class TinySkills:
    """Sure of every image, unless told otherwise."""

    def __init__(self, decision: Literal["positive", "negative", "uncertain"] = "negative") -> None:
        self.decision = decision
        self.calls = 0

    async def run(self, name: str, image: Any) -> Finding | Abstention:
        self.calls += 1
        return Finding(
            skill=name, skill_version="1", model_sha256="0", provider="CPU", label="x", score=0.5,
            decision=self.decision, operating_point="rule-in", image_uid="1.2",
        )  # fmt: skip


class TinyReports:
    def draft(self, template: str, findings: Sequence[Accepted], values: Mapping[str, str]) -> Any:
        raise NotImplementedError

    def fields(self, template: str) -> Any:
        raise NotImplementedError


def yes(who: str = "Dr A") -> PersonAnswer:
    return PersonAnswer(verdict="correct", who=who, decision="positive")
