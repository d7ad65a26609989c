"""Measure the skill as shipped: held-out right films, the wrong-input set, and a logged look at the children of `eval`.

    WETREAD_DATA=... python skills/chest-xray-view/train/evaluate.py        (in the repository's root)

Writes ../evaluation.json, ../card.md, ../wrong_inputs.json (read by the card of chest-xray-pneumonia too) and a line of
eval_log.csv. Pixels only: no header is asked. Fetch the photographs first (tests/skills/wrong_inputs/photos.py).
"""

from __future__ import annotations

import csv
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

SKILL = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SKILL.parents[1]))

from robot_library.skills import measure  # noqa: E402
from robot_library.skills.card import write_card  # noqa: E402
from robot_library.skills.evaluation.record import (  # noqa: E402
    Evaluation,
    Figure,
    PointFigures,
    Refusal,
    save_evaluation,
)
from robot_library.skills.measure import Estimate  # noqa: E402
from tests.skills.wrong_inputs import chests  # noqa: E402
from tests.skills.wrong_inputs.pictures import named  # noqa: E402
from tests.skills.wrong_inputs.verdicts import Gates, Verdict, count, counted, everything, right  # noqa: E402

LOG = Path(__file__).parent / "eval_log.csv"
LIMITS = (
    "No real lateral film was in any data: whether it tells a lateral from a frontal film is not known. The header says"
    " which view it is; an unknown view goes to a person. Drawn laterals were among the pictures to refuse; that they"
    " are refused proves nothing.",
    "No radiographs of other parts of the body were at hand: limbs, hands and skulls are drawn, in training and here.",
    "Left and right are not told apart: a mirrored film passes.",
    "Crops are a matter of degree: it was taught to refuse half of each side and to pass seven eighths, nothing"
    " between; a crop to the middle half of an adult's film is what it lets through most often.",
    "Right films come from one children's hospital and one adult hospital. How often another hospital's films are"
    " refused is to be measured there.",
    "The few photographs and the head of its calibration were those of its fitting; the wrong-input set shares none of"
    " them, nor a patient.",
)


def shown(row: list[Verdict], name: str) -> Figure:
    """A share of right films let through, with Wilson's interval."""
    passed, n = sum(not one.by_view for one in row), len(row)
    low, high = measure.wilson(passed, n)
    return Figure(name=name, value=Estimate(value=passed / n, low=low, high=high), n=n)


def point(threshold: float, labels: measure.Labels, scores: measure.Floats, patients: list[str]) -> PointFigures:
    """Sensitivity and specificity at a threshold."""
    return PointFigures(
        sensitivity=measure.share_by_patient(measure.sensitivity(threshold), labels, scores, patients, of=True),
        specificity=measure.share_by_patient(measure.specificity(threshold), labels, scores, patients, of=False),
    )


def evaluate(gates: Gates, good: list[Verdict], wrong: list[Verdict], looked: list[Verdict]) -> Evaluation:
    """All figures of the card."""
    labels = np.repeat([True, False], [len(good), len(wrong)])
    scores = np.array([one.score for one in good + wrong])
    patients = [chests.patient(one.name) for one in good] + [f"{one.category} {one.name}" for one in wrong]
    points = gates.view.manifest.outputs[0].operating_points
    low, high = points.rule_out.threshold, points.rule_in.threshold
    children, adults = ([one for one in good if one.category.startswith(who)] for who in ("children", "adults"))
    return Evaluation(
        date=datetime.now(UTC).date().isoformat(),
        model_sha256=gates.view.manifest.model.sha256,
        dataset="held-out films and the wrong-input set",
        split=f"{len(children)} films of Kermany's training part kept away, {len(adults)} of NIH's split eval,"
        f" {len(wrong)} wrong pictures",
        held_out="No patient and no picture of these was used to fit, choose, calibrate or set thresholds of this"
        " skill; a wrong picture counts as a patient of its own.",
        n=len(labels),
        patients=len(set(patients)),
        positives=len(good),
        auroc=measure.by_patient(measure.auroc, labels, scores, patients),
        calibration_error=measure.calibration_error(labels, scores),
        brier=measure.brier(labels, scores),
        reliability=tuple(measure.reliability(labels, scores)),
        rule_out=point(low, labels, scores, patients),
        rule_in=point(high, labels, scores, patients),
        to_a_person=measure.by_patient(
            lambda _, some: float(((some >= low) & (some < high)).mean()), labels, scores, patients
        ),
        more=(
            shown(children, "Let through: children, held out"),
            shown(adults, "Let through: adults, held out"),
            shown(looked, "Let through: children of Kermany's official test images (split eval, looks logged)"),
        ),
        refused=float(np.mean([one.score == 0 for one in good])),
        refusals=tuple(
            Refusal(what=row.category, n=row.n, refused=row.by_view / row.n, ci95=measure.wilson(row.by_view, row.n))
            for row in [*count(wrong), counted("all of these", wrong)]
        ),
        limits=LIMITS,
        looked=looks() + 1,
    )


def looks() -> int:
    """How many runs the log holds."""
    return max(0, len(LOG.read_text(encoding="utf-8").splitlines()) - 1) if LOG.is_file() else 0


def log(gates: Gates, looked: list[Verdict]) -> None:
    """Append this look."""
    new, row = not LOG.is_file(), counted("eval", looked)
    with LOG.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        if new:
            writer.writerow(["utc", "model_sha256", "n", "refused_by_view", "refused_by_pneumonia_gates", "together"])
        now = datetime.now(UTC).isoformat(timespec="seconds")
        writer.writerow([now, gates.view.manifest.model.sha256, row.n, row.by_view, row.by_own_gates, row.together])


def main() -> None:
    gates, data = Gates(), chests.data_folder()
    wrong = [gates.judge(one) for one in everything(data)]
    good = [gates.judge(one) for one in right(data)]
    official = named("children, eval", ((f.name, chests.grey(f)) for f in chests.eval_children(data)))
    looked = [gates.judge(one) for one in official]
    found = evaluate(gates, good, wrong, looked)
    log(gates, looked)
    counts = {
        "view_sha256": gates.view.manifest.model.sha256,
        "pneumonia_sha256": gates.pneumonia.manifest.model.sha256,
        "wrong": [row.model_dump(mode="json") for row in [*count(wrong), counted("all of these", wrong)]],
        "right": [row.model_dump(mode="json") for row in count([*good, *looked])],
        "let_through": [one.model_dump(mode="json") for one in wrong if not (one.by_view or one.by_own_gates)],
    }
    (SKILL / "wrong_inputs.json").write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")
    save_evaluation(SKILL, gates.view.manifest, found)
    print(write_card(SKILL))


if __name__ == "__main__":
    main()
