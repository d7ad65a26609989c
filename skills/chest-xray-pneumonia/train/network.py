"""The network: two small residual CNNs whose class-activation maps are averaged, and their normalisation inside.

Input (n, 1, 224, 224) float32 in 0..1. The score is the mean of the map plus a bias, so the map *is* the explanation:
what it adds up to is exactly the logit.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


def neighbourhood(film: Tensor) -> Tensor:
    """Mean over about 52 x 52 pixels, the rim over what there is; computed on quarters, since it is smooth anyway."""
    rows = functional.avg_pool2d(functional.avg_pool2d(film, 4), (1, 13), 1, (0, 6), count_include_pad=False)
    small = functional.avg_pool2d(rows, (13, 1), 1, (6, 0), count_include_pad=False)
    return functional.interpolate(small, scale_factor=4.0, mode="bilinear", align_corners=False)


class Normalise(nn.Module):
    """(n, 1, h, w) -> (n, 2, h, w): the film standardised as a whole, and standardised against its neighbourhood.

    The second channel forgets exposure and contrast, which differ between the classes for reasons of acquisition.
    """

    def forward(self, film: Tensor) -> Tensor:
        centred = film - film.mean(dim=(2, 3), keepdim=True)
        whole = centred / (centred.square().mean(dim=(2, 3), keepdim=True).sqrt() + 1e-3)
        apart = film - neighbourhood(film)
        spread = neighbourhood(apart.square()).clamp(min=0).sqrt()
        return torch.cat([whole, (apart / (spread + 0.03)).clamp(-4, 4)], dim=1)


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


class Member(nn.Module):
    """One CNN: normalised film -> logit map (n, 1, 14, 14)."""

    def __init__(self, widths: tuple[int, int, int, int] = (16, 32, 64, 128)) -> None:
        super().__init__()
        a, b, c, d = widths
        self.normalise = Normalise()
        self.body = nn.Sequential(
            nn.Conv2d(2, a, 5, 2, 2, bias=False),
            nn.BatchNorm2d(a),
            nn.ReLU(),
            Residual(a, b, 2),
            Residual(b, c, 2),
            Residual(c, d, 2),
            Residual(d, d, 1),
        )
        self.drop = nn.Dropout2d(0.2)
        self.head = nn.Conv2d(d, 1, 1)

    def forward(self, film: Tensor) -> Tensor:
        evidence: Tensor = self.head(self.drop(self.body(self.normalise(film))))
        return evidence


def logit(evidence: Tensor) -> Tensor:
    """(n, 1, 14, 14) -> (n,): the mean of the map."""
    return evidence.mean(dim=(1, 2, 3))


class Distance(nn.Module):
    """How unlike the training films a film is: (n, 1, 224, 224) -> (n,).

    Mahalanobis distance of a 16 x 16 thumbnail, standardised as a whole; about 1 for a film of the training. A film
    that would fit better upside down or rotated by 180 degrees is pushed away by twice the difference.
    """

    mean: Tensor
    whiten: Tensor

    def __init__(self, mean: Tensor, whiten: Tensor) -> None:
        """mean (256,); whiten (256, 256): a Cholesky factor of the precision matrix."""
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("whiten", whiten)

    @staticmethod
    def thumbnail(film: Tensor) -> Tensor:
        """(n, 1, 224, 224) -> (n, 1, 16, 16), zero mean and unit deviation each."""
        small = functional.avg_pool2d(film, 14)
        centred = small - small.mean(dim=(2, 3), keepdim=True)
        return centred / (centred.square().mean(dim=(2, 3), keepdim=True).sqrt() + 1e-3)

    def far(self, thumbnail: Tensor) -> Tensor:
        offset = (thumbnail.flatten(1) - self.mean) @ self.whiten
        return offset.square().mean(dim=1).sqrt()

    def forward(self, film: Tensor) -> Tensor:
        upright = self.thumbnail(film)
        distance = self.far(upright)
        upside_down, half_turned = upright.flip(2), upright.flip(2).flip(3)
        turned = torch.minimum(self.far(upside_down), self.far(half_turned))
        return distance + 2 * functional.relu(distance - turned)


class Ensemble(nn.Module):
    """What is exported: film -> logit (n,), evidence (n, 1, 14, 14) whose mean is the logit, distance (n,).

    `features.py` adds the means of the last feature maps to the exported graph.
    """

    def __init__(self, members: list[Member], distance: Distance) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.bodies = nn.ModuleList([nn.Sequential(member.body, member.head) for member in members])
        self.distance = distance

    def forward(self, film: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        normalised = self.normalise(film)
        evidence = torch.stack([body(normalised) for body in self.bodies]).mean(dim=0)
        return logit(evidence), evidence, self.distance(film)
