"""The whole bot as it is deployed, or a careless author's variant of it, at work on a demo hospital."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from robot_library.bot import assemble
from robot_library.cli.site import make_engine, open_key
from robot_library.drivers.browser import BrowserDriver
from robot_library.engine.engine import Engine
from robot_library.engine.ports import Assembly, Event
from robot_library.hospital import ACCOUNTS, Hospital, verdict
from robot_library.hospital.verdict import OrderVerdict, Verdict
from robot_library.interfaces import Credential
from robot_library.model.run import RunRecord
from robot_library.parsing.library import Library, bundled
from robot_library.safeguards.vault import Vault

BOT = "chest-xray-preread"
WORKFLOW = bundled() / "workflows" / BOT / "workflow.yaml"
Changes = Mapping[str, str]
"""Text of the real file → what the careless author wrote in its place."""


def rewritten(text: str, changes: Changes) -> str:
    """The text with every change made once; a change that finds nothing, or two places, is the test's fault."""
    for old, new in changes.items():
        assert text.count(old) == 1, f"{text.count(old)} times in the file: {old}"
        text = text.replace(old, new)
    return text


def library(folder: Path, changes: Changes, maps: Mapping[str, Changes] | None = None) -> Library:
    """A project with the real workflow and maps, changed."""
    home = folder / "workflows" / BOT
    home.mkdir(parents=True, exist_ok=True)
    (home / "workflow.yaml").write_text(rewritten(WORKFLOW.read_text(encoding="utf-8"), changes), encoding="utf-8")
    for name, change in (maps or {}).items():
        real = (bundled() / "workflows" / "screens" / f"{name}.yaml").read_text(encoding="utf-8")
        (folder / "workflows" / "screens").mkdir(exist_ok=True)
        (folder / "workflows" / "screens" / f"{name}.yaml").write_text(rewritten(real, change), encoding="utf-8")
    return Library(folder, bundled())


def wired(
    home: Path, hospital: Hospital | None, of: Library, driver: BrowserDriver | None = None, *, linted: bool = True
) -> Assembly:
    """The bot of this library. `linted` False: as if the lint knew nothing."""
    account = Credential("rpabot", ACCOUNTS["rpabot"].password)
    there = hospital or Hospital(home)
    values = {
        "WETREAD_EHR_URL": there.ehr_url or "http://127.0.0.1:1",
        "WETREAD_PACS_URL": there.pacs_url or "http://127.0.0.1:1",
        "WETREAD_DICOMWEB_URL": there.dicomweb_url or "http://127.0.0.1:1",
    }
    blind = mock.patch("robot_library.bot.check_bot", return_value=[])
    key = open_key(home, create=True)
    vault = Vault({"ehr-bot": account, "pacs-bot": account})
    if linted:
        return assemble(BOT, of, home, key, vault=vault, values=values, driver=driver)
    with blind:
        return assemble(BOT, of, home, key, vault=vault, values=values, driver=driver)


@dataclass
class Site:
    """One hospital, one browser, and as many homes of bots as tests need."""

    hospital: Hospital
    driver: BrowserDriver
    folder: Path
    homes: list[Path] = field(default_factory=list)

    def home(self) -> Path:
        """A new, empty home."""
        self.homes.append(self.folder / f"home{len(self.homes)}")
        self.homes[-1].mkdir()
        return self.homes[-1]

    def orders(self, *traps: str) -> list[str]:
        """Orders with these traps."""
        found = self.ask("SELECT order_id, trap FROM orders ORDER BY order_id")
        return [row["order_id"] for trap in traps for row in found if row["trap"] == trap]

    def ask(self, query: str, *values: str) -> list[sqlite3.Row]:
        database = sqlite3.connect(self.hospital.database)
        database.row_factory = sqlite3.Row
        try:
            return database.execute(query, values).fetchall()
        finally:
            database.close()

    def change(self, statement: str, *values: str) -> None:
        """What people do in the books."""
        database = sqlite3.connect(self.hospital.database, isolation_level=None, timeout=20)
        try:
            assert database.execute(statement, values).rowcount == 1, "nothing was changed: the test shows nothing"
        finally:
            database.close()

    def saves(self, order: str) -> int:
        return int(self.ask("SELECT count(*) AS n FROM saves WHERE order_id = ?", order)[0]["n"])

    def pictures(self, order: str) -> int:
        return int(self.ask("SELECT count(*) AS n FROM attachments WHERE order_id = ?", order)[0]["n"])

    def verdict(self) -> Verdict:
        return verdict(self.hospital.directory)

    def truth(self, order: str) -> OrderVerdict:
        return next(item for item in self.verdict().items if item.order == order)

    def assembly(
        self, home: Path, changes: Changes | None = None, maps: Mapping[str, Changes] | None = None, **more: Any
    ) -> Assembly:
        """The bot, or a variant of it that the lint has not seen."""
        real = changes is None and maps is None
        of = Library(bundled()) if real else library(home / "project", changes or {}, maps)
        made = wired(home, self.hospital, of, self.driver, linted=real)
        return dataclasses.replace(made, **more)

    @asynccontextmanager
    async def engine(self, home: Path, assembly: Assembly) -> AsyncIterator[Engine]:
        engine = make_engine(home, open_key(home))
        engine.add_bot(assembly)
        async with engine:
            yield engine

    async def day(
        self,
        orders: list[str],
        listener: Callable[[Event, str], None] | None = None,
        home: Path | None = None,
        **variant: Any,
    ) -> dict[str, RunRecord]:
        """Let the bot, or a variant, work off these orders; what it says of each. `listener`: event and order."""
        home = home or self.home()
        labels: dict[str, str] = {}

        def heard(event: Event) -> None:
            if listener is not None and event.item in labels:
                listener(event, labels[event.item])

        async with self.engine(home, self.assembly(home, **variant)) as engine:
            for order in orders:
                item = await engine.submit(BOT, {"order": order}, order)
                assert item is not None
                labels[item.id] = order
            await engine.run_until_idle(heard)
            return {labels[run.item]: run for run in await engine.runs(BOT)}
