"""Films, as they are and made worse, as rows of what the model takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from degrade import FAULTS
from films import Film, Ordinary
from numpy.typing import NDArray

from robot_library.imaging.quality import MEASURES
from robot_library.model.skill import Measures
from robot_library.skills.preprocess import to_measures

INPUT = Measures(measures=tuple(MEASURES), thumbnail=32)
AS_IT_IS = "ordinary"


@dataclass(frozen=True)
class Table:
    """Rows (n, measures + thumbnail²) float32, and of each: fault ("ordinary": none), strength, source, patient."""

    rows: NDArray[np.float32]
    faults: NDArray[np.str_]
    strengths: NDArray[np.float64]
    sources: NDArray[np.str_]
    patients: list[str]

    @property
    def bad(self) -> NDArray[np.bool_]:
        return np.asarray(self.faults != AS_IT_IS)


def harmless(film: Film, rng: np.random.Generator) -> Film:
    """What no one would repeat a film for: framed otherwise by up to 4 %, a little other gamma."""
    rows, columns = film.shape
    top, bottom, left, right = (int(rng.uniform(0, 0.04) * side) for side in (rows, rows, columns, columns))
    cut = film[top : rows - bottom, left : columns - right]
    return np.power(np.clip(cut, 0, 1), rng.uniform(0.9, 1.1)).astype(np.float32)


def take(films: Iterable[Ordinary], plan: list[tuple[str, float | None]], seed: int) -> Table:
    """Each film in every version of the plan: (fault, strength); strength None draws one from 0.15 to 1."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    found: list[tuple[NDArray[np.float32], str, float, str, str]] = []
    for film in films:
        for fault, strength in plan:
            much = float(rng.uniform(0.15, 1)) if strength is None else strength
            found.append(
                (to_measures(version(film.pixels, fault, much, rng), INPUT)[0], fault, much, film.source, film.patient)
            )
    rows, faults, strengths, sources, patients = zip(*found, strict=True)
    return Table(np.stack(rows), np.array(faults), np.array(strengths), np.array(sources), list(patients))


def version(film: Film, fault: str, strength: float, rng: np.random.Generator) -> Film:
    """A film as it is (strength 0 of "ordinary"), framed otherwise (1), or with a fault."""
    if fault == AS_IT_IS:
        return harmless(film, rng) if strength else film
    return FAULTS[fault](film, strength, rng)
