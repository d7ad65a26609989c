"""Calibration and thresholds, fitted again on rows declared `split: calibration`; written into skill.yaml in place.

The rows that set thresholds must never be measured: a row, a patient or a file in both is refused, now and in any
later evaluation (calibration.json keeps short hashes of the files). Everything else of skill.yaml, comments included,
stays as it is: only the numbers are replaced where they stand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from robot_library.errors import AuthoringError, SetupError
from robot_library.model.base import Frozen
from robot_library.model.skill import Platt, SkillManifest
from robot_library.parsing.nodes import parse_yaml, read_text
from robot_library.skills import measure
from robot_library.skills.evaluation.ask import Asker, Progress
from robot_library.skills.evaluation.figures import Cases, logistic, logit
from robot_library.skills.evaluation.intervals import Patients, share
from robot_library.skills.evaluation.labels import CALIBRATION, Row, Table
from robot_library.skills.manifest import MANIFEST, parse_manifest
from robot_library.skills.measure import Estimate, Floats, Labels
from robot_library.skills.placed import Path_, texts

FILE = "calibration.json"
SENSITIVITY, SPECIFICITY = 0.975, 0.975
"""What rule_out and rule_in must reach on the calibration rows, unless said otherwise."""
LEAST = 20
"""Cases of each class below which nothing is calibrated."""
_SHORT = 16


class Fitted(Frozen):
    """Platt scaling and both points, from calibration rows."""

    platt: Platt
    line: tuple[float, float]
    """Slope and intercept from the old score's logit to the new one's."""
    points: dict[str, dict[str, float | list[float] | int]]
    patients: int


def refuse_overlap(calibration: Sequence[Row], evaluated: Sequence[Row], by_patient: bool) -> None:
    """AuthoringError when a patient stands on both sides."""
    if not by_patient:
        raise AuthoringError("calibration needs the column 'patient': nobody may stand on both sides.")
    both = {row.patient for row in calibration} & {row.patient for row in evaluated}
    if both:
        lines = [str(row.line) for row in calibration if row.patient in both][:10]
        raise AuthoringError(
            f"{len(both)} patients are in the calibration rows and in those to be evaluated (lines {', '.join(lines)})."
        )


def refuse_calibrated(folder: Path, hashes: Sequence[str]) -> None:
    """AuthoringError when a file that set the skill's thresholds is now to be measured."""
    file = folder / FILE
    if not file.is_file():
        return
    try:
        known = set(json.loads(file.read_text(encoding="utf-8")).get("files", ()))
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise AuthoringError(
            f"{FILE}, which names the files that set the skill's thresholds, cannot be read. Calibrate again."
        ) from None
    if hits := sum(digest[:_SHORT] in known for digest in hashes):
        raise AuthoringError(
            f"{hits} of these files set the skill's calibration and thresholds; what they show is no evaluation."
        )


def fit(labels: Labels, scores: Floats, patients: Sequence[str], old: Platt, at: tuple[float, float]) -> Fitted:
    """Platt scaling on top of the scores' own, and thresholds for `at` (sensitivity, specificity).

    Raises AuthoringError: too few cases of a class. The targets are Platt's, (n + 1) / (n + 2) and 1 / (n + 2), so
    that classes which do not overlap still give finite numbers.
    """
    positives, negatives = int(labels.sum()), int((~labels).sum())
    if min(positives, negatives) < LEAST:
        raise AuthoringError(f"{positives} cases with and {negatives} without the finding; {LEAST} of each are needed.")
    z = logit(scores)
    target = np.where(labels, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    line = logistic(z, target)
    if line is None or line[0] <= 0:
        raise AuthoringError("the scores do not rise with the finding: nothing to calibrate.")
    slope, intercept = line
    platt = Platt(
        slope=round(slope * old.slope, 5),
        intercept=round(slope * old.intercept + intercept, 5),
        prevalence=round(positives / len(labels), 4),
        n=len(labels),
    )
    again = 1 / (1 + np.exp(-(slope * z + intercept)))
    low = np.floor(measure.threshold_for_sensitivity(labels, again, at[0]) * 1e4) / 1e4
    high = np.ceil(measure.threshold_for_specificity(labels, again, at[1]) * 1e4) / 1e4
    if low > high:  # better than both targets: any threshold between reaches both, so nothing is left between
        low = high = round((low + high) / 2, 4)
    people = Patients(patients)
    points = {name: _point(float(t), labels, again, people) for name, t in (("rule_out", low), ("rule_in", high))}
    return Fitted(platt=platt, line=line, points=points, patients=people.n)


def _point(threshold: float, labels: Labels, scores: Floats, people: Patients) -> dict[str, float | list[float] | int]:
    found: dict[str, float | list[float] | int] = {"threshold": min(1.0, threshold), "n": len(labels)}
    sides = {"sensitivity": share(scores >= threshold, labels, people)}
    sides["specificity"] = share(scores < threshold, ~labels, people)
    for name, estimate in sides.items():
        assert isinstance(estimate, Estimate)
        found[name] = round(estimate.value, 4)
        found[f"{name}_ci95"] = [round(estimate.low, 4), round(estimate.high, 4)]
    return found


def recalibrated(
    asker: Asker, table: Table, evaluated: Sequence[Row], folders: Sequence[Path], progress: Progress, *, plain: bool
) -> Asker:
    """Fit on the table's calibration rows, write skill.yaml and calibration.json, return the skill loaded anew.

    `folders`: where the skill is written and loaded anew; the asker's own may be a copy (see `begun`).
    """
    rows = [row for row in table.rows if row.split == CALIBRATION]
    if not rows:
        raise AuthoringError(f"{table.file.name} declares no rows as split {CALIBRATION}.")
    refuse_overlap(rows, evaluated, table.by_patient)
    cases = Cases.of(rows, asker.ask(rows, progress, plain=plain))
    manifest = asker.skill.manifest
    old = manifest.outputs[0].calibration
    fitted = fit(cases.labels, cases.scores, cases.patients, old, (SENSITIVITY, SPECIFICITY))
    home = next(folder / manifest.skill for folder in folders if (folder / manifest.skill / MANIFEST).is_file())
    write(home, manifest, fitted, asker.hashes)
    return Asker(folders, manifest.skill, asker.provider)


def write(folder: Path, manifest: SkillManifest, fitted: Fitted, hashes: Sequence[str]) -> None:
    """Numbers into skill.yaml as its next version, and calibration.json with the hashes of the files.

    Raises SetupError (not writable), AuthoringError (a number that is not written down in skill.yaml).
    """
    file = folder / MANIFEST
    values = _values(manifest, fitted)
    text = rewritten(read_text(file, str(file)), values, str(file))
    if manifest.changes:
        what = f"Calibration and thresholds fitted again, on {fitted.platt.n} cases of {fitted.patients} patients."
        text = _with_change(text, str(values[("version",)]), what, str(file))
    parse_manifest(text, str(file), folder.name)  # what is written must be readable before anything is
    kept = fitted.model_dump(mode="json") | {"files": sorted({digest[:_SHORT] for digest in hashes})}
    try:
        (folder / FILE).write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8", newline="\n")
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError:
        raise SetupError(f"{file} cannot be written", cure="Copy the skill into a project of your own.") from None


def _with_change(text: str, version: str, what: str, file: str) -> str:
    """skill.yaml with one more entry on top of its `changes`."""
    first = next(node.place.line for path, node in texts(parse_yaml(text, file)).items() if path[:2] == ("changes", 0))
    lines = text.splitlines(keepends=True)
    dash = lines[first - 1].index("-")
    entry = f"{{version: {version}, date: '{datetime.now(UTC).date().isoformat()}', what: {json.dumps(what)}}}"
    lines.insert(first - 1, f"{lines[first - 1][:dash]}- {entry}\n")
    return "".join(lines)


def _values(manifest: SkillManifest, fitted: Fitted) -> dict[Path_, float | str]:
    """What stands where in skill.yaml: calibration, points, golden scores, and a version of its own."""
    major, minor, patch = manifest.version.split(".")
    output: Path_ = ("outputs", 0)
    values: dict[Path_, float | str] = {("version",): f"{major}.{minor}.{int(patch) + 1}"}
    values |= {(*output, "calibration", key): value for key, value in fitted.platt.model_dump().items()}
    for name, point in fitted.points.items():
        for key, value in point.items():
            where = (*output, "operating_points", name, key)
            values |= {(*where, i): v for i, v in enumerate(value)} if isinstance(value, list) else {where: value}
    low, high = (float(str(fitted.points[name]["threshold"])) for name in ("rule_out", "rule_in"))
    for number, golden in enumerate(manifest.golden):
        if golden.expect.score is not None:
            z = fitted.line[0] * float(logit(np.array([golden.expect.score]))[0]) + fitted.line[1]
            score = round(float(1 / (1 + np.exp(-z))), 5)
            where = ("golden", number, "expect")
            decision = "negative" if score < low else "positive" if score >= high else "uncertain"
            values |= {(*where, "score"): score, (*where, "decision"): decision}
    return values


def rewritten(text: str, values: Mapping[Path_, float | str], file: str) -> str:
    """YAML text with scalars replaced where they stand. Raises AuthoringError for a place that is not written there."""
    nodes = texts(parse_yaml(text, file))
    lines = text.splitlines(keepends=True)
    missing = [".".join(map(str, path)) for path in values if path not in nodes]
    if missing:
        raise AuthoringError(f"{file}: {', '.join(missing)} must be written down before they can be replaced.")
    for path in sorted(values, key=lambda p: (nodes[p].place.line, -nodes[p].place.column)):
        node = nodes[path]
        row, start = node.place.line - 1, node.place.column - 1
        before, after = lines[row][:start], lines[row][start:]
        if node.quoted or not after.startswith(node.value):
            raise AuthoringError(f"{file}:{node.place.line}: {path[-1]} is not written plainly, without quotes.")
        value = values[path]
        new = f"{value:.6g}" if isinstance(value, float) else str(value)
        lines[row] = f"{before}{new}{after[len(node.value) :]}"
    return "".join(lines)
