"""What a benchmark found, and the two files that hold it: results.json for checks, results.md for people."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Result:
    """One figure. `ratio` is ours / theirs for times, None where there is no other; `extra` is told beside it.

    `target` is the largest ratio aimed at, None where none is.
    """

    name: str
    value: float
    unit: str
    against: str
    ratio: float | None
    extra: dict[str, Any] = field(default_factory=dict)
    target: float | None = None

    @property
    def command(self) -> str:
        """What measures this anew."""
        return f"python -m bench --only {self.name}"

    def row(self) -> dict[str, Any]:
        """The figure as results.json holds it."""
        return {
            **self.extra,
            "value": self.value, "unit": self.unit, "against": self.against, "ratio": self.ratio,
            "command": self.command, "target": self.target, "load_average": load(),
            "cores": os.cpu_count(), "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        }  # fmt: skip


def load() -> list[float] | None:
    """Load average over 1, 5 and 15 minutes; None where the system tells none (Windows)."""
    return [round(number, 2) for number in os.getloadavg()] if hasattr(os, "getloadavg") else None


def median(values: Sequence[float], digits: int = 3) -> float:
    """The median, rounded."""
    return round(statistics.median(values), digits)


def spread(values: Sequence[float], digits: int = 3) -> dict[str, float]:
    """Smallest, lower quartile, median, upper quartile, largest, and how many."""
    ordered = sorted(values)
    quarters = statistics.quantiles(ordered, n=4, method="inclusive") if len(ordered) > 1 else ordered * 3
    names = ("min", "q1", "median", "q3", "max")
    given = (ordered[0], *quarters, ordered[-1])
    return {name: round(number, digits) for name, number in zip(names, given, strict=True)} | {"n": len(ordered)}


def table(rows: dict[str, dict[str, Any]]) -> str:
    """The figures as a Markdown table."""
    lines = ["| benchmark | ours | against | ratio | target | load | command |", "|---|---|---|---|---|---|---|"]
    for name, row in rows.items():
        ratio = "–" if row["ratio"] is None else f"{row['ratio']:.3f}"
        target = "–" if row["target"] is None else f"≤ {row['target']:.2f}"
        busy = "–" if row["load_average"] is None else f"{row['load_average'][0]:.1f}"
        shown = f"{row['value']:g} {row['unit']}"
        lines.append(f"| {name} | {shown} | {row['against']} | {ratio} | {target} | {busy} | `{row['command']}` |")
    return "\n".join(lines)


def stages(row: dict[str, Any]) -> str:
    """Where an order's time goes, as a Markdown table; empty if the figure has none."""
    found = row.get("stages")
    if not found:
        return ""
    lines = ["| stage | seconds an order | share |", "|---|---|---|"]
    lines += [f"| {one['stage']} | {one['seconds']:.3f} | {one['share']:.0%} |" for one in found]
    return "\n".join(lines)


def write(rows: dict[str, dict[str, Any]], folder: Path = FOLDER) -> str:
    """Write both files; returns the Markdown."""
    text = "\n\n".join(
        [table(rows), *(f"Where the time of `{n}` goes:\n\n{s}" for n, r in rows.items() if (s := stages(r)))]
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "results.md").write_text(text + "\n", encoding="utf-8")
    return text
