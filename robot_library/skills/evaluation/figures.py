"""Truth, scores and patients → the figures of a classification, each with its 95 % interval by patient.

A figure that the cases cannot give is None, never a number: an AUROC without both classes, a sensitivity without
positives. What was refused has no score, stands in no figure but `refused`, and is counted there by its code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_library.model.base import Frozen
from robot_library.skills import measure
from robot_library.skills.evaluation.intervals import Patients, area, share, widened
from robot_library.skills.evaluation.labels import OWN, Row, Table, in_order
from robot_library.skills.measure import Bin, Estimate, Floats, Labels


@dataclass(frozen=True)
class Answer:
    """What a skill said to one row: a score, or the code of its refusal."""

    score: float | None = None
    code: str = ""


class Outcome(Frozen):
    """Positives and negatives on either side of a named threshold (score ≥ threshold is positive)."""

    name: str
    threshold: float
    tp: int
    fp: int
    tn: int
    fn: int
    sensitivity: Estimate | None
    specificity: Estimate | None
    ppv: Estimate | None
    npv: Estimate | None


class Calibration(Frozen):
    """How far scores are probabilities. slope, intercept: of a logistic regression of the truth on the score's logit,
    1 and 0 when calibrated; None when classes do not overlap."""

    error: float
    brier: float
    slope: float | None
    intercept: float | None
    bins: tuple[Bin, ...]


class Subgroup(Frozen):
    """The cases whose column has one value."""

    column: str
    value: str
    n: int
    patients: int
    positives: int
    refused: int
    auroc: Estimate | None
    points: tuple[Outcome, ...]

    @property
    def name(self) -> str:
        """As the report and acceptance criteria call it."""
        return f"{self.column.removeprefix(OWN)} {self.value}"


class Figures(Frozen):
    """Everything measured on one table. n: cases answered; asked: all of them."""

    n: int
    asked: int
    patients: int
    positives: int
    by_patient: bool
    refused: dict[str, int]
    auroc: Estimate | None
    specificity_at_95_sensitivity: Estimate | None
    points: tuple[Outcome, ...]
    to_a_person: Estimate | None
    """Share between the lowest and the highest point."""
    calibration: Calibration | None
    subgroups: tuple[Subgroup, ...]

    @property
    def refused_n(self) -> int:
        return sum(self.refused.values())


@dataclass(frozen=True)
class Cases:
    """The answered rows as arrays (n,)."""

    labels: Labels
    scores: Floats
    patients: tuple[str, ...]

    @classmethod
    def of(cls, rows: Sequence[Row], answers: Sequence[Answer]) -> Cases:
        kept = [(row, answer.score) for row, answer in zip(rows, answers, strict=True) if answer.score is not None]
        return cls(
            np.array([row.positive for row, _ in kept], np.bool_),
            np.array([score for _, score in kept], np.float64),
            tuple(row.patient for row, _ in kept),
        )

    def __len__(self) -> int:
        return len(self.patients)


def classify(table: Table, rows: Sequence[Row], answers: Sequence[Answer], points: Mapping[str, float]) -> Figures:
    """All figures of rows and their answers. points: threshold by name, lowest first."""
    cases = Cases.of(rows, answers)
    patients = Patients(cases.patients)
    labels, scores = cases.labels, cases.scores
    return Figures(
        n=len(cases),
        asked=len(rows),
        patients=patients.n,
        positives=int(labels.sum()),
        by_patient=table.by_patient,
        refused=dict(Counter(answer.code for answer in answers if answer.score is None).most_common()),
        auroc=area(labels, scores, patients),
        specificity_at_95_sensitivity=_specificity(cases, patients),
        points=outcomes(cases, patients, points),
        to_a_person=_between(scores, patients, points),
        calibration=calibration(labels, scores),
        subgroups=tuple(_subgroups(table, rows, answers, points)),
    )


def outcomes(cases: Cases, patients: Patients, points: Mapping[str, float]) -> tuple[Outcome, ...]:
    """What each threshold does."""
    found = []
    for name, threshold in points.items():
        true, said = cases.labels, cases.scores >= threshold
        found.append(
            Outcome(
                name=name,
                threshold=threshold,
                tp=int((said & true).sum()),
                fp=int((said & ~true).sum()),
                tn=int((~said & ~true).sum()),
                fn=int((~said & true).sum()),
                sensitivity=share(said, true, patients),
                specificity=share(~said, ~true, patients),
                ppv=share(true, said, patients),
                npv=share(~true, ~said, patients),
            )
        )
    return tuple(found)


def _between(scores: Floats, patients: Patients, points: Mapping[str, float]) -> Estimate | None:
    if len(points) < 2 or not len(scores):
        return None
    inside = (scores >= min(points.values())) & (scores < max(points.values()))
    return share(inside, np.ones(len(scores), np.bool_), patients)


def _specificity(cases: Cases, patients: Patients) -> Estimate | None:
    if not cases.labels.any() or cases.labels.all():
        return None
    at = measure.specificity_at_sensitivity(0.95)
    found = measure.by_patient(at, cases.labels, cases.scores, cases.patients, 500)
    return widened(found, min(patients.of(cases.labels), patients.of(~cases.labels)))


def calibration(labels: Labels, scores: Floats) -> Calibration | None:
    """None without cases, or when scores are no probabilities (outside 0..1)."""
    if not len(scores) or scores.min() < 0 or scores.max() > 1:
        return None
    line = logistic(logit(scores), labels.astype(np.float64))
    return Calibration(
        error=measure.calibration_error(labels, scores),
        brier=measure.brier(labels, scores),
        slope=line[0] if line else None,
        intercept=line[1] if line else None,
        bins=tuple(measure.reliability(labels, scores)),
    )


def logit(scores: Floats) -> Floats:
    """Log odds; scores of 0 and 1 count as 1e-9 from them."""
    inside = np.clip(scores, 1e-9, 1 - 1e-9)
    found: Floats = np.log(inside) - np.log1p(-inside)
    return found


def logistic(x: Floats, y: NDArray[np.float64]) -> tuple[float, float] | None:
    """Slope and intercept of the logistic regression of y (0..1) on x, by Newton's method; None without a maximum."""
    spread = float(x.std())
    if len(x) < 3 or spread == 0 or y.min() == y.max():
        return None
    middle = float(x.mean())
    design = np.stack([(x - middle) / spread, np.ones(len(x))])
    at = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(at @ design, -500, 500)))
        curve = (design * (p * (1 - p))) @ design.T
        if np.linalg.cond(curve) > 1e12:
            return None
        step = np.linalg.solve(curve, design @ (y - p))
        at = at + np.clip(step, -2, 2)
        if np.abs(at).max() > 1e3:
            return None
        if np.abs(step).max() < 1e-10:
            break
    slope = float(at[0] / spread)
    return slope, float(at[1] - slope * middle)


def _subgroups(
    table: Table, rows: Sequence[Row], answers: Sequence[Answer], points: Mapping[str, float]
) -> list[Subgroup]:
    found = []
    for column in table.grouped:
        for value in in_order({row.groups[column] for row in rows}):
            part = [i for i, row in enumerate(rows) if row.groups[column] == value]
            cases = Cases.of([rows[i] for i in part], [answers[i] for i in part])
            patients = Patients(cases.patients)
            found.append(
                Subgroup(
                    column=column,
                    value=value,
                    n=len(cases),
                    patients=patients.n,
                    positives=int(cases.labels.sum()),
                    refused=len(part) - len(cases),
                    auroc=area(cases.labels, cases.scores, patients),
                    points=outcomes(cases, patients, points),
                )
            )
    return found
