"""What is known of the shift without another look at `eval`: held-out folds of `train`, to folds.md.

    python folds.py

The calibration patients, whom the network never saw, are cut into five folds by a hash of the patient. In each: the
skill on the films as stored and as imagined re-acquisitions (augment.py), and a classifier on nine global pixel
statistics, fitted on the fitting patients alone. Then the last losses of the two members from fit0.csv and fit1.csv.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from pathlib import Path

import films
import numpy as np
from augment import acquire, prepare
from evaluate import baseline
from export import STRENGTH
from numpy.typing import NDArray

from robot_library.skills import measure
from robot_library.skills.decision import probability
from robot_library.skills.host import Skill

HERE = Path(__file__).resolve().parent
FOLDS = 5
Floats = NDArray[np.float64]
at_95 = measure.specificity_at_sensitivity(0.95)


def fold(patient: str) -> int:
    """0 to 4, the same on every machine."""
    return hashlib.sha256(f"fold:{patient}".encode()).digest()[0] % FOLDS


def scores(skill: Skill, tensors: Iterable[NDArray[np.float32]]) -> Floats:
    """Calibrated scores of films (224, 224) prepared for the network; no gate is asked."""
    platt = skill.manifest.outputs[0].calibration
    logits = (float(skill.infer(film[None, None])["logit"][0]) for film in tensors)
    return np.array([probability(value, platt) for value in logits])


def table(found: dict[str, Floats], labels: NDArray[np.bool_], patients: list[str]) -> list[str]:
    """One row a fold, then the smallest and largest, then all with their interval."""
    place = np.array([fold(patient) for patient in patients])
    head = [f"{name}: {figure}" for name in found for figure in ("AUROC", "specificity at 95 %")]
    lines = ["| fold | films | patients | " + " | ".join(head) + " |", "|---" * (len(head) + 3) + "|"]
    rows = []
    for number in range(FOLDS):
        part = place == number
        rows.append([f(labels[part], one[part]) for one in found.values() for f in (measure.auroc, at_95)])
        who = len({patient for patient, inside in zip(patients, part, strict=True) if inside})
        lines.append(
            f"| {number + 1} | {part.sum()} | {who} | " + " | ".join(f"{value:.3f}" for value in rows[-1]) + " |"
        )
    spread = [f"{min(column):.3f} to {max(column):.3f}" for column in zip(*rows, strict=True)]
    lines.append("| spread | | | " + " | ".join(spread) + " |")
    everything = [
        measure.by_patient(f, labels, one, patients) for one in found.values() for f in (measure.auroc, at_95)
    ]
    cells = [f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]" for one in everything]
    lines.append(f"| all | {len(labels)} | {len(set(patients))} | " + " | ".join(cells) + " |")
    return lines


def losses() -> list[str]:
    """First and last epoch of each member."""
    lines = ["| member | epochs | loss, first epoch | loss, last epoch |", "|---|---|---|---|"]
    for file in sorted(HERE.glob("fit?.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        lines.append(f"| {rows[0][0]} | {rows[-1][1]} | {rows[0][2]} | {rows[-1][2]} |")
    return lines


def main() -> None:
    skill, data, rng = Skill(HERE.parent), films.calibration(), np.random.default_rng(11)
    found = {
        "as stored": scores(skill, (prepare(film) for film in data.pixels)),
        "re-acquired": scores(skill, (acquire(film, rng, STRENGTH) for film in data.pixels)),
        "nine statistics": baseline(data),
    }
    lines = [
        "# Held-out folds of train",
        "",
        f"<!-- Written by folds.py; do not edit. Model {skill.manifest.model.sha256}. -->",
        "",
        "Five folds of the calibration patients: never fitted on, but used for calibration and thresholds (which"
        " neither figure here depends on). `eval` is not read. The model is one and the same in all folds: the spread"
        " is that of patients, not of fits.",
        "",
        *table(found, data.labels == 1, data.patients),
        "",
        "Loss of the members on augmented films with mixed labels:",
        "",
        *losses(),
        "",
        "Only the shipped recipe was fitted and logged; variants without augmentation or with another normalisation"
        " were not kept, so their effect is not stated here.",
    ]
    (HERE / "folds.md").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
