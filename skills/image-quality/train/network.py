"""The two small networks of the skill: which way up, and how unlike an ordinary film by its measures."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from robot_library.imaging.quality import MEASURES

N = len(MEASURES)
SIDE = 32
LOGARITHM = ("noise.sigma", "contrast.to_noise", "sharpness.blur", "sharpness.detail")
ROOT = ("clipping.black", "clipping.white", "collimation.outside", "text.characters", "lines.dead", "collimation.angle")


class WayUp(nn.Module):
    """Thumbnail (n, 1024) → logits of eight ways: quarter turns 0 to 3, then the same mirrored. 0 is upright."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(SIDE * SIDE, 48), nn.ReLU(), nn.Dropout(0.3), nn.Linear(48, 8))

    def forward(self, thumbnail: Tensor) -> Tensor:
        return self.layers(thumbnail)


class Judge(nn.Module):
    """(n, measures + 1024) → logit of degraded (n,), and the measured values (n, measures + 1)."""

    def __init__(self, way_up: WayUp, mean: Tensor, spread: Tensor) -> None:
        super().__init__()
        self.way_up = way_up
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        self.layers = nn.Sequential(nn.Linear(N + 1, 24), nn.ReLU(), nn.Dropout(0.1), nn.Linear(24, 1))

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        values, odds = self.measured(rows)
        features = torch.cat((squeezed(values), odds), dim=1)
        features = ((features - self.mean) / self.spread).clamp(-8, 8)
        measured = torch.cat((values, torch.sigmoid(odds)), dim=1)
        return self.layers(features)[:, 0], measured

    def measured(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The measures as given, and the log odds (n, 1) that the film is not upright."""
        ways = self.way_up(rows[:, N:])
        odds = torch.logsumexp(ways[:, 1:], dim=1, keepdim=True) - ways[:, :1]
        return rows[:, :N], odds.clamp(-12, 12)


def squeezed(values: Tensor) -> Tensor:
    """Measures on scales on which ordinary films are spread evenly."""
    columns = []
    for place, name in enumerate(MEASURES):
        column = values[:, place : place + 1]
        if name in LOGARITHM:
            column = torch.log(column.clamp(min=1e-4))
        elif name in ROOT:
            column = torch.sqrt(column.clamp(min=0))
        columns.append(column)
    return torch.cat(columns, dim=1)
