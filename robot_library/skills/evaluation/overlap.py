"""Pairs of masks, ours and the expert's in one grid → Dice and volumes, each with its interval by patient.

Dice of a case that the expert marked as empty says nothing (0 of 0) and is None: such cases are counted as false
alarms or not. A case in which nothing was found although something is marked has Dice 0 and counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from robot_library.model.base import Frozen
from robot_library.skills.evaluation.figures import Answer
from robot_library.skills.evaluation.intervals import Patients, mean
from robot_library.skills.evaluation.labels import OWN, Row, Table, in_order
from robot_library.skills.measure import Estimate

Mask = NDArray[np.bool_]


class Pair(Frozen):
    """One case: sizes of both masks (in the table's unit) and their Dice, None where the expert marked nothing."""

    line: int
    patient: str
    dice: float | None
    true: float
    found: float


class OverlapGroup(Frozen):
    """The cases whose column has one value."""

    column: str
    value: str
    n: int
    patients: int
    dice: Estimate | None

    @property
    def name(self) -> str:
        """As the report and acceptance criteria call it."""
        return f"{self.column.removeprefix(OWN)} {self.value}"


class Overlap(Frozen):
    """Everything measured on one table of masks."""

    n: int
    asked: int
    patients: int
    by_patient: bool
    unit: str
    refused: dict[str, int]
    dice: Estimate | None
    """Mean over patients of each patient's mean."""
    median: float | None
    missed: int
    empty: int
    false_alarms: int
    cases: tuple[Pair, ...]
    subgroups: tuple[OverlapGroup, ...]


def dice(one: Mask, other: Mask) -> float | None:
    """2 |A ∩ B| / (|A| + |B|); None when both are empty. ValueError when they are not in one grid."""
    if one.shape != other.shape:
        raise ValueError("the masks are not in the same grid")
    total = int(np.count_nonzero(one)) + int(np.count_nonzero(other))
    return 2 * int(np.count_nonzero(one & other)) / total if total else None


def pair(row: Row, true: Mask, found: Mask, size: float = 1.0) -> Pair:
    """One case from two masks (any shape, the same one); size: what one voxel or pixel counts."""
    marked, ours = int(np.count_nonzero(true)) * size, int(np.count_nonzero(found)) * size
    value = dice(true, found) if marked else None
    return Pair(line=row.line, patient=row.patient, dice=value, true=marked, found=ours)


def overlap(table: Table, rows: Sequence[Row], answers: Sequence[Pair | Answer], unit: str = "voxels") -> Overlap:
    """All figures of rows and their pairs; an Answer in a pair's place is a refusal."""
    cases = [answer for answer in answers if isinstance(answer, Pair)]
    codes = [answer.code for answer in answers if isinstance(answer, Answer)]
    scored = [case.dice for case in cases if case.dice is not None]
    return Overlap(
        n=len(cases),
        asked=len(rows),
        patients=len({case.patient for case in cases}),
        by_patient=table.by_patient,
        unit=unit,
        refused=dict(Counter(codes).most_common()),
        dice=_mean(cases),
        median=float(np.median(scored)) if scored else None,
        missed=sum(case.true > 0 and case.found == 0 for case in cases),
        empty=sum(case.true == 0 for case in cases),
        false_alarms=sum(case.true == 0 and case.found > 0 for case in cases),
        cases=tuple(cases),
        subgroups=tuple(_groups(table, rows, answers)),
    )


def _mean(cases: Sequence[Pair]) -> Estimate | None:
    kept = [(case.dice, case.patient) for case in cases if case.dice is not None]
    return mean(np.array([value for value, _ in kept], np.float64), Patients([patient for _, patient in kept]))


def _groups(table: Table, rows: Sequence[Row], answers: Sequence[Pair | Answer]) -> list[OverlapGroup]:
    found = []
    for column in table.grouped:
        for value in in_order({row.groups[column] for row in rows}):
            pairs = zip(rows, answers, strict=True)
            part = [case for row, case in pairs if row.groups[column] == value and isinstance(case, Pair)]
            patients = len({case.patient for case in part})
            found.append(OverlapGroup(column=column, value=value, n=len(part), patients=patients, dice=_mean(part)))
    return found
