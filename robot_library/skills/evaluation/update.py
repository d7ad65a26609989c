"""From what was measured to the skill's evaluation.json and card.md; every look at an evaluation split is logged."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from robot_library.errors import SetupError
from robot_library.model.skill import SkillManifest
from robot_library.skills.card import write_card
from robot_library.skills.evaluation.figures import Outcome
from robot_library.skills.evaluation.record import (
    Evaluation,
    Group,
    PointFigures,
    load_evaluation,
    save_evaluation,
)
from robot_library.skills.evaluation.report import Evaluated
from robot_library.skills.manifest import MANIFEST, load_manifest
from robot_library.skills.monitor.records import Observation
from robot_library.skills.monitor.reference import FILE as DRIFT
from robot_library.skills.monitor.reference import reference, save_reference

COLUMNS = ("utc", "model_sha256", "n", "auroc", "low", "high", "specificity_at_95_sensitivity", "data_sha256")
LOOKED_AT = ("eval", "evaluation", "test")


def update_skill(folder: Path, found: Evaluated, dataset: str, observed: Sequence[Observation] = ()) -> Evaluation:
    """Write evaluation.json, card.md and drift.json; returns the evaluation that was written.

    Limits written down earlier stay. Baseline and refusals, which other commands measured, stay only with the model
    they were measured with. Raises SetupError: measured with another model, or nothing to write into.
    """
    manifest = load_manifest(folder)
    if found.model_sha256 != manifest.model.sha256:
        raise SetupError(f"skill {manifest.skill!r}: measured with another model", cure="Run the evaluation again.")
    if manifest.evaluation is None:
        file = folder / MANIFEST
        file.write_text(
            file.read_text(encoding="utf-8").rstrip() + "\n\nevaluation: evaluation.json\n", encoding="utf-8"
        )
        manifest = load_manifest(folder)
    earlier = _earlier(folder, manifest)
    made = as_record(found, dataset, looks(folder))
    if earlier is not None:
        made = made.model_copy(update={"limits": earlier.limits})
        if earlier.model_sha256 == made.model_sha256:
            kept = {name: getattr(earlier, name) for name in ("baseline", "baseline_auroc", "refusals", "more")}
            made = made.model_copy(update=kept)
    save_evaluation(folder, manifest, made)
    write_card(folder)
    if observed:
        save_reference(folder / DRIFT, reference(observed))
    return made


def _earlier(folder: Path, manifest: SkillManifest) -> Evaluation | None:
    """The evaluation there is, of whatever model; None if there is none."""
    file = folder / str(manifest.evaluation)
    if not file.is_file():
        return None
    try:
        return load_evaluation(folder, manifest)
    except SetupError:
        try:
            return Evaluation.model_validate_json(file.read_text(encoding="utf-8"))
        except ValueError:
            return None


def as_record(found: Evaluated, dataset: str, looked: int) -> Evaluation:
    """The figures in the form that a skill keeps."""
    split = found.split or "all its rows"
    held_out = f"Rows declared for it ({split}); no file that set calibration or thresholds is among them."
    common = {
        "date": found.date, "model_sha256": found.model_sha256, "dataset": dataset, "split": split,
        "data_sha256": found.data_sha256, "held_out": held_out, "looked": max(1, looked),
    }  # fmt: skip
    if found.overlap is not None:
        over = found.overlap
        return Evaluation(
            **common, n=over.n, patients=over.patients, dice=over.dice, dice_median=over.median, missed=over.missed,
            empty=over.empty, false_alarms=over.false_alarms, refused=sum(over.refused.values()) / over.asked,
            by=tuple(Group(group=part.name, n=part.n, dice=part.dice) for part in over.subgroups),
        )  # fmt: skip
    figures = found.figures
    assert figures is not None
    calibration = figures.calibration
    return Evaluation(
        **common, n=figures.n, patients=figures.patients, positives=figures.positives, auroc=figures.auroc,
        specificity_at_95_sensitivity=figures.specificity_at_95_sensitivity,
        calibration_error=calibration.error if calibration else None,
        brier=calibration.brier if calibration else None,
        reliability=calibration.bins if calibration else (),
        rule_out=_point(figures.points, "rule_out"), rule_in=_point(figures.points, "rule_in"),
        to_a_person=figures.to_a_person, refused=figures.refused_n / figures.asked,
        by=tuple(Group(group=part.name, n=part.n, auroc=part.auroc) for part in figures.subgroups),
    )  # fmt: skip


def _point(points: Sequence[Outcome], name: str) -> PointFigures | None:
    found = next((point for point in points if point.name == name), None)
    return PointFigures(sensitivity=found.sensitivity, specificity=found.specificity) if found else None


def log_file(folder: Path) -> Path:
    """Where a skill's looks are written: beside its training, where it has one."""
    return folder / "train" / "eval_log.csv" if (folder / "train").is_dir() else folder / "eval_log.csv"


def looks(folder: Path) -> int:
    """How many looks the log holds."""
    file = log_file(folder)
    return max(0, len(file.read_text(encoding="utf-8").splitlines()) - 1) if file.is_file() else 0


def log_look(folder: Path, found: Evaluated) -> bool:
    """Append this look; False when the skill's folder cannot be written (an installed skill)."""
    file = log_file(folder)
    main = found.figures.auroc if found.figures else found.overlap.dice if found.overlap else None
    at_95 = found.figures.specificity_at_95_sensitivity if found.figures else None
    said = {
        "utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "model_sha256": found.model_sha256,
        "data_sha256": found.data_sha256,
        "n": str(found.figures.n if found.figures else found.overlap.n if found.overlap else 0),
        "specificity_at_95_sensitivity": f"{at_95.value:.4f}" if at_95 else "",
    }
    said |= {name: f"{getattr(main, key):.4f}" if main else "" for name, key in _MAIN.items()}
    try:
        columns = _columns(file, "auroc" if found.figures else "dice")
        with file.open("a", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, lineterminator="\n", extrasaction="ignore", restval="")
            if stream.tell() == 0:
                writer.writeheader()
            writer.writerow(said)
    except OSError:
        return False
    return True


_MAIN = {"auroc": "value", "dice": "value", "low": "low", "high": "high"}


def _columns(file: Path, figure: str) -> Sequence[str]:
    """Of the log there is, else those of a new one."""
    new = [figure if name == "auroc" else name for name in COLUMNS]
    if not file.is_file():
        return new
    with file.open(encoding="utf-8", newline="") as stream:
        return next(csv.reader(stream), new)
