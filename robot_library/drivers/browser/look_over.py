"""A canary's look: which locator of each target finds it now. Nothing is typed, nothing is pressed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from robot_library.drivers.browser.find import Finder
from robot_library.drivers.browser.nearest import nearest
from robot_library.drivers.browser.stage import Stage
from robot_library.drivers.browser.table import TableReader
from robot_library.drivers.patience import Patience
from robot_library.errors import ApplicationException
from robot_library.interfaces import Found, TargetSeen
from robot_library.model.screen import Target

AT_REST = 2.5
"""Seconds that a screen is given to show everything by the first locators, before a later one may speak."""


async def look_over(stage: Stage) -> list[TargetSeen]:
    """Every target and table of the screen that is shown, in the map's order."""
    patience = Patience(min(AT_REST, stage.session.map.patience.total_seconds()))
    targets = stage.screen.targets
    while True:
        await stage.when([])
        seen = [await _target(stage, name, target) for name, target in targets.items()]
        settled = all(one.found in ("first", "not_looked_for") for one in seen)
        if settled or (patience.over and not stage.window.busy) or patience.spent > 4 * AT_REST:
            break
        await patience.pause()
        await asyncio.sleep(0.05)
    named = [await _with_nearest(stage, one, targets[one.target]) for one in seen]
    return [*named, *[await _table(stage, name) for name in stage.screen.tables]]


async def _target(stage: Stage, name: str, target: Target) -> TargetSeen:
    """By its first locator; by a later one (`moved` where a bot may not follow it there); twice; or not at all."""
    if target.opened_by is not None:
        return TargetSeen(name, "not_looked_for")
    found: Found = "missing"
    if not await stage.own([target.frame]):
        return TargetSeen(name, found)
    for number, way in enumerate(target.find, start=1):
        alone = target.model_copy(update={"find": (way,)})
        finder = Finder(stage.window, stage.name, name, alone, stage.where, lambda _: None)
        if await finder.look() is not None:
            later: Found = "healed" if stage.screen.heals(name) else "moved"
            return TargetSeen(name, "first" if number == 1 else later, number)
        if finder.matches > 1 and found == "missing":
            found = "ambiguous"
            if number == 1:
                return TargetSeen(name, "ambiguous", 1)
    return TargetSeen(name, found)


async def _with_nearest(stage: Stage, one: TargetSeen, target: Target) -> TargetSeen:
    if one.found != "missing" or target.frame is not None:
        return one
    return replace(one, near=await nearest(stage.window.page, target.find))


async def _table(stage: Stage, name: str) -> TargetSeen:
    """Whether the grid's first page can be read: rows, columns, count."""
    try:
        rows = await TableReader(stage, name).first_page()
    except ApplicationException as failure:
        return TargetSeen(name, "ambiguous" if failure.code == "TargetAmbiguous" else "missing", table=True)
    return TargetSeen(name, "first", 1, table=True, rows=tuple(rows[:1]))
