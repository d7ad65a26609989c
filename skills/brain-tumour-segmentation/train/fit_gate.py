"""Fit the gates: gate k sees every ordinary training volume but those of fold k. Seeded.

    python fit_gate.py --member 0 [--steps 400] [--out work]

Each batch holds ordinary volumes as another scanner might have given them, and what wrong.py makes of the same ones.
Patients whose data lack a sequence (another stands in its place) are left out: they are to be refused. Writes
work/gate<k>.pt.
"""

from __future__ import annotations

import argparse
import copy
import time
from pathlib import Path

import cv2
import numpy as np
import slices
import torch
import wrong
from augment import field
from gate import CLASSES, Gate
from slices import Floats, Volume
from torch import Tensor
from torch.nn import functional

SIDE, SLICES, VOLUMES, PEAK_RATE, EMA = 128, 8, 5, 2e-3, 0.99
WEIGHTS = torch.tensor([2.0] + [1.0] * (CLASSES - 1))
CUTS = ("coronal cut", "sagittal cut")
COPIED = "a sequence missing, another in its place"
"""Not learnt: the rule in gate.py sees it."""


def shrink(volume: Volume) -> Floats:
    """Stored grey values at half the side: (n, 128, 128, 3) float32."""
    small = [cv2.resize(plane, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for plane in volume.stored]
    return np.stack(small).astype(np.float32)


def normalise(volume: Floats) -> Floats:
    """(n, h, w, 3) → (n, 3, h, w) as slices.prepare does it, for grey values that are no whole numbers."""
    low, high = np.percentile(volume, (1, 99), axis=(0, 1, 2))
    clipped = np.clip(volume, low, high)
    deviation = np.maximum(clipped.std(axis=(0, 1, 2)), 1e-6)
    normalised: Floats = ((clipped - clipped.mean(axis=(0, 1, 2))) / deviation).transpose(0, 3, 1, 2)
    return normalised.astype(np.float32)


def some(volume: Floats, rng: np.random.Generator) -> Floats:
    """SLICES slices spread over most of a volume."""
    n = len(volume)
    first, last = rng.uniform(0, 0.2) * (n - 1), rng.uniform(0.8, 1) * (n - 1)
    chosen: Floats = volume[np.linspace(first, last, SLICES).round().astype(int)]
    return chosen


def acquire(chosen: Floats, rng: np.random.Generator) -> Floats:
    """Slices as another scanner might have given them: still an ordinary volume."""
    angle, zoom, side = rng.uniform(-12, 12), np.exp(rng.uniform(-0.15, 0.15)), 1 if rng.random() < 0.5 else -1
    matrix = np.asarray(cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), angle, zoom), np.float64)
    matrix[:, 2] += rng.uniform(-6, 6, 2)
    moved = np.stack([cv2.warpAffine(np.ascontiguousarray(plane[:, ::side]), matrix, (SIDE, SIDE)) for plane in chosen])
    gamma, blur = np.exp(rng.uniform(-0.3, 0.3, 3)), rng.uniform(0.4, 0.9)
    top = np.maximum(moved.max(axis=(0, 1, 2)), 1)
    moved = (moved / top) ** gamma * top
    shade = cv2.resize(field(rng), (SIDE, SIDE))
    moved = moved * shade[None, ..., None]
    if rng.random() < 0.3:
        moved = np.stack([cv2.GaussianBlur(plane, (0, 0), blur) for plane in moved])
    if rng.random() < 0.4:
        moved = moved + rng.standard_normal(moved.shape, np.float32) * rng.uniform(0.5, 4)
    return np.clip(moved, 0, None).astype(np.float32)


def spoil(name: str, right: Floats, volume: Floats, other: Floats, rng: np.random.Generator) -> Floats:
    """One volume made wrong; cuts in other planes need all slices of the volume."""
    if name in CUTS:
        return some(wrong.KINDS[name](volume, other, rng), rng)
    return wrong.KINDS[name](right, some(other, rng), rng)


def batch(volumes: list[Floats], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Of each of VOLUMES volumes: itself, two other orders, turned or skull-stripped, and wrong in some other way.

    (5 * VOLUMES * SLICES, 3, 128, 128) and the class of each.
    """
    found, labels = [], []
    for _ in range(VOLUMES):
        one, other = rng.choice(len(volumes), 2, replace=False)
        right = acquire(some(volumes[one], rng), rng)
        normal = normalise(right)
        orders = [str(name) for name in rng.choice(list(wrong.ORDERS), 2, replace=False)]
        shape = wrong.STRIPPED if rng.random() < 0.5 else str(rng.choice(list(wrong.TURNED)))
        rest = str(rng.choice([name for name in wrong.OTHERS if name != COPIED]))
        made = [normalise(spoil(name, right, volumes[one], volumes[other], rng)) for name in (shape, rest)]
        found += [normal, *(normal[:, list(wrong.ORDERS[name])] for name in orders), *made]
        labels += [0, *(wrong.label(name) for name in (*orders, shape, rest))]
    return torch.from_numpy(np.concatenate(found)), torch.tensor(labels)


def run(member: int, steps: int, out: Path) -> None:
    """Fit one gate and keep its EMA weights."""
    torch.manual_seed(2000 + member)
    volumes = [shrink(volume) for volume in slices.patients(out=member) if not volume.missing]
    model = Gate()
    average = copy.deepcopy(model).eval()
    optimiser = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=0.03)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, PEAK_RATE, total_steps=steps, pct_start=0.1)
    begun, losses = time.monotonic(), []
    for step in range(steps):
        pixels, labels = batch(volumes, np.random.default_rng([50 + member, step]))
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(pixels.contiguous(memory_format=torch.channels_last), len(labels))
        loss = functional.cross_entropy(logits.float(), labels, WEIGHTS, label_smoothing=0.01)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        decay = min(EMA, (step + 1) / (step + 10))
        with torch.no_grad():
            for kept, fresh in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
                kept.lerp_(fresh, 1 - decay) if kept.dtype.is_floating_point else kept.copy_(fresh)
        losses.append(loss.item())
        if step % 25 == 24:
            spent = time.monotonic() - begun
            print(f"gate {member} step {step + 1}/{steps} loss {np.mean(losses):.4f} {spent:.0f} s", flush=True)
            losses = []
    torch.save(average.state_dict(), out / f"gate{member}.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--member", type=int, required=True, choices=range(slices.MEMBERS))
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "work")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    run(args.member, args.steps, args.out)


if __name__ == "__main__":
    main()
