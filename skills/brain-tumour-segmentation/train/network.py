"""The segmenting network: a small U-Net that reads each slice with its two neighbours.

Input (n, 3, 256, 256) float32: all slices of one volume in order, channels pre, FLAIR, post. The neighbours are made
inside the graph by shifting the batch axis, so the runtime sends each slice once.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (32, 48, 64, 96, 128)


def with_neighbours(volume: Tensor) -> Tensor:
    """(n, 3, h, w) → (n, 9, h, w): the slice below, the slice, the slice above; the ends repeat themselves."""
    below = torch.cat([volume[:1], volume[:-1]])
    above = torch.cat([volume[1:], volume[-1:]])
    return torch.cat([below, volume, above], dim=1)


class Double(nn.Module):
    """Two 3x3 convolutions, each with batch norm and ReLU."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inside, outside, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(inplace=True),
            nn.Conv2d(outside, outside, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.body(x)
        return y


class Join(nn.Module):
    """Coarse features enlarged and added to the fine ones, then one convolution."""

    def __init__(self, coarse: int, fine: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(coarse, fine, 1, bias=False)
        self.body = nn.Sequential(
            nn.Conv2d(2 * fine, fine, 3, 1, 1, bias=False), nn.BatchNorm2d(fine), nn.ReLU(inplace=True)
        )

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        up = functional.interpolate(self.narrow(coarse), scale_factor=2.0, mode="nearest")
        joined: Tensor = self.body(torch.cat([up, fine], dim=1))
        return joined


class Member(nn.Module):
    """One U-Net: planes (n, 9, 256, 256) → logits (n, 1, 256, 256). It works on quarters: 2 x 2 pixels are channels."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        inside = (36, *widths[:-1])
        self.down = nn.ModuleList([Double(a, b) for a, b in zip(inside, widths, strict=True)])
        pairs = zip(widths[:0:-1], widths[-2::-1], strict=True)
        self.up = nn.ModuleList([Join(coarse, fine) for coarse, fine in pairs])
        self.drop = nn.Dropout2d(0.1)
        self.head = nn.Conv2d(widths[0], 4, 1)

    def forward(self, planes: Tensor) -> Tensor:
        x = functional.pixel_unshuffle(planes, 2)
        kept = []
        for place, down in enumerate(self.down):
            x = down(functional.max_pool2d(x, 2) if place else x)
            kept.append(x)
        x = self.drop(x)
        for join, fine in zip(self.up, kept[-2::-1], strict=True):
            x = join(x, fine)
        logits: Tensor = functional.pixel_shuffle(self.head(x), 2)
        return logits
