"""A project with one workflow of keyword steps, and the real engine: parsed, checked, assembled, one go at an item."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from robot_library.bot import assemble
from robot_library.engine.database.store import Store
from robot_library.engine.line.line import Pass
from robot_library.engine.ports import Event
from robot_library.engine.records.journal import ItemJournal
from robot_library.engine.records.recorder import Timeline
from robot_library.engine.run.dispatch import Dispatch
from robot_library.engine.run.sessions import SessionPool
from robot_library.interfaces import Credential
from robot_library.model.run import StepRecord
from robot_library.model.workitem import WorkItem
from robot_library.parsing.library import Library, bundled
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson
from robot_library.safeguards.vault import Vault

KEY = SiteKey(bytes(range(32)))


class Killed(BaseException):
    """Stands for the end of the process: nothing after it may run."""


class Project:
    """A folder with one bot; `go` makes one go at an item, with everything an earlier go has written down."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / ".wetread"
        (folder / "bots").mkdir()
        (folder / "wetread.toml").touch()
        (folder / "bots" / "small.yaml").write_text(
            "bot: small\nabout: A small bot.\nworkflow: small\napps: {}\n", encoding="utf-8"
        )
        self.sealer = SealedJson(KEY)
        self.home.mkdir()
        self.store = Store(f"sqlite:///{self.home / 'engine.sqlite'}")
        self.store.open(self.sealer.fingerprint)
        self.vault = Vault({"mail-bot": Credential("mailer", "s3cret-word")})
        self.listener: Callable[[Event], None] = lambda event: None

    def write(self, steps: str, inputs: str = "", site: str = "") -> None:
        """The bot's workflow; `inputs` stand under `item`."""
        lines = "\n".join(f"  {line}" for line in steps.strip("\n").splitlines())
        text = f"workflow: small\nabout: Small.\n{inputs}\nsteps:\n{lines}\n"
        (self.folder / "workflows" / "small").mkdir(parents=True, exist_ok=True)
        (self.folder / "workflows" / "small" / "workflow.yaml").write_text(text, encoding="utf-8")
        if site:
            (self.folder / "site.yaml").write_text(site, encoding="utf-8")

    def dispatch(self, item: Mapping[str, str] | None = None, name: str = "i1", **more: Any) -> Dispatch:
        assembly = assemble("small", Library(self.folder, bundled()), self.home, KEY, vault=self.vault)
        return Dispatch(
            assembly, WorkItem(id=name, bot="small", payload=dict(item or {})),
            ItemJournal(self.store, self.sealer, name, more.pop("life", None)), self.timeline(name), self.sealer,
            pool=SessionPool(), listener=lambda event: self.listener(event), settle=0.01, admitted=Pass(**more),
        )  # fmt: skip

    async def go(self, item: Mapping[str, str] | None = None, name: str = "i1", **more: Any) -> None:
        await self.dispatch(item, name, **more).run()

    def timeline(self, name: str = "i1") -> Timeline:
        return Timeline(self.store, self.sealer, name)

    async def steps(self, name: str = "i1") -> list[StepRecord]:
        return await self.timeline(name).entries()

    def kill_at(self, moment: str, path: str) -> None:
        """The next time this happens, the process is as good as dead."""

        def listener(event: Event) -> None:
            if event.moment == moment and event.path == path:
                self.listener = lambda _: None
                raise Killed

        self.listener = listener


@pytest.fixture
def project(tmp_path: Path) -> Any:
    made = Project(tmp_path)
    yield made
    made.store.close()
