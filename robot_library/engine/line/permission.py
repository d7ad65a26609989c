"""How far a bot may go in production: as far as another person has approved for exactly what it is made of. Asked
before every go and, while one is under way, before every write."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import insert_once
from robot_library.engine.line.switches import STAGES, Stage
from robot_library.engine.people.approvals import Approvals
from robot_library.engine.ports import Visitor
from robot_library.errors import LineHeld, SetupError, WetreadError
from robot_library.model.site import Site

CODE = "NotApproved"
"""Of a hold: what the bot is made of is not what was approved."""
_MARK = "production"


def for_good(connection: sa.Connection, *, production: bool) -> None:
    """Where patients were treated by what is written from this database, approvals are asked for ever after: one line
    of site.yaml, which is part of no approval, does not end that. SetupError where that line is gone."""
    if production:
        connection.execute(insert_once(connection.engine, tables.meta, {"name": _MARK, "value": "1"}))
    elif connection.execute(sa.select(tables.meta.c.value).where(tables.meta.c.name == _MARK)).first() is not None:
        raise SetupError(
            "patients are treated by what is written from here, and site.yaml no longer says that this is production.",
            cure="Put that back (`environment: production`, or `production: true` of its environment); a trial has a "
            "--home, and in a fleet a --db, of its own.",
        )


class Permits:
    """One worker's view of the permission of its bots. Where nobody is treated (`environment: trial`), all may go."""

    def __init__(self, approvals: Approvals, site: Site) -> None:
        self._approvals, self._production = approvals, site.environment == "production"

    async def stage(self, bot: Visitor) -> Stage:
        """How far it may go; `draft`: nowhere."""
        return (await self._found(bot))[0]

    async def held(self, bot: Visitor, admitted: Stage = "draft") -> LineHeld | None:
        """Why it may not go on, having been let in at this stage; None if it may."""
        stage, why = await self._found(bot)
        if not self._production or (stage != "draft" and STAGES.index(stage) >= STAGES.index(admitted)):
            return None
        why = why or f"it is approved as {stage} only"
        return LineHeld(CODE, f"bot {bot.bot.bot}: {why}", scope=f"bot:{bot.bot.bot}")

    async def ended(self, began: Visitor, now: Visitor) -> bool:
        """Whether an item's own, older version is not approved any more while the bot's present one is."""
        if not self._production or began is now:
            return False
        return await self.stage(began) == "draft" and await self.stage(now) != "draft"

    async def _found(self, bot: Visitor) -> tuple[Stage, str]:
        if not self._production:
            return "live", ""
        if bot.made is None or bot.made_now is None:
            return "draft", "nobody can say what it is made of"
        try:
            there = await asyncio.to_thread(bot.made_now)
        except (OSError, WetreadError):
            return "draft", "a file that it is made of is gone or cannot be read"
        permission = await self._approvals.permission(bot.bot.bot)
        if permission.broken:
            return "draft", permission.broken
        if permission.granted is None:
            return "draft", "nobody has approved it here"
        if permission.granted.hash != bot.made.hash:
            return "draft", "it is not what was approved: ask for approval of what it is now"
        if any(one.hash != bot.made.hash for one in there):
            return "draft", "its files were changed after they were approved"
        stage = permission.granted.stage
        return ("shadow", "; ".join(bot.made.research)) if bot.made.research and stage != "draft" else (stage, "")
