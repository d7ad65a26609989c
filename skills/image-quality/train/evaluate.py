"""How good the skill is on patients it has never met: a look at the `eval` films, logged.

    python evaluate.py

Every ordinary film: what is flagged on it. A part of them (one film a patient) with each fault at four strengths: what
is found. Writes ../evaluation.json and ../card.md. One thread, about ten minutes.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
import films
import numpy as np
from degrade import FAULTS
from films import Film

from robot_library.skills import measure
from robot_library.skills.card import write_card
from robot_library.skills.evaluation.record import Evaluation, Figure, save_evaluation
from robot_library.skills.host import Skill
from robot_library.skills.measure import Estimate

SKILL = Path(__file__).resolve().parent.parent
LOG = Path(__file__).resolve().parent / "eval_log.csv"
STRENGTHS = (0.25, 0.5, 0.75, 1.0)
DEGRADED = 48
"""Films of each source that are made worse."""
LIMITS = (
    "The faults are made by a program (train/degrade.py) on films that were good enough to be published. How often real"
    " faults are found is not known; no repeated film of a hospital has been seen.",
    "Two hospitals, 8-bit films made smaller by their publishers (JPEG of 224 x 224, PNG of 512 x 512); noise and"
    " sharpness are judged with the film's shorter side at 224 pixels, so finer blur and noise are not seen.",
    "Among the `ordinary` films are rotated digitised plates, annotations and poor exposures; some of the false flags"
    " are not false.",
    "The limit for writing on a film was lowered after the first of the looks, by what it means and by the calibration"
    " films; what is found of burnt-in text may be a little worse than the table says.",
    "A mirrored film and a heart on the right side look the same; a person decides.",
    "No film of a newborn, of a child over five, and no lateral film.",
    "Exposure is judged from grey values after the device's own processing, which hides the dose. Where the header"
    " has a deviation index, that is the better number.",
)


@dataclass(frozen=True)
class Said:
    """What the skill said of one film."""

    source: str
    patient: str
    fault: str
    strength: float
    decision: str
    score: float
    point: str


def look(skill: Skill) -> list[Said]:
    """Ask the skill about every film, as it is and made worse."""
    cv2.setNumThreads(1)
    found = []
    for source in (0, 1):
        seen: set[str] = set()
        for file, patient in films.held_out(source):
            film = films.read(file)
            found.append(ask(skill, film, films.SOURCES[source], patient, "ordinary", 0.0))
            if patient in seen or len(seen) >= DEGRADED:
                continue
            seen.add(patient)
            rng = np.random.default_rng(len(seen))
            for fault, make in FAULTS.items():
                for strength in STRENGTHS:
                    worse = make(film, strength, rng)
                    found.append(ask(skill, worse, films.SOURCES[source], patient, fault, strength))
    return found


def ask(skill: Skill, film: Film, source: str, patient: str, fault: str, strength: float) -> Said:
    reading = skill.read(film)
    if reading.code is not None:
        return Said(source, patient, fault, strength, reading.code.value, float("nan"), "")
    said = skill.conclude(reading, film)
    return Said(source, patient, fault, strength, said.decision, reading.score, said.point)


def share(rows: list[Said], decisions: set[str]) -> Estimate:
    """Share of films so decided, 95 % interval by patient."""
    hits = np.array([float(row.decision in decisions) for row in rows])
    labels = np.ones(len(rows), np.bool_)
    return measure.share_by_patient(measure.sensitivity(0.5), labels, hits, [row.patient for row in rows], of=True)


def figures(found: list[Said]) -> list[Figure]:
    """False flags by source, then detection by fault and strength; flagged: repeat or look."""
    made = []
    for source in films.SOURCES[:2]:
        ordinary = [row for row in found if row.source == source and row.fault == "ordinary"]
        for words, decisions in (("repeat", {"positive"}), ("look", {"uncertain"})):
            name = f"Ordinary films flagged `{words}`, {source}"
            made.append(Figure(name=name, value=share(ordinary, decisions), n=len(ordinary)))
    for fault in FAULTS:
        for strength in STRENGTHS:
            rows = [row for row in found if row.fault == fault and row.strength == strength]
            for words, decisions in (("flagged", {"positive", "uncertain"}), ("of these `repeat`", {"positive"})):
                name = f"{fault.capitalize()}, strength {strength:g}: {words}"
                made.append(Figure(name=name, value=share(rows, decisions), n=len(rows)))
    return made


def auroc(rows: list[Said]) -> Estimate:
    rows = [row for row in rows if np.isfinite(row.score)]
    labels = np.array([row.fault != "ordinary" for row in rows])
    scores = np.array([row.score for row in rows])
    return measure.by_patient(measure.auroc, labels, scores, [row.patient for row in rows], rounds=200)


def log(skill: Skill, found: list[Said], value: Estimate) -> int:
    """One line for this look; returns how many looks there have been."""
    new = not LOG.is_file()
    with LOG.open("a", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        if new:
            out.writerow(("utc", "model_sha256", "films", "auroc"))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        ordinary = sum(row.fault == "ordinary" for row in found)
        out.writerow((now, skill.manifest.model.sha256, ordinary, f"{value.value:.4f}"))
    return len(LOG.read_text(encoding="utf-8").splitlines()) - 1


def main() -> None:
    skill = Skill(SKILL)
    found = look(skill)
    ordinary = [row for row in found if row.fault == "ordinary"]
    value = auroc(found)
    save_evaluation(
        SKILL,
        skill.manifest,
        Evaluation(
            date=datetime.now(UTC).date().isoformat(),
            model_sha256=skill.manifest.model.sha256,
            dataset="Kermany paediatric chest X-ray and NIH ChestX-ray14",
            split="held-out patients, as they are and made worse",
            n=len(ordinary),
            patients=len({(row.source, row.patient) for row in ordinary}),
            more=(
                Figure(name="AUROC of the score, all faults and strengths together", value=value, n=len(found)),
                *figures(found),
            ),
            refused=sum(np.isnan(row.score) for row in found) / len(found),
            limits=LIMITS,
            looked=log(skill, found, value),
        ),
    )
    print(write_card(SKILL))
    for row in ordinary:
        if row.decision != "negative":
            print(row)


if __name__ == "__main__":
    main()
