"""What the dashboard shows and does, asked of those who know it. Pages know nothing of where it comes from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from robot_library.engine.desk import Desk
from robot_library.engine.line.switches import Stage
from robot_library.engine.people.incidents import Incident
from robot_library.engine.records.alerts import Alerts
from robot_library.engine.records.checks import Check, Checks
from robot_library.model.approval import MadeOf
from robot_library.people.book import Book
from robot_library.people.provider.way import Elsewhere as WayIn
from robot_library.web.proofs import Elsewhere


@dataclass(frozen=True)
class Facts:
    """A bot as its file has it. `next_run` in seconds since 1970; `problem` says why it cannot run, if so."""

    name: str
    about: str = ""
    stage: Stage = "live"
    triggers: tuple[str, ...] = ()
    next_run: float | None = None
    systems: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    problem: str = ""
    made_now: Callable[[], MadeOf] | None = None
    """All that it is made of, as its files are at this moment."""


@dataclass(frozen=True)
class Light:
    """One line of health."""

    name: str
    state: Literal["ok", "warn", "bad"]
    text: str


Picture = Callable[[str], tuple[str, bytes]]
"""Reference of a kept picture → media type and bytes, made small."""


Bundle = Callable[[Incident, str], Awaitable[bytes]]
"""An incident, and who wants its bundle → the file, with masked evidence only, encrypted."""


Prove = Callable[[str, str, str, Collection[str]], str]
"""Name, password, code of an authenticator, and roles of which they must have one → who that is. ApprovalRefused
for everybody else."""


@dataclass(frozen=True)
class People:
    """Who may come in with an account: of `wetread people`, and by the hospital's own sign-in, where there is one."""

    book: Book
    elsewhere: WayIn | None = None


@dataclass(frozen=True)
class GoingLive:
    """What somebody who lets a bot go live looks at, and what they prove themselves with. Both read what is there at
    this moment."""

    made: Callable[[str], MadeOf]
    """All that a bot is made of. AuthoringError for a mistake in it, ApprovalRefused for an address not known here."""
    prove: Prove
    production: bool = False
    """Whether bots go only as far as they were approved."""
    elsewhere: Elsewhere | None = None
    """For people whose password the hospital's own sign-in keeps."""


@dataclass(frozen=True)
class Floor:
    """The desk, and whoever watches beside it. `lights` are the office's own, `facts` are read from the bots' files."""

    desk: Desk
    alerts: Alerts
    checks: Checks
    picture: Picture
    facts: Callable[[], Sequence[Facts]]
    lights: Callable[[], Awaitable[Sequence[Light]]]
    systems: tuple[str, ...] = ()
    """Names of systems that can be stopped, beside those that bots name."""
    bundle: Bundle | None = None
    """Makes the bundle of an incident; None where nothing can be read beside the desk."""

    going_live: GoingLive | None = None
    """None where nobody can prove who they are, and decisions are made on the command line alone."""

    async def canaries(self) -> Mapping[str, Check]:
        """What the last look at each screen map has found."""
        return await self.checks.newest("canary")

    def scopes(self) -> list[tuple[str, str]]:
        """Everything that can be stopped: (kind, scope)."""
        facts = self.facts()
        systems = sorted({*self.systems, *(name for bot in facts for name in bot.systems)})
        credentials = sorted({name for bot in facts for name in bot.credentials})
        found = [("all", "all"), *(("bot", f"bot:{bot.name}") for bot in facts)]
        found += [("system", f"system:{name}") for name in systems]
        return found + [("credential", f"credential:{name}") for name in credentials]
