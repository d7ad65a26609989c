"""evaluation.json: what a skill was measured to be worth, once, on cases it was never made from."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from robot_library.errors import SetupError
from robot_library.model.base import Frozen
from robot_library.model.skill import SkillManifest
from robot_library.skills.measure import Bin, Estimate

HELD_OUT = "No patient of these was used to fit, choose, calibrate or set thresholds."


class PointFigures(Frozen):
    """What an operating point did on the evaluation's cases; None where they cannot say."""

    sensitivity: Estimate | None
    specificity: Estimate | None


class Group(Frozen):
    """A part of the cases: its AUROC, or its Dice; None where the part cannot give one."""

    group: str
    n: int
    auroc: Estimate | None = None
    dice: Estimate | None = None


class Figure(Frozen):
    """Any other figure of a skill, in the card's words; n: cases behind it, where that is another number."""

    name: str
    value: Estimate
    n: int | None = None


class Refusal(Frozen):
    """Inputs that ought to be refused, and the share that were."""

    what: str
    n: int
    refused: float
    ci95: tuple[float, float] | None = None


class Evaluation(Frozen):
    """The evaluation file of a skill: one model, measured once on cases it was never fitted, tuned or chosen on.

    A classification has `auroc`, a segmentation `dice`; a quality skill has its figures in `more`.
    """

    date: str
    model_sha256: str
    dataset: str
    split: str
    data_sha256: str = ""
    """Of the table and its files, where `wetread skills evaluate` measured them."""
    held_out: str = HELD_OUT
    n: int
    patients: int
    positives: int = 0
    auroc: Estimate | None = None
    specificity_at_95_sensitivity: Estimate | None = None
    calibration_error: float | None = None
    brier: float | None = None
    reliability: tuple[Bin, ...] = ()
    rule_out: PointFigures | None = None
    rule_in: PointFigures | None = None
    half: PointFigures | None = None
    to_a_person: Estimate | None = None
    dice: Estimate | None = None
    """Mean over patients."""
    dice_median: float | None = None
    missed: int | None = None
    """Cases with something marked in which nothing was found."""
    empty: int | None = None
    false_alarms: int | None = None
    """Of `empty` cases, marked as free of the finding, those in which something was found."""
    more: tuple[Figure, ...] = ()
    refused: float
    by: tuple[Group, ...] = ()
    baseline: str = ""
    baseline_auroc: Estimate | None = None
    refusals: tuple[Refusal, ...] = ()
    limits: tuple[str, ...] = ()
    looked: int
    """How many times this split has been looked at, this time included."""


def load_evaluation(folder: Path, manifest: SkillManifest) -> Evaluation:
    """The evaluation that the manifest names. Raises SetupError: none named, unreadable, or of another model."""
    if manifest.evaluation is None:
        raise SetupError(f"skill {manifest.skill!r} names no evaluation", cure="A card without figures is not made.")
    try:
        found = Evaluation.model_validate(json.loads((folder / manifest.evaluation).read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError, RecursionError):
        raise SetupError(
            f"skill {manifest.skill!r}: {manifest.evaluation} cannot be read", cure="Run the evaluation again."
        ) from None
    if found.model_sha256 != manifest.model.sha256:
        raise SetupError(
            f"skill {manifest.skill!r}: {manifest.evaluation} was measured with another model",
            cure="Run the evaluation again.",
        )
    return found


def save_evaluation(folder: Path, manifest: SkillManifest, found: Evaluation) -> None:
    """Write the file that the manifest names. Raises SetupError if it names none."""
    if manifest.evaluation is None:
        raise SetupError(
            f"skill {manifest.skill!r} names no evaluation",
            cure="Add the line evaluation: evaluation.json to skill.yaml.",
        )
    text = json.dumps(found.model_dump(mode="json", exclude_defaults=True), indent=1)
    (folder / manifest.evaluation).write_text(text + "\n", encoding="utf-8", newline="\n")
