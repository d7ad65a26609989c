"""Names on screens that a step uses: targets, tables, and the keys of `where`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from robot_library.lint.params import groups, place_of
from robot_library.lint.subject import Spot
from robot_library.model.base import Frozen
from robot_library.model.diagnostic import Place
from robot_library.model.screen import Screen, ScreenMap

_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
LENGTH = {"role": 1, "screen": 2, "target": 3, "table": 3}


@dataclass(frozen=True, slots=True)
class Named:
    """A part of a screen that a step names. `by`: press (a TargetRef), read, type, prove (or hold); or table."""

    by: str
    role: str
    screen: str
    name: str
    place: Place


def named(spot: Spot) -> Iterator[Named]:
    """Every target and table that a step names, whole addresses and names beside a `screen`."""
    for leaf in spot.leaves:
        parts = str(leaf.value).split(".")
        if leaf.ref in ("target", "table") and len(parts) == 3:
            by = "table" if leaf.ref == "table" else "press"
            yield Named(by, parts[0], parts[1], parts[2], leaf.place)
    for _, group in groups(spot.step, spot.action):
        role, _, screen = str(group["screen"]).partition(".")
        for name, by, place in _beside(group, spot):
            yield Named(by, role, screen, name, place)


def _beside(group: Any, spot: Spot) -> Iterator[tuple[str, str, Place]]:
    fields = group.get("fields")
    for name in fields if isinstance(fields, list) else ():
        if isinstance(name, str):
            yield name, "read", place_of(name, spot.step.place)
    for key, by in (("fields", "prove"), ("and", "prove"), ("with", "type"), ("unchanged", "prove")):
        values = group.get(key)
        for name, value in values.items() if isinstance(values, dict) else ():
            yield name, by, place_of(value, spot.step.place)


def placeholders(data: Frozen | None) -> set[str]:
    """Every {name} in a piece of a screen map."""
    return set() if data is None else set(_PLACEHOLDER.findall(data.model_dump_json(exclude={"about", "reason"})))


def where_needed(screens: ScreenMap, name: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """Names that `where` must have to reach a screen and to know that it is the one."""
    screen = screens.screens.get(name)
    if screen is None or name in seen:
        return set()
    needed = {hole for piece in (*screen.reach, *screen.seen_by) for hole in placeholders(piece)}
    if screen.identity is not None:
        needed |= set(screen.identity.shows.values())
    for move in screen.reach:
        if move.screen is not None:
            needed |= where_needed(screens, move.screen, seen | {name})
    return needed | _asked_on_the_way(screens, name)


def _asked_on_the_way(screens: ScreenMap, name: str) -> set[str]:
    """Keys by which a target is found that is used to reach a screen: the row of `{order}` in a list."""
    asked: set[str] = set()
    at = name
    for move in screens.screens[name].reach:
        at = move.screen or at
        used = [move.click, move.double_click, move.new_tab, move.wait_for, *(move.type or ()), *(move.press or ())]
        for one in filter(None, used):
            on, dot, target = one.partition(".")
            there = screens.screens.get(on if dot else at)
            asked |= placeholders(there.targets.get(target if dot else one) if there else None)
    return asked


def where_used(screens: ScreenMap, name: str, screen: Screen) -> set[str]:
    """Names of `where` that mean something to a screen."""
    return where_needed(screens, name) | placeholders(screen)
