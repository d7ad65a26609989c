"""Writes the pages of runs: evidence opened, pictures made small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from robot_library.interfaces import BlobStore
from robot_library.model.audit import Happened
from robot_library.model.run import RunRecord

if TYPE_CHECKING:
    from robot_library.reports.run_diff import Pair


def opened(runs: Sequence[RunRecord]) -> list[Happened]:
    """For the audit trail: whose evidence a page opens."""
    return [Happened("evidence", "report", item=run.item, bot=run.bot) for run in runs]


def write_page(
    path: Path, title: str, lead: str, runs: Sequence[RunRecord], blobs: BlobStore,
    labels: Mapping[str, str], facts: Mapping[str, str],
) -> None:  # fmt: skip
    """One self-contained HTML file at `path`; `labels` are what to call items."""
    from robot_library.imaging.pictures import shrink
    from robot_library.reports.run_report import Summary, run_report

    page = run_report(Summary(title, lead, facts, labels), runs, blobs.get, shrink)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def write_diff(
    path: Path, runs: tuple[RunRecord, RunRecord], whole: Sequence[str], pairs: Sequence[Pair], blobs: BlobStore
) -> None:
    """Two runs side by side, as one self-contained HTML file at `path`."""
    from robot_library.imaging.pictures import shrink
    from robot_library.reports.diff_report import diff_report

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(diff_report(runs, whole, pairs, blobs.get, shrink), encoding="utf-8")
