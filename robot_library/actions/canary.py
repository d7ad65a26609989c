"""Looking whether screens still are as their map says, before a night depends on it. Nothing is typed or pressed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field

from robot_library.errors import ItemError, ScreensMoved, SignInFailed
from robot_library.interfaces import Action, Context, Found, RoleRef, ScreenSession, TargetSeen, View
from robot_library.model.record import Record
from robot_library.model.screen import Screen, ScreenMap
from robot_library.model.values import ValueType
from robot_library.plugins import action

BAD: frozenset[Found] = frozenset({"moved", "missing", "ambiguous"})
_HOLE = re.compile(r"(?<!\\)\{([A-Za-z_][A-Za-z0-9_]*)\}")


Met = Callable[[View, Sequence[TargetSeen]], Awaitable[None]]
"""Called with each view that was looked over."""


@dataclass(frozen=True)
class ScreenSeen:
    """One screen. `code` says why it was not reached, `lacks` which keys nobody gave."""

    screen: str
    targets: tuple[TargetSeen, ...] = ()
    code: str = ""
    lacks: tuple[str, ...] = ()

    @property
    def bad(self) -> int:
        """How many things here would stop a bot."""
        return sum(one.found in BAD for one in self.targets) + bool(self.code)


class Keys:
    """What screens are opened by. With `sample`, keys that nobody gave are taken from what is shown on the way: the
    first row of a grid, or a target of that name. Shared by the systems that are looked at together."""

    def __init__(self, given: Mapping[str, str], maps: Iterable[ScreenMap], *, sample: bool = False) -> None:
        self.known = dict(given)
        self._wanted = {key for one in maps for name in one.screens for key in needs(one, name)} if sample else set()

    async def learn(self, view: View, seen: Iterable[TargetSeen]) -> None:
        """Take what is still missing."""
        for one in seen:
            for row in one.rows:
                self.known |= {key: value for key, value in row.items() if value and key in self._missing()}
        names = [one.target for one in seen if not one.table and one.found == "first" and one.target in self._missing()]
        if names:
            self.known |= {key: value for key, value in (await view.read(names)).items() if value}

    def _missing(self) -> set[str]:
        return self._wanted - set(self.known)


async def look_round(
    session: ScreenSession, keys: Keys, leave_out: Iterable[str] = (), met: Met | None = None
) -> list[ScreenSeen]:
    """Every screen of a session's map that can be reached without changing anything, those that need no key first.

    `leave_out` names screens (`order`) or targets (`order.save`). A refused sign-in is raised at once.
    `met` is called with each view.
    """
    out = set(leave_out)
    screens = session.map.screens
    waiting = sorted(
        (n for n in screens if n not in out and screens[n].reach), key=lambda n: len(needs(session.map, n))
    )
    found: list[ScreenSeen] = []
    for name in waiting:
        if lacks := tuple(sorted(needs(session.map, name) - set(keys.known))):
            found.append(ScreenSeen(name, lacks=lacks))
            continue
        found += await _screen(session, name, keys, out, met)
    return found


def needs(screens: ScreenMap, name: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """The keys without which a screen cannot be reached or recognised."""
    screen = screens.screens[name]
    texts = [str(move.model_dump(exclude_none=True)) for move in screen.reach]
    texts += [one.model_dump_json() for one in screen.seen_by]
    texts += [one.model_dump_json() for target in screen.targets.values() for one in target.find]
    found = {key for text in texts for key in _HOLE.findall(text)}
    before = {move.screen for move in screen.reach if move.screen in screens.screens} - seen - {name}
    for earlier in before:
        found |= needs(screens, str(earlier), seen | {name})
    return found


async def _screen(session: ScreenSession, name: str, keys: Keys, out: set[str], met: Met | None) -> list[ScreenSeen]:
    try:
        view = await session.open(name, keys.known)
        seen = await view.look_over()
        await keys.learn(view, seen)
        if met is not None:
            await met(view, seen)
    except SignInFailed:
        raise
    except ItemError as failure:
        return [ScreenSeen(name, code=failure.code)]
    found = [ScreenSeen(name, _kept(name, seen, out))]
    return [*found, *await _behind(session, view, session.screen(name), out, met)]


async def _behind(
    session: ScreenSession, view: View, screen: Screen, out: set[str], met: Met | None
) -> list[ScreenSeen]:
    """The patient's record behind a form's own link."""
    identity = screen.identity
    if identity is None or identity.via is None or identity.link is None or identity.via in out:
        return []
    try:
        there = await session.follow(view, identity.link, identity.via)
        seen = await there.look_over()
        if met is not None:
            await met(there, seen)
        await there.close()
    except SignInFailed:
        raise
    except ItemError as failure:
        return [ScreenSeen(identity.via, code=failure.code)]
    return [ScreenSeen(identity.via, _kept(identity.via, seen, out))]


def _kept(screen: str, seen: Iterable[TargetSeen], out: set[str]) -> tuple[TargetSeen, ...]:
    return tuple(one for one in seen if f"{screen}.{one.target}" not in out)


@action("verify_screens")
class VerifyScreens(Action):
    """Look whether every screen that can be reached without changing anything still is as its map says.

    Signs in, opens each screen, looks for every target, types nothing, presses nothing. Where targets are missing,
    moved or there twice, the item ends with a person, and whoever `alerts` names for `canary` is told.
    """

    effect = "read"
    main = "apps"
    apps: tuple[RoleRef, ...] = Field(min_length=1, description="The screen roles whose maps are looked at, in order.")
    where: dict[str, str] = Field(default={}, description="Keys to open screens by: an order made for this.")
    sample: bool = Field(default=False, description="Take missing keys from what is shown on the way.")
    leave_out: tuple[str, ...] = Field(default=(), description="`role.screen` or `role.screen.target`, not looked for.")

    async def run(self, ctx: Context) -> None:
        sessions = [await ctx.session(app) for app in self.apps]
        keys = Keys(self.where, [session.map for session in sessions], sample=self.sample)
        moved: dict[str, int] = {}
        for app, session in zip(self.apps, sessions, strict=True):
            out = [name.removeprefix(f"{app}.") for name in self.leave_out if name.startswith(f"{app}.")]
            seen = await look_round(session, keys, out)
            for line in told(seen):
                ctx.detail(f"{app}.{line}")
            if bad := sum(one.bad for one in seen):
                moved[session.map.system] = bad
            else:
                ctx.verified(f"{sum(bool(one.targets) for one in seen)} screens of {app} are as their map says")
        if moved:
            raise ScreensMoved(
                f"on the screens of {' and '.join(moved)}, {sum(moved.values())} not found as mapped.",
                cure="The timeline names them; `wetread screens verify` looks again.",
            )

    def title(self) -> str:
        return f"look at every screen of {' and '.join(self.apps)}"


@action("one_a_day")
class OneADay(Action):
    """One row for today, for bots that take one item a day: `collect` ends with it, and its key is `day`."""

    effect = "read"
    main = "zone"
    gives: ClassVar[tuple[ValueType, ...]] = ("list",)
    zone: str = Field(default="UTC", description="Time zone in which a day begins, as in Europe/Berlin.")

    async def run(self, ctx: Context) -> list[Record]:
        return [Record(source="clock", fields={"day": datetime.now(ZoneInfo(self.zone)).date().isoformat()})]


def told(seen: Iterable[ScreenSeen]) -> list[str]:
    """What is not by the first locator, a line each: names of the map only."""
    lines = []
    for one in seen:
        if one.code:
            lines.append(f"{one.screen}: not reached ({one.code})")
        if one.lacks:
            lines.append(f"{one.screen}: not looked at, no key given for {', '.join(one.lacks)}")
        odd = (t for t in one.targets if t.found not in ("first", "not_looked_for"))
        lines += [f"{one.screen}.{t.target}: {t.found}" + (f" (locator {t.way})" if t.way else "") for t in odd]
    return lines
