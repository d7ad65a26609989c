"""Fit the gates: gate k sees every ordinary training volume but those of fold k. Seeded.

    python fit_gate.py --member 0 [--steps 450] [--out work]

Each batch holds ordinary volumes, and volumes made wrong by wrong.py, all as another scanner might have given them.
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
from gate import Gate
from slices import Floats, Volume
from torch import Tensor
from torch.nn import functional

SIDE, SLICES, VOLUMES, PEAK_RATE, EMA = 128, 10, 12, 2e-3, 0.99
RIGHT_SHARE, ORDER_SHARE, STRIPPED_SHARE = 0.34, 0.3, 0.14


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


def acquire(volume: Floats, rng: np.random.Generator) -> Floats:
    """Ten slices of a part of the volume as another scanner might have given them: still an ordinary volume."""
    n = len(volume)
    first, last = rng.uniform(0, 0.2) * (n - 1), rng.uniform(0.8, 1) * (n - 1)
    chosen = volume[np.linspace(first, last, SLICES).round().astype(int)]
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


def kind(rng: np.random.Generator) -> str | None:
    """What a volume of the batch becomes; None: it stays right."""
    luck = rng.random()
    if luck < RIGHT_SHARE:
        return None
    if luck < RIGHT_SHARE + ORDER_SHARE:
        return str(rng.choice(list(wrong.ORDERS)))
    if luck < RIGHT_SHARE + ORDER_SHARE + STRIPPED_SHARE:
        return "skull-stripped"
    return str(rng.choice(list(wrong.OTHERS)))


def batch(volumes: list[Floats], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """(VOLUMES * SLICES, 3, 128, 128) and the class of each volume."""
    found, labels = [], []
    for _ in range(VOLUMES):
        one, other = rng.choice(len(volumes), 2, replace=False)
        made, name = acquire(volumes[one], rng), kind(rng)
        if name is not None:
            made = wrong.KINDS[name](made, acquire(volumes[other], rng), rng)
        found.append(normalise(made))
        labels.append(0 if name is None else wrong.label(name))
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
            logits = model(pixels.contiguous(memory_format=torch.channels_last), VOLUMES)
        loss = functional.cross_entropy(logits.float(), labels, label_smoothing=0.02)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        decay = min(EMA, (step + 1) / (step + 10))
        with torch.no_grad():
            for kept, fresh in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
                kept.lerp_(fresh, 1 - decay) if kept.dtype.is_floating_point else kept.copy_(fresh)
        losses.append(loss.item())
        if step % 50 == 49:
            spent = time.monotonic() - begun
            print(f"gate {member} step {step + 1}/{steps} loss {np.mean(losses):.4f} {spent:.0f} s", flush=True)
            losses = []
    torch.save(average.state_dict(), out / f"gate{member}.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--member", type=int, required=True, choices=range(slices.FOLDS))
    parser.add_argument("--steps", type=int, default=450)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "work")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    run(args.member, args.steps, args.out)


if __name__ == "__main__":
    main()
