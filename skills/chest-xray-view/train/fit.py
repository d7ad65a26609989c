"""Fit the network: half right films, re-acquired, half wrong pictures, all drawn anew for each step.

    python fit.py [--steps 1400]

Seeded, one thread; writes work/view.pt (running average of the weights) and fit.csv (step, loss, seconds).
"""

from __future__ import annotations

import argparse
import copy
import csv
import math
import time
from pathlib import Path

import cv2
import numpy as np
import sources
import torch
import wrong
from augment import Floats, Pixels, acquire
from network import View
from torch.nn import functional

HERE = Path(__file__).resolve().parent
BATCH, RATE, EMA, SMOOTHING = 64, 2e-3, 0.995, 0.02
SEEDS = range(10_000, 10_100)
"""Of the synthetic films fitted on; tests, demo and golden cases use others."""


def right() -> tuple[list[Pixels], list[float]]:
    """Films that must pass, by origin, and how often each origin is drawn."""
    children = sources.load([file for file, _ in sources.children("fit")])
    adults = sources.load([file for file, _ in sources.adults("fit")])
    return [children, adults, sources.synthetic(SEEDS)], [0.7, 0.22, 0.08]


def pools(films: list[Pixels]) -> wrong.Pools:
    """What wrong pictures are made from: the films of the fitting part, slices of a head, photographs."""
    return wrong.Pools(
        films=np.concatenate(films),
        heads=sources.head_slices(),
        photos=sources.photographs(),
        laterals=sources.laterals(range(10_000, 10_060)),
    )


def batch(
    films: list[Pixels], often: list[float], wrong_: wrong.Pools, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Pictures (64, 1, 128, 128), and what they are (64,): 1 an upright frontal chest film."""
    origins = rng.choice(len(films), BATCH // 2, p=often)
    yes = [acquire(films[k][int(rng.integers(len(films[k])))], rng) for k in origins]
    no = [wrong.draw(wrong_, rng) for _ in range(BATCH // 2)]
    truth = np.repeat(np.array([1, 0], np.float32), BATCH // 2)
    return np.stack(yes + no)[:, None], truth


def run(steps: int) -> None:
    """Fit, log, save."""
    films, often = right()
    wrong_, rng = pools(films), np.random.default_rng(0)
    torch.manual_seed(0)
    model = View()
    average = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=1e-2)
    begun, seen = time.monotonic(), 0.0
    log = (HERE / "fit.csv").open("w", encoding="utf-8", newline="")
    for step in range(steps):
        warm, done = min(1.0, (step + 1) / 60), step / steps
        optimiser.param_groups[0]["lr"] = RATE * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
        pictures, truth = batch(films, often, wrong_, rng)
        target = torch.from_numpy(truth * (1 - SMOOTHING) + SMOOTHING / 2)
        loss = functional.binary_cross_entropy_with_logits(model(torch.from_numpy(pictures)), target)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        follow(average, model, min(EMA, (step + 1) / (step + 10)))
        seen += loss.item()
        if (step + 1) % 50 == 0:
            csv.writer(log).writerow([step + 1, f"{seen / 50:.4f}", f"{time.monotonic() - begun:.0f}"])
            log.flush()
            print(step + 1, f"{seen / 50:.4f}", f"{time.monotonic() - begun:.0f} s", flush=True)
            seen = 0.0
    (HERE / "work").mkdir(exist_ok=True)
    torch.save(average.state_dict(), HERE / "work" / "view.pt")


def follow(average: View, model: View, decay: float) -> None:
    """Move the running average towards the model."""
    with torch.no_grad():
        for kept, fresh in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
            if kept.dtype.is_floating_point:
                kept.lerp_(fresh, 1 - decay)
            else:
                kept.copy_(fresh)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1400)
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    run(args.steps)


if __name__ == "__main__":
    main()
