"""work/view.pt -> ../model.onnx, ../calibration.json and ../skill.yaml (from skill.yaml.in).

    python export.py

Platt scaling and both thresholds come from the calibration patients: their films as stored and as re-acquired three
times, and wrong pictures made from them, from brains of other patients than the fitted ones, and from the same few
photographs and the same head as in fitting (which is why the wrong-input set of the card shares none of these). Neither
`hold` nor `eval` is read.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import sources
import torch
import wrong
from augment import Floats, acquire, finish
from network import SIDE, View
from sklearn.linear_model import LogisticRegression

from robot_library.skills import measure

HERE = Path(__file__).resolve().parent
SKILL = HERE.parent
AGAIN, WRONG = 3, 4000
SENSITIVITY, SPECIFICITY = 0.9975, 0.995
"""rule_out: nearly no right film below it. rule_in: nearly no wrong picture from it on."""


def network() -> View:
    """The fitted network in inference mode."""
    model = View()
    model.load_state_dict(torch.load(HERE / "work" / "view.pt", weights_only=True), strict=False)
    return model.eval()


def logits(model: View, pictures: list[Floats]) -> Floats:
    """(n,) of pictures that `finish` has made."""
    with torch.no_grad():
        chunks = torch.from_numpy(np.stack(pictures)[:, None]).split(64)  # type: ignore[no-untyped-call]
        return np.concatenate([model(chunk).numpy() for chunk in chunks])


def calibrate(model: View) -> dict[str, Any]:
    """Everything of the manifest that is a figure; wrong pictures count as a patient each."""
    rows, rng = sources.children("calibrate"), np.random.default_rng(7)
    films = sources.load([file for file, _ in rows])
    made_of = wrong.Pools(films, sources.head_slices(), sources.photographs(), sources.laterals(range(50)))
    yes = [finish(film) for film in films]
    yes += [acquire(film, rng) for _ in range(AGAIN) for film in films]
    no = [wrong.draw(made_of, rng) for _ in range(WRONG)]
    found = logits(model, yes + no).astype(np.float64)
    labels = np.repeat([True, False], [len(yes), len(no)])
    patients = [patient for _, patient in rows] * (1 + AGAIN) + [f"wrong {k}" for k in range(len(no))]
    fit = LogisticRegression(C=1e6).fit(found[:, None], labels)
    slope, intercept = float(fit.coef_[0, 0]), float(fit.intercept_[0])
    scores = 1 / (1 + np.exp(-(slope * found + intercept)))
    low = float(np.floor(measure.threshold_for_sensitivity(labels, scores, SENSITIVITY) * 1e4) / 1e4)
    high = float(np.ceil(measure.threshold_for_specificity(labels, scores, SPECIFICITY) * 1e4) / 1e4)
    low, high = min(low, high), max(low, high)
    return {
        "films": len(films),
        "patients": len({patient for _, patient in rows}),
        "pictures": len(labels),
        "prevalence": round(float(labels.mean()), 4),
        "slope": round(slope, 5),
        "intercept": round(intercept, 5),
        "rule_out": point(low, labels, scores, patients),
        "rule_in": point(high, labels, scores, patients),
        "auroc": measure.by_patient(measure.auroc, labels, scores, patients, rounds=200).model_dump(),
        "stored_films_positive": round(float((scores[: len(films)] >= high).mean()), 4),
    }


def point(threshold: float, labels: Any, scores: Any, patients: list[str]) -> dict[str, Any]:
    """An operating point in the manifest's shape; intervals by resampling patients."""
    found: dict[str, Any] = {"threshold": threshold, "n": len(labels)}
    kinds = {"sensitivity": (measure.sensitivity, True), "specificity": (measure.specificity, False)}
    for name, (statistic, of) in kinds.items():
        estimate = measure.share_by_patient(statistic(threshold), labels, scores, patients, of=of)
        found[name] = round(estimate.value, 4)
        found[f"{name}_ci95"] = [round(estimate.low, 4), round(estimate.high, 4)]
    return found


def to_onnx(model: View, path: Path) -> None:
    """Write the network as ONNX, opset 18; the batch stays free."""
    torch.onnx.export(
        model,
        (torch.rand(2, 1, SIDE, SIDE),),
        str(path),
        input_names=["film"],
        output_names=["logit"],
        dynamic_axes={"film": {0: "batch"}, "logit": {0: "batch"}},
        opset_version=18,
        dynamo=False,  # the newer exporter needs one more package and gives the same graph
    )


def manifest(found: dict[str, Any], sha256: str) -> str:
    """skill.yaml.in with every $name filled in."""
    names = {key: value for key, value in found.items() if not isinstance(value, dict)} | {"sha256": sha256}
    for name in ("rule_out", "rule_in"):
        for key, value in found[name].items():
            names[f"{name}_{key}"] = f"[{value[0]:g}, {value[1]:g}]" if isinstance(value, list) else value
    fitted = {
        "children": [patient for _, patient in sources.children("fit")],
        "adults": [patient for _, patient in sources.adults("fit")],
    }
    for name, patients in fitted.items():
        names |= {f"{name}_films": len(patients), f"{name}_patients": len(set(patients))}
    names["heads_films"] = len(sources.head_slices())
    return Template((HERE / "skill.yaml.in").read_text(encoding="utf-8")).substitute(names)


def main() -> None:
    torch.set_num_threads(1)
    model, path = network(), SKILL / "model.onnx"
    found = calibrate(model)
    to_onnx(model, path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    text = json.dumps(found | {"sha256": sha256}, indent=1)
    (SKILL / "calibration.json").write_text(text + "\n", encoding="utf-8")
    (SKILL / "skill.yaml").write_text(manifest(found, sha256), encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
