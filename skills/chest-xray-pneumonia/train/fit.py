"""Fit the members on the fitting patients: seeded, resumable, progress with the time left.

    python fit.py [--epochs 14] [--members 0 1] [--threads 1] [--out work]

One thread a member; two members side by side (two shells, --members 0 and --members 1) use two cores far better than
one member on two threads, above all when something else runs.

Writes work/member<k>.pt (EMA weights) and work/fit<k>.csv. Run again after an interruption: it continues at the last
finished epoch. No film of the calibration patients, and none of `eval`, is read here.
"""

from __future__ import annotations

import argparse
import copy
import csv
import time
from pathlib import Path

import cv2
import films
import numpy as np
import torch
from augment import acquire
from films import FilmSet
from network import Member, logit
from torch import Tensor
from torch.nn import functional

BATCH, PEAK_RATE, SMOOTHING, EMA = 48, 4e-3, 0.04, 0.99


def batches(data: FilmSet, rng: np.random.Generator) -> list[np.ndarray]:
    """Shuffled index batches in which both classes are equally likely: the loss must not learn the prevalence."""
    sick, well = np.flatnonzero(data.labels == 1), np.flatnonzero(data.labels == 0)
    half = len(data.labels) // 2
    order = np.concatenate(
        [
            rng.permutation(sick)[:half],
            np.concatenate([rng.permutation(well) for _ in range(1 + half // len(well))])[:half],
        ]
    )
    order = rng.permutation(order)
    return [order[at : at + BATCH] for at in range(0, len(order) - BATCH + 1, BATCH)]


def mixed(pixels: Tensor, labels: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Mixup with a small alpha: half-shadows between films keep the scores from saturating."""
    share = float(rng.beta(0.2, 0.2))
    other = torch.from_numpy(rng.permutation(len(labels)))
    return share * pixels + (1 - share) * pixels[other], share * labels + (1 - share) * labels[other]


def rate(step: int, total: int) -> float:
    """Linear warm-up over 8 %, then a cosine to zero."""
    warm = max(1, int(0.08 * total))
    if step < warm:
        return PEAK_RATE * (step + 1) / warm
    return float(PEAK_RATE * 0.5 * (1 + np.cos(np.pi * (step - warm) / max(1, total - warm))))


class Fit:
    """One member's fit: everything an epoch changes, so that a checkpoint is complete."""

    def __init__(self, member: int, epochs: int, steps: int) -> None:
        torch.manual_seed(1000 + member)
        self.member, self.epochs, self.steps = member, epochs, steps
        self.model = Member()
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # half the time on a CPU
        self.average = copy.deepcopy(self.model).eval()
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=PEAK_RATE, weight_decay=0.03)
        self.done = 0

    def state(self) -> dict[str, object]:
        return {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "done": self.done,
        }

    def restore(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.done = state["done"]

    def step(self, pixels: Tensor, labels: Tensor, number: int) -> float:
        for group in self.optimiser.param_groups:
            group["lr"] = rate(number, self.epochs * self.steps)
        target = labels * (1 - SMOOTHING) + SMOOTHING / 2
        loss = functional.binary_cross_entropy_with_logits(logit(self.model(pixels)), target)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        decay = min(EMA, (number + 1) / (number + 10))
        with torch.no_grad():
            pairs = zip(self.average.state_dict().values(), self.model.state_dict().values(), strict=True)
            for kept, fresh in pairs:
                if kept.dtype.is_floating_point:
                    kept.lerp_(fresh, 1 - decay)
                else:
                    kept.copy_(fresh)
        return loss.item()

    def epoch(self, data: FilmSet) -> float:
        """One pass; the generator depends on (member, epoch) only, so a resumed run sees the same films."""
        rng = np.random.default_rng([self.member, self.done])
        torch.manual_seed(self.member * 10_000 + self.done)  # dropout
        self.model.train()
        losses = []
        for number, chosen in enumerate(batches(data, rng)):
            films_ = np.stack([acquire(data.pixels[i], rng, 1.0, mirror=0.3) for i in chosen])[:, None]
            pixels, labels = torch.from_numpy(films_), torch.from_numpy(data.labels[chosen])
            losses.append(self.step(*mixed(pixels, labels, rng), self.done * self.steps + number))
        self.done += 1
        return float(np.mean(losses))


def run(members: list[int], epochs: int, out: Path) -> None:
    """Fit all members one after the other and log every epoch."""
    data = films.fitting()
    steps = len(batches(data, np.random.default_rng(0)))
    print(f"{len(data.labels)} films of {len(set(data.patients))} patients, {steps} steps an epoch", flush=True)
    begun, finished_here = time.monotonic(), 0
    for place, member in enumerate(members):
        fit = Fit(member, epochs, steps)
        checkpoint = out / f"member{member}.ckpt"
        if checkpoint.is_file():
            fit.restore(checkpoint)
        while fit.done < epochs:
            loss = fit.epoch(data)
            torch.save(fit.state(), checkpoint)
            finished_here += 1
            spent = time.monotonic() - begun
            left = (len(members) - place) * epochs - fit.done
            with (out / f"fit{member}.csv").open("a", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerow([member, fit.done, f"{loss:.4f}", f"{spent:.0f}"])
            eta = spent / finished_here * left / 60
            print(
                f"member {member} epoch {fit.done}/{epochs} loss {loss:.4f} {spent:.0f} s, eta {eta:.1f} min",
                flush=True,
            )
        torch.save(fit.average.state_dict(), out / f"member{member}.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--members", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "work")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    run(args.members, args.epochs, args.out)


if __name__ == "__main__":
    main()
