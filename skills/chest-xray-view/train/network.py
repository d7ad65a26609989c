"""A small residual CNN that knows where in the picture it looks: film (n, 1, 128, 128) in 0..1 -> logit (n,)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

SIDE = 128


class Residual(nn.Module):
    """Two 3x3 convolutions with a shortcut; halves the side when stride is 2."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outside)
        self.second = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outside)
        self.short = nn.Conv2d(inside, outside, 1, bias=False) if inside != outside else nn.Identity()
        self.pool = nn.AvgPool2d(2) if stride == 2 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm2(self.second(functional.relu(self.norm1(self.first(x)))))
        return functional.relu(y + self.short(self.pool(x)))


class View(nn.Module):
    """Film standardised as a whole, with its coordinates as two more channels; the head sees the layout (4 x 4)."""

    place: Tensor

    def __init__(self) -> None:
        super().__init__()
        line = torch.linspace(-1, 1, SIDE)
        grid = torch.stack([line[:, None].expand(SIDE, SIDE), line[None, :].expand(SIDE, SIDE)])
        self.register_buffer("place", grid[None].contiguous(), persistent=False)
        self.body = nn.Sequential(
            nn.Conv2d(3, 16, 5, 2, 2, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            Residual(16, 24, 2),
            Residual(24, 48, 2),
            Residual(48, 64, 2),
            Residual(64, 64, 1),
        )
        self.head = nn.Sequential(
            nn.AvgPool2d(2), nn.Flatten(), nn.Dropout(0.3), nn.Linear(64 * 16, 64), nn.ReLU(), nn.Linear(64, 1)
        )

    def forward(self, film: Tensor) -> Tensor:
        centred = film - film.mean(dim=(2, 3), keepdim=True)
        whole = centred / (centred.square().mean(dim=(2, 3), keepdim=True).sqrt() + 1e-3)
        place = self.place.expand(film.shape[0], -1, -1, -1)
        logit: Tensor = self.head(self.body(torch.cat([whole, place], dim=1)))
        return logit[:, 0]
