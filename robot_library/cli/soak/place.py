"""Where a soak happens: the hospital's folder, the bot's home in it, a project whose bot has several seats."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from robot_library.errors import SetupError

BOT = "chest-xray-preread"
_CREDENTIALS = ("ehr-bot", "pacs-bot")


@dataclass(frozen=True)
class Plan:
    """What a soak was begun with; `ports` are the hospital's, `seconds` what it has taken so far."""

    items: int
    kills: int
    workers: int
    seats: int
    chaos: bool
    seed: int
    ports: tuple[int, int] = (0, 0)
    """A bot that has begun goes on with the addresses it began with."""
    seconds: float = 0.0

    def at(self, addresses: dict[str, str]) -> Plan:
        """The same, with the hospital's ports."""
        ehr, pacs = (urlsplit(addresses[name]).port or 0 for name in ("ehr", "pacs"))
        return replace(self, ports=(ehr, pacs))


@dataclass(frozen=True)
class Place:
    """`folder` holds hospital.sqlite, the bot's `home`, its `project` and what the workers said."""

    folder: Path

    @property
    def home(self) -> Path:
        """Queue, journal and evidence."""
        return self.folder / "bot"

    @property
    def project(self) -> Path:
        """Holds the bot's file; all else is what came with wetread."""
        return self.folder / "project"

    @property
    def said(self) -> Path:
        """What each life of a worker printed, and every kill."""
        return self.folder / "workers"

    @classmethod
    def fresh(cls, folder: Path, *, may_replace: bool) -> Place:
        """An empty folder. Only what an earlier soak made is removed, and only with `may_replace`."""
        if folder.exists() and any(folder.iterdir()):
            if not (may_replace and (folder / "hospital.sqlite").exists()):
                raise SetupError(f"{folder} is not empty.", cure="Give --keep a new folder, or go on there: --resume.")
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder)

    @classmethod
    def again(cls, folder: Path) -> tuple[Place, Plan]:
        """An earlier soak's, to go on there. SetupError if there is none."""
        place = cls(folder)
        try:
            kept = json.loads(place.plan.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise SetupError(
                f"{folder} holds no soak that could go on.", cure="Begin one: --keep, no --resume."
            ) from None
        return place, Plan(**{**kept, "ports": tuple(kept["ports"])})

    @property
    def plan(self) -> Path:
        """What the soak was begun with."""
        return self.folder / "soak.json"

    def keep(self, plan: Plan) -> None:
        """Write it down, so that the soak can go on after it was broken off."""
        self.plan.write_text(json.dumps(asdict(plan)), encoding="utf-8")

    def furnish(self, seats: int) -> None:
        """Write the project, its bot with so many seats, and make the site's key."""
        from robot_library.cli.site import open_key
        from robot_library.parsing.library import bundled

        (self.project / "bots").mkdir(parents=True)
        (self.project / "wetread.toml").touch()
        self.said.mkdir()
        text = (bundled() / "bots" / f"{BOT}.yaml").read_text(encoding="utf-8")
        for name in _CREDENTIALS:
            more = ", ".join(f"{name}-{seat}" for seat in range(2, seats + 1))
            text = text.replace(f"credential: {name}\n", f"credential: {name}\n    seats: [{more}]\n")
        (self.project / "bots" / f"{BOT}.yaml").write_text(text, encoding="utf-8")
        open_key(self.home, create=True)

    def environment(self, addresses: dict[str, str]) -> dict[str, str]:
        """What a worker is started with: the hospital's addresses and the demo's accounts."""
        from robot_library.hospital.settings import ACCOUNTS, BOTS
        from robot_library.safeguards.vault import variable

        secrets = {}
        for number, user in enumerate(BOTS, 1):
            for name in _CREDENTIALS:
                secrets[variable(name if number == 1 else f"{name}-{number}")] = f"{user}:{ACCOUNTS[user].password}"
        where = {
            "WETREAD_EHR_URL": addresses["ehr"], "WETREAD_PACS_URL": addresses["pacs"],
            "WETREAD_DICOMWEB_URL": addresses["dicomweb"],
        }  # fmt: skip
        return {**os.environ, **secrets, **where}
