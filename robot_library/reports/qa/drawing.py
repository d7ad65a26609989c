"""A control chart as inline SVG: values, baseline, limits, what broke a rule."""

from __future__ import annotations

from html import escape

from robot_library.reports.qa.control import Chart

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 120, 46, 8, 8, 16


def draw(found: Chart, days: list[str], title: str) -> str:
    """One chart. `days` names each film for the tool tip."""
    low, high = _span(found)

    def x(place: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (place + 0.5) / len(found.values)

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - min(max(value, low), high)) / (high - low)

    lower, upper = found.limits
    lines = [
        f'<rect class="base" x="{LEFT}" y="{TOP}" width="{x(found.baseline - 1) + 4 - LEFT:.1f}" '
        f'height="{HEIGHT - TOP - BOTTOM}"/>',
        *(_level(y(value), kind, f"{value:.3g}") for value, kind in
          ((upper, "limit"), (found.centre, "centre"), (lower, "limit"))),
        '<polyline points="' + " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(found.values)) + '"/>',
    ]  # fmt: skip
    for place, value in enumerate(found.values):
        rule = found.signals.get(place)
        tip = f"{days[place]}: {value:.4g}" + (f", {rule}" if rule else "")
        lines.append(
            f'<circle class="{"out" if rule else "in"}" cx="{x(place):.1f}" cy="{y(value):.1f}" '
            f'r="{3.6 if rule else 2.2}"><title>{escape(tip)}</title></circle>'
        )
    ends = (
        f'<text x="{LEFT}" y="{HEIGHT - 3}">{escape(days[0])}</text>'
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 3}" text-anchor="end">{escape(days[-1])}</text>'
    )
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">{"".join(lines)}{ends}</svg>'


def _span(found: Chart) -> tuple[float, float]:
    """Twice as far as the limits: a film that is all wrong is drawn at the edge, or a drift could not be seen."""
    reach = 6 * found.deviation or abs(found.centre) * 0.1 or 1.0
    return found.centre - reach, found.centre + reach


def _level(y: float, kind: str, label: str) -> str:
    return (
        f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 4}" y="{y + 3:.1f}" text-anchor="end">{label}</text>'
    )
