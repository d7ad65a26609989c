"""From which value on a measure says something: what ordinary held-out films of every source stay within."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robot_library.imaging.quality import MEASURES

WARN = 99.5
"""Percentile (or 0.5 at the lower end) of each source by itself; the widest counts."""
BEYOND_WARN, BEYOND_REPEAT = 0.1, 0.6
"""The limits lie further out than that percentile by this share of its distance from the median."""


@dataclass(frozen=True)
class Rule:
    """Which ends of a measure are bad, whether it alone calls for a repeat, and the least step that counts."""

    below: bool = False
    above: bool = False
    repeat: bool = True
    least: float = 0.0
    fixed: float | None = None
    """A limit by what the value means, whatever ordinary films show: writing on a film is always worth a look."""


RULES: dict[str, Rule] = {
    "exposure.middle": Rule(below=True, above=True),
    "exposure.range": Rule(below=True),
    "noise.sigma": Rule(above=True),
    "contrast.to_noise": Rule(below=True),
    "sharpness.blur": Rule(above=True),
    "sharpness.detail": Rule(below=True),
    "clipping.black": Rule(above=True, least=0.01),
    "clipping.white": Rule(above=True, least=0.01),
    "text.characters": Rule(above=True, repeat=False, fixed=3.5),
    "collimation.outside": Rule(above=True, least=0.05),
    "collimation.angle": Rule(above=True, repeat=False, least=3.0),
    "lines.dead": Rule(above=True, least=0.5),
    "orientation.wrong": Rule(above=True, least=0.5),
}
HIGHEST = {"orientation.wrong": 0.98}
"""Values that cannot be exceeded by much need another way from warning to repeating."""


def limits_of(values: NDArray[np.float64], sources: NDArray[np.str_]) -> list[dict[str, Any]]:
    """The measures of a manifest from the values (n, measures) of ordinary films and the source of each."""
    units = {name: (one.unit, one.about) for name, one in MEASURES.items()}
    units["orientation.wrong"] = ("1", "probability that the film is turned by quarters or mirrored")
    found = []
    for place, (name, (unit, about)) in enumerate(units.items()):
        column = values[:, place]
        ordinary = {f"p{p}": round(float(np.percentile(column, p)), 5) for p in (1, 5, 50, 95, 99)}
        warn, repeat = _limits(name, column, sources)
        found.append(
            {"name": name, "unit": unit, "about": about, "ordinary": ordinary | {"n": len(column)}}
            | {key: limits for key, limits in (("warn", warn), ("repeat", repeat)) if limits}
        )
    return found


def _limits(
    name: str, column: NDArray[np.float64], sources: NDArray[np.str_]
) -> tuple[dict[str, float], dict[str, float]]:
    rule, warn, repeat = RULES[name], {}, {}
    for side, wanted, percentile, widest in (("below", rule.below, 100 - WARN, min), ("above", rule.above, WARN, max)):
        if not wanted:
            continue
        if rule.fixed is not None:
            warn[side] = rule.fixed
            continue
        edge = widest(float(np.percentile(column[sources == source], percentile)) for source in np.unique(sources))
        step = edge - float(np.median(column))
        warn[side] = _rounded(side, edge + BEYOND_WARN * step, rule.least)
        if rule.repeat:
            further = max(edge + BEYOND_REPEAT * step, edge / 2) if side == "below" else edge + BEYOND_REPEAT * step
            repeat[side] = _rounded(side, HIGHEST.get(name, further), max(rule.least, warn[side]))
        if name in HIGHEST:
            warn[side] = min(warn[side], HIGHEST[name] - 0.03)
    return warn, repeat


def _rounded(side: str, limit: float, least: float) -> float:
    return round(max(limit, least) if side == "above" else limit, 5)
