"""A dry run against recorded screens: everything that a workflow's steps look up, tried in a real browser; nothing is
typed or pressed, and nothing is asked of any network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from robot_library.authoring.recording import Recorded
from robot_library.drivers.browser.recorded import BASE, RecordedDriver
from robot_library.errors import ItemError, SetupError
from robot_library.interfaces import TargetSeen
from robot_library.lint.addresses import named
from robot_library.lint.flow import lay_out
from robot_library.model.bot import BotSpec
from robot_library.model.diagnostic import Diagnostic, Place
from robot_library.parsing.library import Library
from robot_library.parsing.problems import in_order

WORDS = {
    "first": "found", "healed": "found by a later way", "moved": "found by a later way only, which may not be followed",
    "missing": "NOT FOUND", "ambiguous": "FOUND TWICE", "not_looked_for": "not looked for: a press comes first",
    "not_recorded": "its screen was not recorded", "not_reached": "THE SCREEN WAS NOT RECOGNISED",
}  # fmt: skip
BAD = frozenset({"moved", "missing", "ambiguous", "not_reached"})
_WORST = ("not_reached", "ambiguous", "missing", "moved", "not_looked_for", "healed", "first")
Seen = dict[str, list[Mapping[str, TargetSeen] | None]]
"""By role.screen: what each recording of it shows; None where it was not recognised."""


@dataclass(frozen=True)
class LookUp:
    """One target or table that one step names; `found` is a key of WORDS, `way` the locator that found it."""

    path: str
    action: str
    place: Place
    address: str
    found: str
    way: int = 0
    near: str = ""
    """What stands there and is nearest to one that was not found, in a sentence."""

    def as_mistake(self) -> Diagnostic:
        """As `wetread check` says it."""
        message = f"'{self.address}' on a recorded screen: {WORDS[self.found].lower()}"
        hint = self.near or "`wetread screens look` says what its ways match there."
        return Diagnostic(**self.place.model_dump(), code="WR124", message=message, hint=hint)


async def look_ups(library: Library, bot: BotSpec, folder: Path, driver: RecordedDriver) -> list[LookUp]:
    """Every look-up of the bot's workflow, in the order of its steps, on the screens that were recorded in `folder`.
    Where a screen was recorded several times, the worst counts. The driver is closed."""
    maps = {role: library.screen_map(app.map) for role, app in bot.apps.items()}
    subject = lay_out(library.workflow(bot.workflow), library, maps, bot)
    asked = [(spot, one) for spot in subject.spots for one in named(spot) if one.role in maps]
    seen: Seen = {}
    kept = Recorded(folder).keys()
    try:
        for role in dict.fromkeys(one.role for _, one in asked if maps[one.role].kind == "browser"):
            app = bot.apps[role].model_copy(update={"url": f"{BASE}/{role}", "dicomweb": None})
            session = await driver.session(role, app, maps[role], None)
            wanted = {one.screen for _, one in asked if one.role == role}
            for about in kept:
                if about["system"] != maps[role].system or about["screen"] not in wanted:
                    continue
                shows: Mapping[str, TargetSeen] | None = None
                try:
                    view = await session.open(about["screen"], about["where"])
                    shows = {each.target: each for each in await view.look_over()}
                except ItemError:
                    pass
                seen.setdefault(f"{role}.{about['screen']}", []).append(shows)
            await session.close()
    finally:
        await driver.close()
    return [
        LookUp(spot.step.path, spot.step.action, one.place, f"{one.role}.{one.screen}.{one.name}", *found)
        for spot, one in asked
        for found in [_found(seen, f"{one.role}.{one.screen}", one.name)]
    ]


async def mistakes(library: Library, folder: Path, *, headed: bool | None = None) -> list[Diagnostic]:
    """What the project's bots look up and a screen recorded in `folder` does not show, or shows twice. Only of systems
    that were recorded; each place once, however many bots run its workflow. SetupError where nothing was recorded."""
    kept = Recorded(folder)
    recorded = kept.keys()
    systems = {about["system"] for about in recorded}
    if not systems:
        raise SetupError(
            "No screens were recorded in this folder.",
            cure="Runs in a test environment keep them; see docs/authoring.md.",
        )
    found: dict[tuple[Place, str], LookUp] = {}
    for bot in (library.bot(name) for name in library.names("bot")):
        if systems & {library.screen_map(app.map).system for app in bot.apps.values()}:
            driver = RecordedDriver(kept.page, headed=headed)
            for one in await look_ups(library, bot, folder, driver):
                if one.found in BAD:
                    found.setdefault((one.place, one.address), one)
    return in_order(one.as_mistake() for one in found.values())


def _found(seen: Seen, screen: str, name: str) -> tuple[str, int, str]:
    if screen not in seen:
        return "not_recorded", 0, ""
    found: list[tuple[str, int, str]] = []
    for shows in seen[screen]:
        if shows is None:
            found.append(("not_reached", 0, ""))
        else:
            one = shows.get(name)
            found.append((one.found, one.way, one.near) if one else ("missing", 0, ""))
    return min(found, key=lambda one: _WORST.index(one[0]))
