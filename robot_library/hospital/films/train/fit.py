"""Learn shape, look and the codes' class densities from registered films. No film's own code is kept."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from robot_library.hospital.films.train.register import SIDE, Array, Registered

SHAPE_CODES = 32
LOOK_CODES = 80
BANDS = ((0, 1), (1, 2), (2, 4))
BAND_SIDE = 56
_MIN_AGREEMENT = {False: 0.80, True: 0.70}
_KEPT_SHARE = 0.85


@dataclass(frozen=True)
class Density:
    """Normal density of one class's codes: mean (K,), lower factor (K, K); margin direction, step and mean margin."""

    mean: Array
    factor: Array
    films: int


@dataclass(frozen=True)
class Fit:
    """Everything the exported graph holds, in float32. `bands` (2 classes, 3 bands, 56, 56): residual deviation."""

    look_mean: Array
    look_basis: Array
    shape_mean: Array
    shape_basis: Array
    bands: Array
    normal: Density
    pneumonia: Density
    weights: Array
    step: Array
    offset: float


def fit(films: Registered, ill: npt.NDArray[np.bool_], seed: int) -> Fit:
    """Fit the generator to registered films; badly registered ones are left out."""
    floor = np.where(ill, _MIN_AGREEMENT[True], _MIN_AGREEMENT[False])
    kept = np.where(films.agreement > floor)[0]
    ill = ill[kept]
    weight = np.where(ill, 1 / ill.sum(), 1 / (~ill).sum())
    weight = (weight / weight.mean()).astype(np.float32)
    look = _Look(films.look[kept].reshape(len(kept), -1), films.inside[kept].reshape(len(kept), -1), weight, seed)
    shapes = films.shape[kept].reshape(len(kept), -1)
    shape_mean = (weight[:, None] * shapes).mean(0)
    shape_basis = _principal((shapes - shape_mean) * np.sqrt(weight)[:, None], SHAPE_CODES, seed)
    codes = np.hstack([(shapes - shape_mean) @ shape_basis.T, look.codes])
    normal, pneumonia = density(codes[~ill]), density(codes[ill])
    weights, step, offset = margin(normal, pneumonia)
    return Fit(
        look.mean, look.basis, shape_mean, shape_basis, _bands(look.rest, ill), normal, pneumonia, weights, step, offset
    )


class _Look:
    """Robust principal components: where a film ends or holds what no component explains (markers, tubes, leads),
    the reconstruction takes its place before the next, richer fit."""

    def __init__(self, pixels: npt.NDArray[np.uint8], inside: npt.NDArray[np.bool_], weight: Array, seed: int) -> None:
        self._raw = pixels.astype(np.float32) / np.float32(255)
        self._root = np.sqrt(weight)[:, None].astype(np.float32)
        filled = self._raw
        for count in (12, 40, LOOK_CODES):
            self.mean = (weight[:, None] * filled).mean(0)
            self.basis = _principal((filled - self.mean) * self._root, count, seed)
            self.codes = (filled - self.mean) @ self.basis.T
            rebuilt = self.mean + self.codes @ self.basis
            error = np.abs(filled - rebuilt)
            alien = (error > 3.5 * np.sqrt((error**2).mean(0))) & (error > 0.08)
            filled = np.where(alien | ~inside, rebuilt, self._raw)
        self.rest = (filled - rebuilt).reshape(-1, SIDE, SIDE)


def _principal(data: Array, count: int, seed: int) -> Array:
    """The `count` leading right singular vectors of data (n, d), by randomised subspace iteration: (count, d)."""
    sketch = np.random.default_rng(seed).standard_normal((data.shape[1], min(count + 16, min(data.shape))))
    q = data @ sketch.astype(np.float32)
    for _ in range(2):
        q = data @ (data.T @ np.linalg.qr(q)[0])
    q = np.linalg.qr(q)[0]
    return np.asarray(np.linalg.svd(q.T @ data, full_matrices=False)[2][:count], dtype=np.float32)


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


def _bands(rest: Array, ill: npt.NDArray[np.bool_]) -> Array:
    """Deviation of what the components leave, per class, band and place."""
    power = np.zeros((2, len(BANDS), SIDE, SIDE), dtype=np.float64)
    for image, sick in zip(rest, ill, strict=True):
        for b, (low, high) in enumerate(BANDS):
            fine = image if low == 0 else cv2.GaussianBlur(image, (0, 0), low)
            power[int(sick), b] += (fine - cv2.GaussianBlur(image, (0, 0), high)) ** 2
    power /= np.array([(~ill).sum(), ill.sum()])[:, None, None, None]
    small = [[cv2.resize(p, (BAND_SIDE, BAND_SIDE), interpolation=cv2.INTER_AREA) for p in kind] for kind in power]
    return np.sqrt(np.array(small)).astype(np.float32)
