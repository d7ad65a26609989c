"""Fit the members: member k sees every training patient but those of fold k. Seeded, resumable.

    python fit.py --member 0 [--threads 1] [--out work]

One thread a member; the two members side by side (two shells). bfloat16 where the processor has it: three times as
fast here. Two stages: half of the slices with tumour and much distortion; then slices nearly as they come and half of
the distortion, because what the first stage gets wrong is bright healthy tissue on slices without tumour. Writes
work/member<k>.pt (EMA weights) and a line of work/fit<k>.csv every hundred steps; run again after an interruption it
goes on at the last checkpoint. `brain_lgg` is not read here.
"""

from __future__ import annotations

import argparse
import copy
import csv
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import slices
import torch
from augment import Sampler
from network import Member
from torch import Tensor
from torch.nn import functional

BATCH, EMA, EVERY = 16, 0.995, 100


@dataclass(frozen=True)
class Stage:
    """steps, highest learning rate, share of slices that surely hold tumour, strength of the distortions."""

    name: str
    seed: int
    steps: int
    rate: float
    share: float
    strength: float


STAGES = (Stage("first", 0, 1100, 2.5e-3, 0.5, 1.0), Stage("member", 1, 700, 1.5e-3, 0.25, 0.5))


def loss_of(logits: Tensor, truth: Tensor) -> Tensor:
    """Cross-entropy, and Dice over the batch as well as of each slice that holds tumour (small ones count too)."""
    entropy = functional.binary_cross_entropy_with_logits(logits, truth)
    chance = logits.sigmoid()
    both = (chance * truth).sum(dim=(1, 2, 3))
    either = chance.sum(dim=(1, 2, 3)) + truth.sum(dim=(1, 2, 3))
    whole = 1 - (2 * both.sum() + 1) / (either.sum() + 1)
    sick = truth.amax(dim=(1, 2, 3))
    each = (sick * (1 - (2 * both + 20) / (either + 20))).sum() / sick.sum().clamp(min=1)
    return entropy + 0.5 * whole + 0.5 * each


def rate(stage: Stage, step: int) -> float:
    """Linear warm-up over 5 %, then a cosine to zero."""
    warm = max(1, stage.steps // 20)
    if step < warm:
        return stage.rate * (step + 1) / warm
    return float(stage.rate * 0.5 * (1 + np.cos(np.pi * (step - warm) / max(1, stage.steps - warm))))


class Fit:
    """One stage of one member's fit: everything that a step changes, so that a checkpoint is complete."""

    def __init__(self, member: int, stage: Stage, start: Path | None) -> None:
        torch.manual_seed(1000 + member)
        self.member, self.stage, self.done = member, stage, 0
        self.model = Member()
        if start is not None:
            self.model.load_state_dict(torch.load(start, weights_only=True))
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # half the time on a CPU
        self.average = copy.deepcopy(self.model).eval()
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=stage.rate, weight_decay=0.02)

    def save(self, path: Path) -> None:
        parts: dict[str, Any] = {"model": self.model, "average": self.average, "optimiser": self.optimiser}
        state = {name: part.state_dict() for name, part in parts.items()}
        torch.save(state | {"done": self.done}, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def restore(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.done = state["done"]

    def step(self, sampler: Sampler) -> float:
        """One batch; its generator depends on (member, stage, step) only, so a resumed fit sees the same slices."""
        torch.manual_seed(self.member * 100_000 + self.stage.seed * 10_000 + self.done)  # dropout
        seed = [self.member, self.done] if self.stage.seed == 0 else [self.member, self.done, self.stage.seed]
        planes, masks = sampler.batch(BATCH, np.random.default_rng(seed))
        for group in self.optimiser.param_groups:
            group["lr"] = rate(self.stage, self.done)
        self.model.train()
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.model(torch.from_numpy(planes).contiguous(memory_format=torch.channels_last))
        loss = loss_of(logits.float(), torch.from_numpy(masks).float())
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.optimiser.step()
        self.follow()
        self.done += 1
        return loss.item()

    def follow(self) -> None:
        """The slow average of the weights, which is what is kept in the end."""
        decay = min(EMA, (self.done + 1) / (self.done + 10))
        with torch.no_grad():
            pairs = zip(self.average.state_dict().values(), self.model.state_dict().values(), strict=True)
            for kept, fresh in pairs:
                if kept.dtype.is_floating_point:
                    kept.lerp_(fresh, 1 - decay)
                else:
                    kept.copy_(fresh)


def run(member: int, stage: Stage, out: Path, start: Path | None) -> Path:
    """One stage of one member, with a checkpoint and a line of the log every hundred steps; where its weights are."""
    weights, checkpoint = out / f"{stage.name}{member}.pt", out / f"{stage.name}{member}.ckpt"
    if weights.is_file():
        return weights
    sampler = Sampler(slices.patients(out=member), stage.share, stage.strength)
    fit = Fit(member, stage, start)
    if checkpoint.is_file():
        fit.restore(checkpoint)
    begun, first, losses = time.monotonic(), fit.done, []
    while fit.done < stage.steps:
        losses.append(fit.step(sampler))
        if fit.done % EVERY and fit.done < stage.steps:
            continue
        fit.save(checkpoint)
        spent = time.monotonic() - begun
        with (out / f"fit{member}.csv").open("a", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerow(
                [member, stage.name, fit.done, f"{np.mean(losses):.4f}", f"{spent:.0f}"]
            )
        left = spent / (fit.done - first) * (stage.steps - fit.done) / 60
        print(f"{weights.stem} step {fit.done} loss {np.mean(losses):.4f}, {left:.1f} min left", flush=True)
        losses = []
    torch.save(fit.average.state_dict(), weights)
    return weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--member", type=int, required=True, choices=range(slices.MEMBERS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "work")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    start: Path | None = None
    for stage in STAGES:
        start = run(args.member, stage, args.out, start)


if __name__ == "__main__":
    main()
