"""One table, one skill → everything measured: which rows, which answers, which notes the reader needs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from robot_library.errors import AuthoringError
from robot_library.skills.evaluation.ask import PLAIN, Asker, Progress
from robot_library.skills.evaluation.calibrate import refuse_calibrated
from robot_library.skills.evaluation.figures import Answer, Cases, classify
from robot_library.skills.evaluation.labels import CALIBRATION, Row, Table
from robot_library.skills.evaluation.overlap import overlap
from robot_library.skills.evaluation.report import Evaluated
from robot_library.skills.monitor.records import Observation

if TYPE_CHECKING:
    from robot_library.skills.evaluation.volumes import VolumeAsker

FITTED = (CALIBRATION, "train", "training", "fit", "validation", "val")
"""Splits that a skill was made from: never measured on unless asked for by name, calibration not even then."""


@dataclass(frozen=True)
class Measured:
    """What was measured, and the cases behind it."""

    found: Evaluated
    cases: Cases | None
    """Scores and truth; None of a segmentation."""
    observed: tuple[Observation, ...] = ()


def chosen_rows(table: Table, split: str | None) -> tuple[Row, ...]:
    """The rows to measure on: those of `split`, else all that no skill is made from. Raises AuthoringError."""
    if split is not None and split.lower() == CALIBRATION:
        raise AuthoringError("rows declared calibration are never evaluated: thresholds were set on them.")
    if split is not None and "split" not in table.columns:
        raise AuthoringError(f"{table.file.name} has no column 'split', so there are no rows of {split!r}.")
    kept = tuple(r for r in table.rows if (r.split == split.lower() if split else r.split not in FITTED))
    if not kept:
        there = ", ".join(sorted({row.split or "(empty)" for row in table.rows}))
        raise AuthoringError(f"{table.file.name}: there are no rows to evaluate; its splits are {there}.")
    return kept


def evaluate_skill(asker: Asker, table: Table, split: str | None, progress: Progress, *, plain: bool) -> Measured:
    """Ask a classification skill about every chosen row and measure its answers."""
    rows = chosen_rows(table, split)
    asker.observed.clear()
    answers = asker.ask(rows, progress, plain=plain)
    refuse_calibrated(asker.skill.folder, asker.hashes)
    output = asker.skill.manifest.outputs[0]
    points = {point.name: point.threshold for point in output.operating_points.named()}
    manifest = asker.skill.manifest
    found = _evaluated(manifest.skill, table, rows, answers, points, asker.hashes, output.label).model_copy(
        update={"version": manifest.version, "model_sha256": manifest.model.sha256}
    )
    return replace(_outcome(found, rows, answers), observed=tuple(asker.observed))


def evaluate_scores(name: str, table: Table, split: str | None, points: Mapping[str, float]) -> Measured:
    """Measure scores that somebody else's model gave. points: thresholds by name, if any are to be looked at."""
    rows = chosen_rows(table, split)
    answers = [Answer(score=row.score, code=row.code or "no_score") for row in rows]
    ordered = dict(sorted(points.items(), key=lambda pair: pair[1]))
    return _outcome(_evaluated(name, table, rows, answers, ordered, [], name), rows, answers)


def evaluate_volumes(asker: VolumeAsker, table: Table, split: str | None, progress: Progress) -> Measured:
    """Lay a segmentation skill's masks over the expert's, row by row."""
    rows = chosen_rows(table, split)
    answers = asker.ask(table, rows, progress)
    refuse_calibrated(asker.skill.folder, asker.hashes)
    manifest = asker.skill.manifest
    known = "Masks are compared in the grid of the series, of the first segment; volumes in ml."
    found = Evaluated(
        skill=manifest.skill,
        version=manifest.version,
        model_sha256=manifest.model.sha256,
        label=asker.label,
        data=table.file.name,
        data_sha256=data_sha256(table, asker.hashes),
        date=datetime.now(UTC).date().isoformat(),
        split=_splits(rows),
        notes=(*what_to_know(table, rows), known),
        overlap=overlap(table, rows, answers, "ml"),
    )
    return Measured(found, None)


def _splits(rows: Sequence[Row]) -> str:
    return ", ".join(sorted({row.split for row in rows} - {""}))


def _outcome(found: Evaluated, rows: Sequence[Row], answers: Sequence[Answer]) -> Measured:
    return Measured(found, Cases.of(rows, answers))


def _evaluated(
    skill: str, table: Table, rows: Sequence[Row], answers: Sequence[Answer], points: Mapping[str, float],
    hashes: Sequence[str], label: str,
) -> Evaluated:  # fmt: skip
    return Evaluated(
        skill=skill,
        label=label,
        data=table.file.name,
        data_sha256=data_sha256(table, hashes),
        date=datetime.now(UTC).date().isoformat(),
        split=_splits(rows),
        notes=tuple(what_to_know(table, rows)),
        figures=classify(table, rows, answers, points),
    )


def data_sha256(table: Table, hashes: Sequence[str]) -> str:
    """One hash over the table's bytes and those of every file asked, in any order."""
    whole = hashlib.sha256(table.data)
    for digest in sorted(hashes):
        whole.update(bytes.fromhex(digest))
    return whole.hexdigest()


def what_to_know(table: Table, rows: Sequence[Row]) -> list[str]:
    """Sentences about how this table was read."""
    said = []
    if not table.by_patient:
        said.append(
            "The table has no column 'patient': every case counts as a patient, so intervals may be too narrow."
        )
    pictures = sum(row.file is not None and row.file.suffix.lower() in PLAIN for row in rows)
    if pictures:
        said.append(f"{pictures} cases are pictures without a header: header gates were not asked, pixel gates were.")
    if len(rows) < len(table.rows):
        said.append(f"{len(table.rows) - len(rows)} rows of other splits were left out.")
    if table.ignored:
        said.append(f"Columns that mean nothing here and were not read: {', '.join(table.ignored)}.")
    if "score" in table.columns:
        said.append("The scores were given; no model was run here.")
    said.append("Intervals: 95 %, 2000 resamplings of patients, never narrower than Wilson's for as many patients.")
    return said
