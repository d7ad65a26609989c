"""Plain words and figures for the report."""

from __future__ import annotations

from collections.abc import Mapping

from robot_library.model.quality import QualityEntry

DECISIONS = {"positive": "repeat", "uncertain": "look", "negative": "fine", "abstained": "not judged"}
NAMES = {
    "exposure.middle": "exposure, median grey",
    "exposure.range": "range of greys used",
    "exposure.deviation_index": "deviation index (header)",
    "noise.sigma": "noise",
    "contrast.to_noise": "contrast to noise",
    "sharpness.blur": "blur",
    "sharpness.detail": "fine detail",
    "clipping.black": "lost in black",
    "clipping.white": "lost in white",
    "text.characters": "burnt-in characters",
    "collimation.outside": "outside the field",
    "collimation.angle": "lean of the field",
    "lines.dead": "dead lines",
    "orientation.wrong": "turned or mirrored",
}
SHARES = {"clipping.black", "clipping.white", "collimation.outside", "orientation.wrong"}


def name(measure: str) -> str:
    """A measure in words."""
    return NAMES.get(measure, measure)


def figure(measure: str, value: float) -> str:
    """A value as read aloud."""
    if measure in SHARES:
        return f"{value:.0%}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def crossed(values: Mapping[str, float], flags: Mapping[str, float]) -> list[str]:
    """Limits that were crossed, a line each. flags: "repeat noise.sigma above" → the limit; others are passed over."""
    said = []
    for flag, limit in flags.items():
        level, _, rest = flag.partition(" ")
        measure, _, side = rest.partition(" ")
        if side and measure in values:
            value, edge = _told_apart(measure, values[measure], limit)
            said.append(f"{name(measure)} {value}, {side} {edge} ({level})")
    return said


def _told_apart(measure: str, value: float, limit: float) -> tuple[str, str]:
    """Both in words, with as many digits as it takes to see that they differ."""
    if (said := (figure(measure, value), figure(measure, limit)))[0] != said[1] or value == limit:
        return said
    kind = "%" if measure in SHARES else "f"
    more = (tuple(f"{number:.{digits}{kind}}" for number in (value, limit)) for digits in range(1, 9))
    return next(((one, other) for one, other in more if one != other), said)


def reasons(entry: QualityEntry) -> list[str]:
    """Why a film was flagged, a line each."""
    if entry.decision == "abstained":
        return [f"the skill abstained: {entry.code}"]
    said = crossed(entry.values, entry.flags)
    if entry.point in ("rule_in", "review"):
        said.append("the whole looks unlike an ordinary film (learned score)")
    return said
