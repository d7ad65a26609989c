"""Fit both networks on the fitting patients, calibrate on the others; write the model, its figures and the manifest.

    python fit.py

Writes ../model.onnx, ../calibration.json, ../skill.yaml. One thread, about ten minutes; work/ keeps the tables, so that
a second run takes two.
"""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import films
import numpy as np
import torch
from degrade import FAULTS
from limits import limits_of
from manifest import write_manifest
from network import SIDE, Judge, N, WayUp, squeezed
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from table import AS_IT_IS, Table, take
from torch import Tensor, nn

from robot_library.skills import measure

HERE = Path(__file__).resolve().parent
SKILL = HERE.parent
PLAN: list[tuple[str, float | None]] = [
    (AS_IT_IS, 0.0),
    (AS_IT_IS, 1.0),
    *((fault, None) for fault in FAULTS),
    *((fault, None) for fault in FAULTS),
]
RULE_OUT_SPECIFICITY, RULE_IN_SPECIFICITY = 0.90, 0.97


def kept(name: str, make: Callable[[], Any]) -> Any:
    """work/<name>.pickle, made if it is not there."""
    file = HERE / "work" / f"{name}.pickle"
    if not file.is_file():
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(pickle.dumps(make()))
    return pickle.loads(file.read_bytes())


def thumbnails() -> NDArray[np.float32]:
    """Ordinary thumbnails (n, 32, 32) of all fitting patients, adults and synthetic films repeated to weigh as much."""
    small: list[NDArray[np.float32]] = []
    for source, share, times in ((0, 0.2, 1), (1, 0.5, 12)):
        for file, patient in films.real(source, "train"):
            if not films.in_calibration(patient, share):
                small += [cv2.resize(films.read(file), (SIDE, SIDE), interpolation=cv2.INTER_AREA)] * times
    for film in films.synthetic(range(4000, 4060)):
        small += [cv2.resize(film.pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)] * 8
    return np.stack(small)


def turned(batch: Tensor, ways: Tensor, rng: torch.Generator) -> Tensor:
    """Thumbnails shifted, leant, stretched and lit otherwise, then turned or mirrored; standardised, flat."""
    n = len(batch)
    batch = batch.clamp(0, 1) ** (0.7 + 0.8 * torch.rand(n, 1, 1, generator=rng))
    lean = (torch.rand(n, generator=rng) - 0.5) * 0.24
    across, down = (0.8 + 0.45 * torch.rand(n, generator=rng) for _ in range(2))
    shift = (torch.rand(n, 2, generator=rng) - 0.5) * 0.24
    first = torch.stack((across * lean.cos(), -lean.sin(), shift[:, 0]), 1)
    second = torch.stack((lean.sin(), down * lean.cos(), shift[:, 1]), 1)
    rows = torch.stack((first, second), 1)
    grid = nn.functional.affine_grid(rows, [n, 1, SIDE, SIDE], align_corners=False)
    moved = nn.functional.grid_sample(batch[:, None], grid, padding_mode="border", align_corners=False)[:, 0]
    moved = moved + 0.02 * torch.randn(moved.shape, generator=rng)
    for way in range(8):
        mine = ways == way
        if mine.any():
            part = torch.rot90(moved[mine], way & 3, (1, 2))
            moved[mine] = part.flip(2) if way & 4 else part
    flat = moved.flatten(1)
    return (flat - flat.mean(1, keepdim=True)) / flat.std(1, keepdim=True).clamp(min=1e-3)


def fitted(source: int, share: float) -> tuple[int, int]:
    """(films, patients) of a source that either network was fitted on."""
    patients = [patient for _, patient in films.real(source, "train") if not films.in_calibration(patient, share)]
    return len(patients), len(set(patients))


def fit_way_up(small: NDArray[np.float32]) -> WayUp:
    """Eight ways from thumbnails, equally often."""
    rng = torch.Generator().manual_seed(5)
    model, data = WayUp(), torch.from_numpy(small)
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.02)
    steps = 6000
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for step in range(steps):
        chosen = torch.randint(len(data), (256,), generator=rng)
        ways = torch.randint(8, (256,), generator=rng)
        loss = nn.functional.cross_entropy(model(turned(data[chosen], ways, rng)), ways, label_smoothing=0.02)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 500 == 499:
            print(f"way up {step + 1}: loss {loss.item():.3f}", flush=True)
    return model.eval()


def weights(table: Table) -> Tensor:
    """Every source and both answers weigh the same."""
    found = np.zeros(len(table.rows))
    for source in films.SOURCES:
        for bad in (False, True):
            mine = (table.sources == source) & (table.bad == bad)
            found[mine] = 1 / mine.sum()
    return torch.from_numpy(found / found.mean()).float()


def fit_judge(way_up: WayUp, table: Table) -> Judge:
    """The whole film's rows through the measures; the way up stays as it was fitted."""
    rows, truth, weight = torch.from_numpy(table.rows), torch.from_numpy(table.bad).float(), weights(table)
    blank = Judge(way_up, torch.zeros(N + 1), torch.ones(N + 1))
    with torch.no_grad():
        values, odds = blank.measured(rows)
        features = torch.cat((squeezed(values), odds), dim=1)[~table.bad]
    model = Judge(way_up, features.mean(0), features.std(0).clamp(min=0.02))
    model.way_up.requires_grad_(False)
    optimiser = torch.optim.AdamW(model.layers.parameters(), lr=4e-3, weight_decay=0.05)
    steps, rng = 3000, torch.Generator().manual_seed(6)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for step in range(steps):
        chosen = torch.randint(len(rows), (512,), generator=rng)
        model.layers.train()
        logit, _ = model(rows[chosen])
        loss = nn.functional.binary_cross_entropy_with_logits(logit, truth[chosen], weight=weight[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 500 == 499:
            print(f"judge {step + 1}: loss {loss.item():.3f}", flush=True)
    return model.eval()


def point(threshold: float, table: Table, scores: NDArray[np.float64]) -> dict[str, Any]:
    """An operating point in the manifest's shape."""
    found: dict[str, Any] = {"threshold": threshold}
    kinds: tuple[tuple[str, Callable[[float], measure.Statistic], bool], ...] = (
        ("sensitivity", measure.sensitivity, True),
        ("specificity", measure.specificity, False),
    )
    for name, statistic, of in kinds:
        estimate = measure.share_by_patient(statistic(threshold), table.bad, scores, table.patients, of=of)
        found[name] = round(estimate.value, 4)
        found[f"{name}_ci95"] = [round(estimate.low, 4), round(estimate.high, 4)]
    return found | {"n": len(scores)}


def calibrate(model: Judge, table: Table) -> dict[str, Any]:
    """Platt scaling, points and limits from the calibration patients: each holds for every source by itself."""
    with torch.no_grad():
        logits, measured = (found.numpy().astype(np.float64) for found in model(torch.from_numpy(table.rows)))
    platt = LogisticRegression(C=1e6).fit(logits[:, None], table.bad)
    slope, intercept = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    scores = 1 / (1 + np.exp(-(slope * logits + intercept)))
    low, high = (
        max(
            measure.threshold_for_specificity(table.bad[mine], scores[mine], least)
            for mine in (table.sources == source for source in films.SOURCES)
        )
        for least in (RULE_OUT_SPECIFICITY, RULE_IN_SPECIFICITY)
    )
    low, high = float(np.floor(low * 1e4) / 1e4), float(np.ceil(high * 1e4) / 1e4)
    auroc = {
        s: round(measure.auroc(table.bad[table.sources == s], scores[table.sources == s]), 4) for s in films.SOURCES
    }
    return {
        "slope": round(slope, 5),
        "intercept": round(intercept, 5),
        "prevalence": round(float(table.bad.mean()), 4),
        "n": len(scores),
        "rule_out": point(low, table, scores),
        "rule_in": point(high, table, scores),
        "auroc": auroc,
        "measures": limits_of(measured[~table.bad], table.sources[~table.bad]),
    }


def save(model: Judge, example: Tensor, path: Path) -> float:
    """Export (opset 18, any batch) and return the largest relative difference between torch and ONNX Runtime."""
    import onnxruntime

    names = ("measures", "logit", "measured")
    torch.onnx.export(
        model,
        (example,),
        str(path),
        input_names=["measures"],
        output_names=list(names[1:]),
        dynamic_axes={name: {0: "batch"} for name in names},
        opset_version=18,
        dynamo=False,  # the newer exporter needs one more package and gives the same graph
    )
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    ours = session.run(None, {"measures": example.numpy()})
    with torch.no_grad():
        theirs = model(example)
    return max(float(np.abs((a - b.numpy()) / (np.abs(a) + 1)).max()) for a, b in zip(ours, theirs, strict=True))


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(4)
    way_up = fit_way_up(kept("thumbnails", thumbnails))
    fitting = kept("fit", lambda: take(films.ordinary("fit"), PLAN, 1))
    held: Table = kept("calibration", lambda: take(films.ordinary("calibration"), PLAN, 2))
    model = fit_judge(way_up, fitting)
    found = calibrate(model, held)
    found["fitted"] = {films.SOURCES[source]: fitted(source, share) for source, share in ((0, 0.2), (1, 0.5))}
    found["fitted"][films.SOURCES[2]] = (60, 60)
    path = SKILL / "model.onnx"
    found["torch_onnx_difference"] = round(save(model, torch.from_numpy(held.rows[:64]), path), 7)
    found["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (SKILL / "calibration.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    write_manifest(found)
    print(json.dumps({key: value for key, value in found.items() if key != "measures"}, indent=1))


if __name__ == "__main__":
    main()
