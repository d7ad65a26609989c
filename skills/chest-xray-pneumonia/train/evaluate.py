"""The only look at `eval`: measure the skill as shipped, log the look, write evaluation.json and card.md.

    python evaluate.py [--refusals]

Runs the skill host itself (skill.yaml, model.onnx) on the 307 official test films kept as split `eval`. The films
are JPEG and carry no header, so the header gates are not asked here; pixel and unlike-training gates are. Every run
appends a line to eval_log.csv beside this file. Change nothing of the model because of what is seen here.
--refusals looks at no film: it takes over what was measured of the gates, and writes the card anew.
"""

from __future__ import annotations

import argparse
import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import films
import numpy as np
from films import FilmSet
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from robot_library.skills import measure
from robot_library.skills.card import Evaluation, Group, PointFigures, Refusal, load_evaluation, write_card
from robot_library.skills.decision import probability
from robot_library.skills.evaluation.record import save_evaluation
from robot_library.skills.host import Reading, Skill

SKILL = Path(__file__).resolve().parent.parent
LOG = Path(__file__).parent / "eval_log.csv"

Floats = NDArray[np.float64]
Labels = NDArray[np.bool_]
LIMITS = (
    "One hospital, one age group (one to five years), one labelling team; nothing outside it was measured on children.",
    "The films of the two classes differ in how they were taken and stored. The baseline row shows how far that alone"
    " goes; augmentation (train/augment.py) fights it, and no proof can be given that it is beaten.",
    "Published models on this data set reach a similar AUROC and lose specificity from training to test; figures of"
    " the training part are optimistic, and so may these be for another hospital.",
    "Sex and exact age of these patients are not published with the films, so no figures by sex or age can be given.",
    "The films were reduced to 224 x 224 by their source, without keeping the aspect; a full-size film is reduced by"
    " area averaging here, which need not be the same arithmetic.",
    "Adults' films look alike to the pixel gates: only the age in the header keeps them out.",
    "A real lateral film was never shown to any gate: the header must say which view it is, an unknown one is refused.",
)


def as_film(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Stored 8-bit values as the host's film, 0..1."""
    return pixels.astype(np.float32) / np.float32(255)


def statistics(pixels: NDArray[np.uint8]) -> Floats:
    """Nine numbers that know nothing of anatomy: mean, deviation, skewness, kurtosis and five percentiles."""
    flat = pixels.reshape(len(pixels), -1).astype(np.float64) / 255
    mean, std = flat.mean(1), flat.std(1)
    z = (flat - mean[:, None]) / std[:, None]
    moments = np.stack([mean, std, (z**3).mean(1), (z**4).mean(1)], axis=1)
    return np.concatenate([moments, np.percentile(flat, (5, 25, 50, 75, 95), axis=1).T], axis=1)


def baseline(held_out: FilmSet) -> Floats:
    """Scores of a gradient-boosted classifier on the nine statistics, fitted on the fitting patients."""
    fitting = films.fitting()
    model = HistGradientBoostingClassifier(max_iter=150, learning_rate=0.05, random_state=0)
    model.fit(statistics(fitting.pixels), fitting.labels)
    scores: Floats = model.predict_proba(statistics(held_out.pixels))[:, 1]
    return scores


def refusals(skill: Skill) -> list[Refusal]:
    """What all gates together (chest-xray-view, then this skill's own) refuse by pixels alone, wrong and right films.

    Measured by ../../chest-xray-view/train/evaluate.py. Raises SystemExit if that was done with another model.
    """
    found = json.loads((SKILL.parent / "chest-xray-view" / "wrong_inputs.json").read_text(encoding="utf-8"))
    if found["pneumonia_sha256"] != skill.manifest.model.sha256:
        raise SystemExit("wrong_inputs.json speaks of another model: run chest-xray-view/train/evaluate.py")
    right = [row | {"category": f"right: {row['category']}"} for row in found["right"]]
    return [
        Refusal(what=row["category"], n=row["n"], refused=row["together"] / row["n"], ci95=row["together_ci95"])
        for row in (*found["wrong"], *right)
    ]


def figures(threshold: float, labels: Labels, scores: Floats, patients: list[str]) -> PointFigures:
    """Sensitivity and specificity at a threshold with intervals."""
    return PointFigures(
        sensitivity=measure.share_by_patient(measure.sensitivity(threshold), labels, scores, patients, of=True),
        specificity=measure.share_by_patient(measure.specificity(threshold), labels, scores, patients, of=False),
    )


def groups(held_out: FilmSet, labels: Labels, scores: Floats) -> list[Group]:
    """AUROC of each kind of pneumonia against all normal films."""
    kinds = np.array(held_out.kinds)
    found = []
    for kind in ("bacteria", "virus"):
        part = np.flatnonzero((kinds == kind) | ~labels)
        patients = [held_out.patients[index] for index in part]
        estimate = measure.by_patient(measure.auroc, labels[part], scores[part], patients)
        found.append(Group(group=f"{kind} against normal", n=len(part), auroc=estimate))
    return found


def evaluate(skill: Skill) -> Evaluation:
    """All figures of the card."""
    held_out = films.load(films.rows("eval"))
    output = skill.manifest.outputs[0]
    readings: list[Reading] = [skill.read(as_film(film)) for film in held_out.pixels]
    # A film that a gate refuses has a score all the same, here alone: figures of the answered ones would be kinder.
    logits = (skill.infer(skill.prepare(as_film(film)))[output.logit] for film in held_out.pixels)
    scores = np.array([probability(float(one[0]), output.calibration) for one in logits])
    labels, patients = held_out.labels == 1, held_out.patients
    points = skill.manifest.outputs[0].operating_points
    low, high = points.rule_out.threshold, points.rule_in.threshold
    return Evaluation(
        date=datetime.now(UTC).date().isoformat(),
        model_sha256=skill.manifest.model.sha256,
        dataset="Kermany paediatric chest X-ray",
        split="307 of its official test images (split eval)",
        n=len(labels),
        patients=len(set(patients)),
        positives=int(labels.sum()),
        auroc=measure.by_patient(measure.auroc, labels, scores, patients),
        specificity_at_95_sensitivity=measure.by_patient(
            measure.specificity_at_sensitivity(0.95), labels, scores, patients
        ),
        calibration_error=measure.calibration_error(labels, scores),
        brier=measure.brier(labels, scores),
        reliability=tuple(measure.reliability(labels, scores)),
        rule_out=figures(low, labels, scores, patients),
        rule_in=figures(high, labels, scores, patients),
        half=figures(0.5, labels, scores, patients),
        to_a_person=measure.by_patient(
            lambda _, some: float(((some >= low) & (some < high)).mean()), labels, scores, patients
        ),
        refused=float(np.mean([reading.code is not None for reading in readings])),
        by=tuple(groups(held_out, labels, scores)),
        baseline="nine global pixel statistics alone",
        baseline_auroc=measure.by_patient(measure.auroc, labels, baseline(held_out), patients),
        refusals=tuple(refusals(skill)),
        limits=LIMITS,
        looked=looks() + 1,
    )


def looks() -> int:
    """How many runs the log holds."""
    return max(0, len(LOG.read_text(encoding="utf-8").splitlines()) - 1) if LOG.is_file() else 0


def log(found: Evaluation) -> None:
    """Append this look."""
    new = not LOG.is_file()
    with LOG.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        if new:
            writer.writerow(["utc", "model_sha256", "n", "auroc", "low", "high", "specificity_at_95_sensitivity"])
        now = datetime.now(UTC).isoformat(timespec="seconds")
        area, spec = found.auroc, found.specificity_at_95_sensitivity.value
        figures_ = [f"{value:.4f}" for value in (area.value, area.low, area.high, spec)]
        writer.writerow([now, found.model_sha256, found.n, *figures_])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--refusals", action="store_true")
    again, skill = parser.parse_args().refusals, Skill(SKILL)
    if again:
        new = {"refusals": tuple(refusals(skill)), "limits": LIMITS}
        found = load_evaluation(SKILL, skill.manifest).model_copy(update=new)
    else:
        found = evaluate(skill)
        log(found)
    save_evaluation(SKILL, skill.manifest, found)
    print(write_card(SKILL))


if __name__ == "__main__":
    main()
