"""Measure a member and its gate on the fold they never saw; everything that is set from figures is set from these.

    python held_out.py --member 0 [--work work]

Reads the training patients only; writes work/held_out<k>.json: one row a patient (Dice, voxels, distance), and the
distances of the volumes that wrong.py makes of them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import cv2
import figures
import numpy as np
import slices
import torch
import whole
import wrong
from gate import Distance
from slices import Floats, Volume

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)


def row(volume: Volume, chance: Floats, distance: float) -> dict[str, Any]:
    """A patient's figures: Dice and voxels at every threshold tried, mean probability inside, size, distance."""
    inside = chance >= 0.5
    ml = figures.nominal_voxel_ml(volume.stored)
    return {
        "patient": volume.patient,
        "slices": len(volume.stored),
        "missing": volume.missing,
        "dice_at": {str(at): figures.dice(chance >= at, volume.mask) for at in THRESHOLDS},
        "found_at": {str(at): int((chance >= at).sum()) for at in THRESHOLDS},
        "true_voxels": int(volume.mask.sum()),
        "voxel_ml": ml,
        "score": float(chance[inside].mean()) if inside.any() else 0.0,
        "distance": distance,
    }


def of_wrong(distance: Distance, volume: Volume, other: Volume, seed: int) -> dict[str, float]:
    """The distances of wrong volumes made of this one: all orders, skull-stripped, and every third of the other kinds.

    Many thin slices are thinned out to about two dozen, for time.
    """
    found = {}
    one, two = (each.stored[:: max(1, len(each.stored) // 24)].astype(np.float32) for each in (volume, other))
    always = [*wrong.ORDERS, wrong.STRIPPED]
    for place, (name, maker) in enumerate(wrong.KINDS.items()):
        if name not in always and (place + seed) % 3:
            continue
        made = maker(one, two, np.random.default_rng([seed, place]))
        stored = np.clip(np.rint(made), 0, 255).astype(np.uint8)
        with torch.no_grad():
            found[name] = float(distance(torch.from_numpy(slices.prepare(stored))))
    return found


def fold(work: Path, k: int) -> tuple[list[dict[str, Any]], list[dict[str, float]]]:
    """The rows of one fold's patients, and their wrong volumes'."""
    model, distance = whole.member(work, k), Distance([whole.gate(work, k)]).eval()
    rows, spoilt = [], []
    volumes = slices.patients(only=k)
    for place, volume in enumerate(volumes):
        tensor = volume.tensor()
        with torch.no_grad():
            far = float(distance(torch.from_numpy(tensor)))
        rows.append(row(volume, whole.segment(model, tensor), far))
        if not volume.missing:
            spoilt.append(of_wrong(distance, volume, volumes[(place + 5) % len(volumes)], 100 * k + place))
        print(k, volume.patient, f"dice {rows[-1]['dice_at']['0.5']:.3f} distance {far:.2f}", flush=True)
    return rows, spoilt


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--member", type=int, required=True, choices=range(slices.MEMBERS))
    parser.add_argument("--work", type=Path, default=Path(__file__).parent / "work")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    rows, spoilt = fold(args.work, args.member)
    text = json.dumps({"rows": rows, "wrong": spoilt}, indent=1)
    (args.work / f"held_out{args.member}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
