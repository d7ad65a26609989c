"""Learn shape, look and the codes' class densities from registered films. No film's own code is kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from robot_library.hospital.films.train import texture
from robot_library.hospital.films.train.principal import Array, principal
from robot_library.hospital.films.train.register import SIDE, Registered

SHAPE_CODES = 32
LOOK_CODES = 44
_MIN_AGREEMENT = {False: 0.80, True: 0.70}
_KEPT_SHARE = 0.85
TEMPERATURE = 0.7
"""Drawn codes spread this much of the class's own deviation ..."""
CLIP = 2.0
"""... and never farther than this many of it along one axis: films in the middle of their class."""


@dataclass(frozen=True)
class Density:
    """Normal density of one class's codes: mean (K,), lower factor (K, K), and from how many films."""

    mean: Array
    factor: Array
    films: int


@dataclass(frozen=True)
class Fit:
    """What the films have in common: means and bases of look (44, 224 x 224) and shape (32, 28 x 28 x 2), the classes'
    code densities, the margin between them (weights, step, offset; see `margin`), and texture."""

    look_mean: Array
    look_basis: Array
    shape_mean: Array
    shape_basis: Array
    normal: Density
    pneumonia: Density
    weights: Array
    step: Array
    offset: float
    texture: texture.Texture


@dataclass(frozen=True)
class Coded:
    """A fit, and for checks only: which films were used (n,) and their codes (n, K). Never exported."""

    fit: Fit
    kept: npt.NDArray[np.int64]
    codes: Array


def fit(films: Registered, ill: npt.NDArray[np.bool_], seed: int) -> Coded:
    """Fit the generator to registered films; badly registered ones are left out."""
    floor = np.where(ill, _MIN_AGREEMENT[True], _MIN_AGREEMENT[False])
    kept = np.where(films.agreement > floor)[0]
    ill = ill[kept]
    weight = np.where(ill, 1 / ill.sum(), 1 / (~ill).sum())
    weight = (weight / weight.mean()).astype(np.float32)
    look = _Look(films.look[kept].reshape(len(kept), -1), films.inside[kept].reshape(len(kept), -1), weight, seed)
    shapes = films.shape[kept].reshape(len(kept), -1)
    shape_mean = (weight[:, None] * shapes).mean(0)
    shape_basis = principal((shapes - shape_mean) * np.sqrt(weight)[:, None], SHAPE_CODES, seed)
    codes = np.hstack([(shapes - shape_mean) @ shape_basis.T, look.codes])
    normal, pneumonia = density(codes[~ill]), density(codes[ill])
    fine = texture.learn(look.rest, ill, weight, seed)
    common = Fit(look.mean, look.basis, shape_mean, shape_basis, normal, pneumonia, *margin(normal, pneumonia), fine)
    return Coded(common, kept, codes)


class _Look:
    """Robust principal components: where a film ends or holds what no component explains (markers, tubes, leads),
    the reconstruction takes its place before the next, richer fit."""

    def __init__(self, pixels: npt.NDArray[np.uint8], inside: npt.NDArray[np.bool_], weight: Array, seed: int) -> None:
        self._raw = pixels.astype(np.float32) / np.float32(255)
        self._root = np.sqrt(weight)[:, None].astype(np.float32)
        filled = self._raw
        for count in (12, 30, LOOK_CODES):
            self.mean = (weight[:, None] * filled).mean(0)
            self.basis = principal((filled - self.mean) * self._root, count, seed)
            self.codes = (filled - self.mean) @ self.basis.T
            rebuilt = self.mean + self.codes @ self.basis
            error = np.abs(filled - rebuilt)
            alien = (error > 3.5 * np.sqrt((error**2).mean(0))) & (error > 0.08)
            filled = np.where(alien | ~inside, rebuilt, self._raw)
        self.rest = (filled - rebuilt).reshape(-1, SIDE, SIDE)


def density(codes: Array) -> Density:
    """A normal density of the central 85 % of the codes; the odd films at the rim do not shape it."""
    centred = codes - codes.mean(0)
    distance = np.einsum("ij,jk,ik->i", centred, np.linalg.inv(np.cov(centred.T)), centred)
    central = codes[distance < np.quantile(distance, _KEPT_SHARE)]
    covariance = np.cov(central.T) + 1e-6 * np.eye(codes.shape[1])
    return Density(central.mean(0).astype(np.float32), np.linalg.cholesky(covariance).astype(np.float32), len(central))


def margin(normal: Density, pneumonia: Density) -> tuple[Array, Array, float]:
    """Fisher's discriminant of the two densities: weights, the likeliest step that adds one unit of margin, offset.

    Margin is +1 at the pneumonia mean and -1 at the normal mean.
    """
    pooled = (normal.factor @ normal.factor.T + pneumonia.factor @ pneumonia.factor.T) / 2
    gap = pneumonia.mean - normal.mean
    weights = np.linalg.solve(pooled, gap)
    weights = 2 * weights / (weights @ gap)
    step = pooled @ weights / (weights @ pooled @ weights)
    return weights.astype(np.float32), step.astype(np.float32), float(weights @ (pneumonia.mean + normal.mean) / 2)
