"""Members + unlike-training distance -> model.onnx, calibrated and given thresholds on the calibration patients.

    python export.py [--work work]

Reads work/member<k>.pt (fit.py); writes ../model.onnx, ../calibration.json and ../skill.yaml (from skill.yaml.in).
The thresholds must hold for other rooms than the one of the training, so each calibration film is scored as it is
and as four imagined re-acquisitions (augment.py); Platt scaling is fitted on all of these, and each threshold is the
stricter of the two that reach the target on the films as they are and on the re-acquired ones. `eval` is not read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Any

import films
import numpy as np
import torch
from augment import acquire, prepare
from films import FilmSet
from network import Distance, Ensemble, Member
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf
from sklearn.linear_model import LogisticRegression

from robot_library.skills import measure

SKILL = Path(__file__).resolve().parent.parent
VIEWS = 4
STRENGTH = 0.7
RULE_OUT_SENSITIVITY = 0.975
RULE_IN_SPECIFICITY = 0.975
FALSE_REJECT = 0.01

Floats = NDArray[np.float32]


def distance(data: FilmSet) -> Distance:
    """Fit the thumbnail's mean and shrunk covariance (Ledoit-Wolf) on the fitting films."""
    prepared = torch.from_numpy(np.stack([prepare(film) for film in data.pixels])[:, None])
    thumbnails = Distance.thumbnail(prepared).flatten(1).numpy().astype(np.float64)
    shrunk = LedoitWolf().fit(thumbnails)
    whiten = np.linalg.cholesky(shrunk.precision_)
    return Distance(torch.tensor(shrunk.location_, dtype=torch.float32), torch.tensor(whiten, dtype=torch.float32))


def ensemble(work: Path) -> Ensemble:
    """All members of a work folder as one network, in inference mode."""
    members = []
    for file in sorted(work.glob("member*.pt")):
        member = Member()
        member.load_state_dict(torch.load(file, weights_only=True))
        members.append(member)
    if not members:
        raise SystemExit(f"no member*.pt in {work}: run fit.py first")
    return Ensemble(members, distance(films.fitting())).eval()


def run(model: Ensemble, prepared: Floats) -> tuple[Floats, Floats]:
    """Logits and distances of films (n, 224, 224) prepared for the network."""
    logits, distances = [], []
    with torch.no_grad():
        for chunk in torch.from_numpy(prepared[:, None]).split(64):  # type: ignore[no-untyped-call]
            found = model(chunk)
            logits.append(found[0].numpy())
            distances.append(found[2].numpy())
    return np.concatenate(logits), np.concatenate(distances)


def platt(logits: Floats, labels: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept of a logistic regression of the truth on the logit."""
    fit = LogisticRegression(C=1e6).fit(logits[:, None].astype(np.float64), labels)
    return float(fit.coef_[0, 0]), float(fit.intercept_[0])


def point(threshold: float, labels: Any, scores: Any, patients: list[str]) -> dict[str, Any]:
    """An operating point in the manifest's shape; intervals by resampling patients."""
    found: dict[str, Any] = {"threshold": threshold, "n": len(labels)}
    kinds: dict[str, tuple[Callable[[float], measure.Statistic], bool]] = {
        "sensitivity": (measure.sensitivity, True),
        "specificity": (measure.specificity, False),
    }
    for name, (statistic, of) in kinds.items():
        estimate = measure.share_by_patient(statistic(threshold), labels, scores, patients, of=of)
        found[name] = round(estimate.value, 4)
        found[f"{name}_ci95"] = [round(estimate.low, 4), round(estimate.high, 4)]
    return found


def thresholds(labels: Any, scores: Any, n: int) -> tuple[float, float]:
    """rule_out and rule_in, stricter of films as stored (the first n) and re-acquired (the rest); four decimals."""
    parts = [(labels[:n], scores[:n]), (labels[n:], scores[n:])]
    low = min(measure.threshold_for_sensitivity(*part, RULE_OUT_SENSITIVITY) for part in parts)
    high = max(measure.threshold_for_specificity(*part, RULE_IN_SPECIFICITY) for part in parts)
    return float(np.floor(low * 1e4) / 1e4), float(np.ceil(high * 1e4) / 1e4)


def calibrate(model: Ensemble) -> dict[str, Any]:
    """Platt scaling, operating points and the distance's limit from the calibration patients."""
    data = films.calibration()
    n, rng = len(data.labels), np.random.default_rng(7)
    originals = np.stack([prepare(film) for film in data.pixels])
    again = [np.stack([acquire(film, rng, STRENGTH) for film in data.pixels]) for _ in range(VIEWS)]
    outputs = [run(model, view) for view in (originals, *again)]
    logits = np.concatenate([found[0] for found in outputs])
    labels, patients = np.tile(data.labels == 1, 1 + VIEWS), data.patients * (1 + VIEWS)
    slope, intercept = platt(logits, labels)
    scores = 1 / (1 + np.exp(-(slope * logits.astype(np.float64) + intercept)))
    low, high = thresholds(labels, scores, n)
    limit = float(np.quantile(outputs[0][1], 1 - FALSE_REJECT))
    stored = (labels[:n], scores[:n], data.patients)
    acquired = (labels[n:], scores[n:], patients[n:])
    return {
        "films": n,
        "patients": len(set(data.patients)),
        "prevalence": round(float(labels[:n].mean()), 4),
        "slope": round(slope, 5),
        "intercept": round(intercept, 5),
        "rule_out": point(low, *stored),
        "rule_in": point(high, *stored),
        "distance": {"max": round(limit, 4), "false_reject": round(float((outputs[0][1] > limit).mean()), 4), "n": n},
        "auroc": measure.by_patient(measure.auroc, *stored).model_dump(),
        "calibration_error": round(measure.calibration_error(labels[:n], scores[:n]), 4),
        "to_a_person": round(float(((scores[:n] >= low) & (scores[:n] < high)).mean()), 4),
        "reacquired": {
            "auroc": measure.by_patient(measure.auroc, *acquired, rounds=200).model_dump(),
            "rule_out": point(low, *acquired),
            "rule_in": point(high, *acquired),
        },
    }


def to_onnx(model: Ensemble, example: torch.Tensor, path: Path) -> None:
    """Write the network as ONNX, opset 18; example (n, 1, 224, 224), n stays free."""
    names = ("film", "logit", "evidence", "distance")
    torch.onnx.export(
        model,
        (example,),
        str(path),
        input_names=["film"],
        output_names=list(names[1:]),
        dynamic_axes={name: {0: "batch"} for name in names},
        opset_version=18,
        dynamo=False,  # the newer exporter needs one more package and gives the same graph
    )


def save(model: Ensemble, path: Path) -> float:
    """Export and return the largest difference between torch and ONNX Runtime over 16 films."""
    import onnxruntime

    films_ = torch.from_numpy(np.stack([prepare(film) for film in films.calibration().pixels[:16]])[:, None])
    to_onnx(model, films_[:2], path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    ours = session.run(None, {"film": films_.numpy()})
    with torch.no_grad():
        theirs = model(films_)
    return max(float(np.abs(a - b.numpy()).max()) for a, b in zip(ours, theirs, strict=True))


def interval(values: list[float]) -> str:
    return f"[{values[0]:g}, {values[1]:g}]"


def manifest(found: dict[str, Any], sha256: str) -> str:
    """skill.yaml.in with every $name filled in."""
    names = {f"{key}": value for key, value in found.items()}
    for name in ("rule_out", "rule_in"):
        for key, value in found[name].items():
            names[f"{name}_{key}"] = interval(value) if isinstance(value, list) else value
    names |= {f"distance_{key}": value for key, value in found["distance"].items()}
    names["sha256"] = sha256
    fitted = films.fitting()
    names |= {"fitted_films": len(fitted.labels), "fitted_patients": len(set(fitted.patients))}
    return Template((Path(__file__).parent / "skill.yaml.in").read_text(encoding="utf-8")).substitute(names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path(__file__).parent / "work")
    parser.add_argument("--dry-run", action="store_true", help="calibrate and print, write nothing")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = ensemble(args.work)
    found = calibrate(model)
    if args.dry_run:
        print(json.dumps(found, indent=1))
        return
    path = SKILL / "model.onnx"
    found["torch_onnx_difference"] = round(save(model, path), 6)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    (SKILL / "calibration.json").write_text(json.dumps(found | {"sha256": sha256}, indent=1) + "\n", encoding="utf-8")
    (SKILL / "skill.yaml").write_text(manifest(found, sha256), encoding="utf-8")


if __name__ == "__main__":
    main()
