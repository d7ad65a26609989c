"""The gate's network: how unlike an ordinary volume of this skill is what was sent.

One number a volume, made inside the graph from all slices. Two parts: a small CNN that learnt to tell ordinary volumes
from the wrong ones of wrong.py (above 0: more likely wrong than right), and a rule: two sequences that are hardly
different are one sequence sent twice.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

CLASSES = 9
COPY_BELOW = 0.085
"""Mean difference of two sequences, in deviations: up to 0.064 in copies, from 0.110 in ordinary training volumes."""
COPY_COUNTS = 100.0
WIDTHS = (24, 48, 64, 96)
PLACES, PLACE_WIDTH = 64, 12


def _layer(inside: int, outside: int, size: int = 3, stride: int = 1) -> list[nn.Module]:
    convolution = nn.Conv2d(inside, outside, size, stride, size // 2, bias=False)
    return [convolution, nn.BatchNorm2d(outside), nn.ReLU(inplace=True)]


class Gate(nn.Module):
    """(volumes * n, 3, 128, 128), n slices of each volume → logits (volumes, 9); 0 is right.

    What is seen is pooled over the slices twice: with its place in the slice (which way up, which plane) and without.
    """

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.body = nn.Sequential(
            *_layer(3, a, 5, 2),
            nn.MaxPool2d(2),
            *_layer(a, b),
            nn.MaxPool2d(2),
            *_layer(b, c),
            *_layer(c, c),
            nn.MaxPool2d(2),
            *_layer(c, d),
        )
        self.place = nn.Conv2d(d, PLACE_WIDTH, 1)
        self.weigh = nn.Linear(d, 1)
        self.head = nn.Sequential(
            nn.Dropout(0.2), nn.Linear(PLACES * PLACE_WIDTH + 2 * d, 96), nn.ReLU(), nn.Linear(96, CLASSES)
        )

    def forward(self, small: Tensor, volumes: int = 1) -> Tensor:
        seen = self.body(small)
        places = self.place(seen).flatten(1).reshape(volumes, -1, PLACES * PLACE_WIDTH).mean(dim=1)
        features = seen.mean(dim=(2, 3)).reshape(volumes, -1, WIDTHS[-1])
        share = self.weigh(features).softmax(dim=1)
        pooled = torch.cat([places, features.mean(dim=1), (share * features).sum(dim=1)], dim=1)
        logits: Tensor = self.head(pooled)
        return logits


def margin(logits: Tensor) -> Tensor:
    """(volumes, 9) → (volumes,): log of the odds against "right"."""
    return torch.logsumexp(logits[:, 1:], dim=1) - logits[:, 0]


def nearest(volume: Tensor) -> Tensor:
    """(n, 3, h, w) → (): the smallest mean difference between two of the three sequences, over the whole volume."""
    pre, flair, post = volume[:, 0], volume[:, 1], volume[:, 2]
    pairs = ((pre, flair), (pre, post), (flair, post))
    return torch.stack([(a - b).abs().mean() for a, b in pairs]).amin()


class Distance(nn.Module):
    """(n, 3, 256, 256) → (1,): the mean margin of some gates, and far more for one sequence sent twice."""

    def __init__(self, gates: list[Gate], copy_below: float = COPY_BELOW) -> None:
        super().__init__()
        self.gates = nn.ModuleList(gates)
        self.copy_below = copy_below

    def forward(self, volume: Tensor) -> Tensor:
        small = functional.avg_pool2d(volume, 2)
        learnt = torch.stack([margin(gate(small)) for gate in self.gates]).mean(dim=0)
        copied = functional.relu(1 - nearest(volume) / self.copy_below)
        return (learnt + COPY_COUNTS * torch.sqrt(copied)).reshape(1)
