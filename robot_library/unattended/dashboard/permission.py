"""How far each bot may go, who asked and who approved it, and what has changed since."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from robot_library.errors import WetreadError
from robot_library.model.approval import Approval, MadeOf, Permission, changed
from robot_library.unattended.dashboard.floor import Facts, Floor


@dataclass(frozen=True)
class Stand:
    """One bot. `about`: what was granted, or asked for where nothing is granted. `changes` since it was granted."""

    bot: str
    there: Permission
    about: Approval | None
    changes: Sequence[str] = ()


async def stands(floor: Floor) -> list[Stand]:
    """Every bot that somebody has asked something for, by name."""
    facts, approvals = {bot.name: bot for bot in floor.facts()}, floor.desk.approvals
    found = []
    for bot in await approvals.bots():
        there = await approvals.permission(bot)
        changes = await asyncio.to_thread(_changes, facts.get(bot), there)
        found.append(Stand(bot, there, there.granted or there.asked, changes))
    return found


def made_now(bot: Facts | None) -> MadeOf | None:
    """What a bot is made of, as its files are now; None for one that has no file here."""
    return bot.made_now() if bot is not None and bot.made_now is not None else None


def _changes(bot: Facts | None, there: Permission) -> list[str]:
    if there.granted is None or bot is None or bot.made_now is None:
        return []
    try:
        return changed(there.granted.parts, bot.made_now().parts)
    except (OSError, WetreadError):
        return ["its files cannot be read"]
