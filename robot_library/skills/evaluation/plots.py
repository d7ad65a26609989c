"""Curves as inline SVG, drawn in the page's own colours (CSS classes of report.html)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

import numpy as np

from robot_library.skills.evaluation.figures import Cases, Outcome
from robot_library.skills.measure import Bin, Estimate, Floats, wilson

WIDTH, HEIGHT = 340, 300
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 40
MOST = 400
"""Corners a curve is drawn with at most."""


class Plot:
    """Axes from (low, high) to the frame, and what is drawn between them."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float], names: tuple[str, str], title: str) -> None:
        self._x, self._y, self._names, self._title = x, y, names, title
        self._parts: list[str] = []

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Data → picture."""
        across = (x - self._x[0]) / (self._x[1] - self._x[0])
        up = (y - self._y[0]) / (self._y[1] - self._y[0])
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    def line(self, points: Iterable[tuple[float, float]], kind: str) -> None:
        """A line through points."""
        path = " ".join("{:.1f},{:.1f}".format(*self.at(x, y)) for x, y in points)
        self._parts.append(f'<polyline class="{kind}" points="{path}"/>')

    def dot(self, x: float, y: float, kind: str, says: str, radius: float = 4) -> None:
        """A dot that says something when pointed at."""
        left, top = self.at(x, y)
        said = f"<title>{escape(says)}</title>"
        self._parts.append(f'<circle class="{kind}" cx="{left:.1f}" cy="{top:.1f}" r="{radius:.1f}">{said}</circle>')

    def bar(self, x: tuple[float, float], y: tuple[float, float], kind: str) -> None:
        """A filled rectangle."""
        (left, bottom), (right, top) = self.at(x[0], min(y)), self.at(x[1], max(y))
        size = f'width="{max(0.5, right - left - 0.6):.1f}" height="{bottom - top:.1f}"'
        self._parts.append(f'<rect class="{kind}" x="{left + 0.3:.1f}" y="{top:.1f}" {size}/>')

    def word(
        self, x: float, y: float, text: str, *, anchor: str = "start", shift: tuple[float, float] = (0, 0)
    ) -> None:
        """A word at a place."""
        left, top = self.at(x, y)
        place = f'x="{left + shift[0]:.1f}" y="{top + shift[1]:.1f}" text-anchor="{anchor}"'
        self._parts.append(f"<text {place}>{escape(text)}</text>")

    def svg(self, x_ticks: Sequence[float], y_ticks: Sequence[float], *, y_labels: Sequence[str] = ()) -> str:
        """The whole picture."""
        axes = [self._tick(x, vertical=True, label=f"{x:g}") for x in x_ticks]
        named = y_labels or [f"{y:g}" for y in y_ticks]
        axes += [self._tick(y, vertical=False, label=label) for y, label in zip(y_ticks, named, strict=True)]
        middle = (LEFT + WIDTH - RIGHT) / 2
        axes.append(f'<text x="{middle:.0f}" y="{HEIGHT - 6}" text-anchor="middle">{escape(self._names[0])}</text>')
        turn = f"translate(11 {(TOP + HEIGHT - BOTTOM) / 2:.0f}) rotate(-90)"
        axes.append(f'<text transform="{turn}" text-anchor="middle">{escape(self._names[1])}</text>')
        head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(self._title)}">'
        return head + "".join(axes) + "".join(self._parts) + "</svg>"

    def _tick(self, value: float, *, vertical: bool, label: str) -> str:
        if vertical:
            left, bottom = self.at(value, self._y[0])
            grid = f'<line class="grid" x1="{left:.1f}" x2="{left:.1f}" y1="{TOP}" y2="{bottom:.1f}"/>'
            return f'{grid}<text x="{left:.1f}" y="{bottom + 14:.1f}" text-anchor="middle">{escape(label)}</text>'
        left, top = self.at(self._x[0], value)
        grid = f'<line class="grid" x1="{left:.1f}" x2="{WIDTH - RIGHT}" y1="{top:.1f}" y2="{top:.1f}"/>'
        return f'{grid}<text x="{left - 5:.1f}" y="{top + 4:.1f}" text-anchor="end">{escape(label)}</text>'


QUARTERS = (0, 0.25, 0.5, 0.75, 1)


def roc(cases: Cases, points: Sequence[Outcome]) -> str:
    """Sensitivity against 1 - specificity, with the operating points; "" without both classes."""
    labels, scores = cases.labels, cases.scores
    if not labels.any() or labels.all():
        return ""
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.diff(scores[order], append=np.nan))  # ties are one step: NaN differs from all
    up = np.concatenate([[0], np.cumsum(labels[order])[ends] / labels.sum()])
    across = np.concatenate([[0], np.cumsum(~labels[order])[ends] / (~labels).sum()])
    few = np.unique(np.linspace(0, len(up) - 1, min(MOST, len(up))).astype(int))
    plot = Plot((0, 1), (0, 1), ("1 − specificity", "sensitivity"), "ROC curve")
    plot.line([(0, 0), (1, 1)], "chance")
    plot.line(zip(across[few].tolist(), up[few].tolist(), strict=True), "curve")
    for number, point in enumerate(points):
        if point.sensitivity is not None and point.specificity is not None:
            x, y = 1 - point.specificity.value, point.sensitivity.value
            plot.dot(x, y, "point", f"{point.name} at {point.threshold:g}: {y:.3f}, {1 - x:.3f}")
            plot.word(x, y, point.name, shift=(8 if x < 0.7 else -60, 14 + 13 * number))
    return plot.svg(QUARTERS, QUARTERS)


def reliability(bins: Sequence[Bin]) -> str:
    """Observed share of positives against mean score; bars are Wilson's intervals, large dots many cases."""
    tops = [max(row.mean_score, wilson(row.observed * row.n, row.n)[1]) for row in bins]
    end = next(end for end in (0.1, 0.2, 0.4, 1) if end >= min(1.0, max(tops, default=1)))
    plot = Plot((0, end), (0, end), ("mean score", "observed share"), "Reliability curve")
    plot.line([(0, 0), (end, end)], "chance")
    most = max((row.n for row in bins), default=1)
    for row in bins:
        low, high = wilson(row.observed * row.n, row.n)
        plot.line([(row.mean_score, low), (row.mean_score, high)], "whisker")
        says = f"{row.n} cases with a score of {row.low:g} to {row.high:g}: {row.observed:.3f} observed"
        plot.dot(row.mean_score, row.observed, "point", says, 2.5 + 4.5 * float(np.sqrt(row.n / most)))
    ticks = [end * part for part in QUARTERS]
    return plot.svg(ticks, ticks)


def histogram(cases: Cases, thresholds: Mapping[str, float], bins: int = 25) -> str:
    """Scores of positives (up) and negatives (down), each as a share of its class, with the thresholds."""
    if not len(cases):
        return ""
    low, high = _range(cases.scores)
    edges = np.linspace(low, high, bins + 1)
    up, down = (_shares(cases.scores[part], edges) for part in (cases.labels, ~cases.labels))
    tall = max(float(up.max()), float(down.max()), 0.01) * 1.15
    plot = Plot((low, high), (-tall, tall), ("score", "share of the class"), "Scores by truth")
    for index in range(bins):
        across = float(edges[index]), float(edges[index + 1])
        plot.bar(across, (0.0, float(up[index])), "positive")
        plot.bar(across, (0.0, -float(down[index])), "negative")
    for number, (name, threshold) in enumerate(thresholds.items()):
        plot.line([(threshold, -tall), (threshold, tall)], "threshold")
        right = threshold > low + 0.75 * (high - low)
        plot.word(
            threshold, tall, name, anchor="end" if right else "start", shift=(-3 if right else 3, 10 + 12 * number)
        )
    plot.word((low + high) / 2, 0, "with the finding ↑", anchor="middle", shift=(0, -8))
    plot.word((low + high) / 2, 0, "without ↓", anchor="middle", shift=(0, 16))
    half = round(tall / 1.15, 2)
    ticks = [-half, 0, half]
    return plot.svg(
        [round(float(x), 3) for x in np.linspace(low, high, 5)], ticks, y_labels=[f"{half:g}", "0", f"{half:g}"]
    )


def _range(scores: Floats) -> tuple[float, float]:
    low, high = float(scores.min()), float(scores.max())
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _shares(scores: Floats, edges: Floats) -> Floats:
    counts = np.histogram(scores, edges)[0]
    found: Floats = counts / max(1, counts.sum())
    return found


def interval(estimate: Estimate | None, low: float = 0.0, high: float = 1.0) -> str:
    """A figure and its interval as a short line for a table's cell."""
    if estimate is None:
        return ""
    left, middle, right = (
        4 + 112 * min(max((value - low) / (high - low), 0), 1)
        for value in (estimate.low, estimate.value, estimate.high)
    )
    return (
        '<svg class="interval" viewBox="0 0 120 14"><line class="grid" x1="4" x2="116" y1="7" y2="7"/>'
        f'<line class="whisker" x1="{left:.1f}" x2="{right:.1f}" y1="7" y2="7"/>'
        f'<circle class="point" cx="{middle:.1f}" cy="7" r="3"/></svg>'
    )


def dice_strip(dice: Sequence[float]) -> str:
    """Dice of each case, worst first."""
    ordered = sorted(dice)
    plot = Plot((0, max(1, len(ordered))), (0, 1), ("cases, worst first", "Dice"), "Dice by case")
    for index, value in enumerate(ordered):
        plot.bar((index, index + 1), (0.0, value), "positive" if value >= 0.5 else "negative")
    return plot.svg([0, len(ordered)], QUARTERS)


def volumes(true: Sequence[float], found: Sequence[float], unit: str) -> str:
    """Volume found against volume marked, case by case."""
    most = max([*true, *found, 1e-9]) * 1.05
    plot = Plot((0, most), (0, most), (f"marked by the expert ({unit})", f"found ({unit})"), "Volumes")
    plot.line([(0, 0), (most, most)], "chance")
    for x, y in zip(true, found, strict=True):
        plot.dot(x, y, "point", f"{x:.1f} → {y:.1f} {unit}", 3)
    ticks = [float(f"{most * part:.2g}") for part in (0, 0.25, 0.5, 0.75, 0.95)]
    return plot.svg(ticks, ticks)
