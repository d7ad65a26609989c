"""Members and gates → model.onnx, with threshold, limit of the gate and right to measure from held-out patients.

    python export.py [--work work]

Reads work/member<k>.pt, work/gate<k>.pt and work/held_out<k>.json (held_out.py); writes ../model.onnx,
../calibration.json and ../skill.yaml (from skill.yaml.in). `brain_lgg` is not read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from string import Template
from typing import Any

import figures
import numpy as np
import slices
import torch
from whole import Whole, whole

SKILL = Path(__file__).resolve().parent.parent
THRESHOLD = "0.5"
LEAST_DICE = 0.7
"""Segments of a size are measured alone where held-out patients with such a segment reach this Dice on average."""
RIGHT_REFUSED, WRONG_TAKEN = 0.02, 0.01
"""The gate's limit lies halfway between ordinary and wrong held-out volumes, these shares of them left aside."""


def to_onnx(model: Whole, path: Path) -> None:
    """Write the network as ONNX, opset 17; the number of slices stays free."""
    torch.onnx.export(
        model,
        (torch.randn(4, 3, slices.SIDE, slices.SIDE),),
        str(path),
        input_names=["volume"],
        output_names=["logits", "distance"],
        dynamic_axes={"volume": {0: "slices"}, "logits": {0: "slices"}},
        opset_version=17,
        dynamo=False,  # the newer exporter needs one more package and gives the same graph
    )
    store_halves(path)


def store_halves(path: Path) -> None:
    """Keep large weights as float16 in the file, cast to float32 when it is loaded: half the size, same numbers."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(str(path))
    casts = []
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        if weight.data_type != TensorProto.FLOAT or values.size < 512:
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def difference(model: Whole, path: Path) -> dict[str, float]:
    """torch against ONNX Runtime over three training volumes: logits, mask, distance."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    logit, mask, distance = 0.0, 0, 0.0
    for volume in slices.patients(only=0)[:3]:
        tensor = volume.tensor()
        ours = session.run(["logits", "distance"], {"volume": tensor})
        with torch.no_grad():
            theirs = [part.numpy() for part in model(torch.from_numpy(tensor))]
        logit = max(logit, float(np.abs(ours[0] - theirs[0]).max()))
        mask += int(((ours[0] > 0) != (theirs[0] > 0)).sum())
        distance = max(distance, float(np.abs(ours[1] - theirs[1]).max()))
    return {"logit": round(logit, 6), "distance": round(distance, 6), "mask_voxels": mask}


def limit(right: list[float], wrong: list[float]) -> float:
    """The gate's limit: halfway between ordinary and wrong held-out volumes, a small share of each left aside."""
    highest = sorted(right)[len(right) - 1 - int(RIGHT_REFUSED * len(right))]
    lowest = sorted(wrong)[int(WRONG_TAKEN * len(wrong))]
    return round((highest + lowest) / 2, 3)


def measurable(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The sizes (found, nominal ml) from which on held-out Dice is at least LEAST_DICE, by tenths of the patients."""
    ordered = sorted(rows, key=lambda row: float(row["found_ml"]))
    tenth = len(ordered) // 10
    first = 0
    while first < len(ordered) - 20 and np.mean([row["dice"] for row in ordered[first : first + tenth]]) < LEAST_DICE:
        first += 1
    kept = ordered[first:]
    dice = figures.interval([row["dice"] for row in kept])
    return {
        "min_ml": float(np.ceil(kept[0]["found_ml"])),
        "max_ml": float(np.floor(kept[-1]["found_ml"])),
        "dice": dice["value"],
        "dice_ci95": [dice["low"], dice["high"]],
        "n": len(kept),
    }


def rows_at(rows: list[dict[str, Any]], threshold: str) -> list[dict[str, Any]]:
    """Held-out rows at one threshold, in the form that figures.summary takes."""
    return [
        row
        | {
            "dice": row["dice_at"][threshold],
            "found_voxels": row["found_at"][threshold],
            "found_ml": row["found_at"][threshold] * row["voxel_ml"],
            "true_ml": row["true_voxels"] * row["voxel_ml"],
        }
        for row in rows
    ]


def calibrate(work: Path) -> dict[str, Any]:
    """Everything that is set from held-out training patients."""
    parts = [json.loads((work / f"held_out{k}.json").read_text(encoding="utf-8")) for k in range(slices.MEMBERS)]
    found = {key: [one for part in parts for one in part[key]] for key in ("rows", "wrong")}
    rows = rows_at(found["rows"], THRESHOLD)
    ordinary = [row for row in rows if not row["missing"]]
    right = [row["distance"] for row in ordinary]
    wrong = [distance for one in found["wrong"] for distance in one.values()]
    most = limit(right, wrong)
    kinds: dict[str, list[float]] = {}
    for one in found["wrong"]:
        for name, far in one.items():
            kinds.setdefault(name, []).append(far)
    return {
        "patients": len(rows),
        "slices": sum(row["slices"] for row in rows),
        "missing": len(rows) - len(ordinary),
        "thresholds": {at: round(float(np.mean([row["dice_at"][at] for row in rows])), 4) for at in rows[0]["dice_at"]},
        "threshold": float(THRESHOLD),
        "held_out": figures.summary(rows),
        "held_out_accepted": figures.summary([row for row in ordinary if row["distance"] <= most]),
        "measurable": measurable([row for row in ordinary if row["distance"] <= most]),
        "distance": {
            "max": most,
            "false_reject": round(float(np.mean(np.array(right) > most)), 4),
            "n": len(right),
            "wrong_refused": round(float(np.mean(np.array(wrong) > most)), 4),
            "wrong_n": len(wrong),
            "missing_refused": sum(row["distance"] > most for row in rows if row["missing"]),
        },
        "refused": {
            name: {"n": len(far), "refused": round(float(np.mean(np.array(far) > most)), 4)}
            for name, far in kinds.items()
        },
    }


def manifest(found: dict[str, Any], sha256: str) -> str:
    """skill.yaml.in with every $name filled in."""
    names: dict[str, Any] = {"sha256": sha256, "threshold": found["threshold"]}
    trained = slices.patients()
    names |= {"trained_patients": len(trained), "trained_slices": sum(len(one.stored) for one in trained)}
    names |= {f"distance_{key}": value for key, value in found["distance"].items()}
    names |= {f"measurable_{key}": value for key, value in found["measurable"].items()}
    return Template((Path(__file__).parent / "skill.yaml.in").read_text(encoding="utf-8")).substitute(names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path(__file__).parent / "work")
    parser.add_argument("--dry-run", action="store_true", help="print what would be set, write nothing")
    args = parser.parse_args()
    torch.set_num_threads(1)
    found = calibrate(args.work)
    if args.dry_run:
        print(json.dumps(found, indent=1))
        return
    model, path = whole(args.work), SKILL / "model.onnx"
    to_onnx(model, path)
    found["torch_onnx_difference"] = difference(model, path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    text = json.dumps(found | {"sha256": sha256}, indent=1)
    (SKILL / "calibration.json").write_text(text + "\n", encoding="utf-8")
    (SKILL / "skill.yaml").write_text(manifest(found, sha256), encoding="utf-8")


if __name__ == "__main__":
    main()
