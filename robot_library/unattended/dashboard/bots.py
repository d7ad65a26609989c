"""The bots: what each is for, at which stage it stands, when it runs next; and whether it may."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from robot_library.engine.line.standing import why_held
from robot_library.engine.line.switches import Stage, stricter
from robot_library.engine.records.board import OPEN
from robot_library.engine.records.checks import LOAD
from robot_library.errors import SetupError
from robot_library.unattended.dashboard.floor import Facts, Floor
from robot_library.unattended.dashboard.permission import stands
from robot_library.web.shell import Ask


@dataclass(frozen=True)
class BotLine:
    """One bot in the list. `decided` is when somebody last decided about it."""

    facts: Facts
    enabled: bool | None
    """None: nobody has decided; its queue is worked off, but its triggers do not come."""
    decided: float | None
    stage: Stage
    open: int
    ended: int
    typed: int
    stopped: tuple[str, ...]
    held: str
    """Why its items wait now, if they do: hours, pace, licences, a credential."""

    @property
    def rests(self) -> bool:
        """Nobody has let it work, and there is nothing of it to see."""
        return self.enabled is None and not (self.open or self.ended or self.stopped or self.held)

    @property
    def name(self) -> str:
        """The bot's name."""
        return self.facts.name


async def lines(floor: Floor) -> list[BotLine]:
    """Every bot that has a file here, and every other one that has items."""
    board = floor.desk.board
    states = {state.bot: state for state in await floor.desk.bots.all()}
    facts = {bot.name: bot for bot in floor.facts()}
    waiting: Counter[str] = Counter()
    for tally in await board.tally():
        if tally.state in OPEN:
            waiting[tally.bot] += tally.count
        facts.setdefault(tally.bot, Facts(tally.bot, problem="none"))
    for name, why in (await cannot(floor)).items():
        if name in facts and not facts[name].problem:
            facts[name] = replace(facts[name], problem=why)
    ended = await board.figures.ended_by_bot(time.time() - 86400)
    stopped, held = await floor.desk.switches.scopes(), await why_held(floor.desk.store, ())
    found = []
    for name in sorted(facts):
        state = states.get(name)
        outcomes = ended.get(name, {})
        found.append(
            BotLine(
                facts[name], state.enabled if state else None, state.at if state else None,
                stricter(facts[name].stage, state.stage if state else None), waiting[name],
                sum(outcomes.values()), outcomes.get("typed", 0), _stopping(facts[name], stopped),
                held.get(name, ""),
            )
        )  # fmt: skip
    return found


async def cannot(floor: Floor) -> dict[str, str]:
    """Bots that a worker of now cannot run, and why."""
    alive = {worker.name for worker in await floor.desk.workers() if worker.alive}
    found: dict[str, str] = {}
    for scope, one in sorted((await floor.checks.newest(LOAD)).items()):
        name, _, worker = scope.partition("@")
        if one.bad and worker in alive:
            found[name] = f"{found.get(name, '')} {worker}: {one.found}".strip()
    return found


def _stopping(bot: Facts, stopped: set[str]) -> tuple[str, ...]:
    """The stopped scopes that this bot is in."""
    mine = {"all", f"bot:{bot.name}", *(f"system:{name}" for name in bot.systems)}
    return tuple(sorted(stopped & (mine | {f"credential:{name}" for name in bot.credentials})))


class Bots:
    """GET /bots, and the decisions about one."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    async def page(self, ask: Ask) -> Response:
        """The list, with what was decided lately."""
        decisions = await self._floor.desk.bots.decisions.all(limit=20)
        found = await stands(self._floor)
        return await ask.page("bots.html", bots=await lines(self._floor), decisions=decisions, stands=found)

    async def confirm(self, ask: Ask) -> Response:
        """Whether to let this bot work, or to let it rest."""
        return await ask.page("bot_confirm.html", bot=await self._bot(ask))

    async def decide(self, ask: Ask) -> Response:
        """Enable or disable."""
        bot, why, words = await self._bot(ask), ask.text("why", 300), ask.words
        if ask.text("do") == "enable":
            await self._floor.desk.bots.enable(bot.name, ask.who, why)
            return ask.back("/bots", words("bots.enabled_now", bot=bot.name))
        await self._floor.desk.bots.disable(bot.name, ask.who, why)
        return ask.back("/bots", words("bots.disabled_now", bot=bot.name))

    async def _bot(self, ask: Ask) -> BotLine:
        name = ask.request.path_params["bot"]
        found: Sequence[BotLine] = [bot for bot in await lines(self._floor) if bot.name == name]
        if not found:
            raise SetupError("there is no bot of that name here.")
        return found[0]
