"""Before a model is kept: the graph draws what was fitted, and no single film stands behind any of its components."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from robot_library.hospital.films.train.fit import SHAPE_CODES, Coded, Fit
from robot_library.hospital.films.train.principal import Array
from robot_library.hospital.films.train.register import GRID, SIDE, STEP
from robot_library.hospital.films.train.texture import BANDS, blend

MOST_OF_ONE_FILM = 0.03
MOST_ROUNDING = 0.03
_XS, _YS = np.meshgrid(np.arange(SIDE, dtype=np.float32), np.arange(SIDE, dtype=np.float32))


def largest_share(coded: Coded, ill: npt.NDArray[np.bool_]) -> float:
    """The largest share that one film has in the variance of any one component, classes weighing the same."""
    weight = np.where(ill, 1 / ill.sum(), 1 / (~ill).sum())[:, None]
    power = weight * (coded.codes - coded.codes.mean(0)) ** 2
    return float((power / power.sum(0)).max())


def rounding(fit: Fit, path: Path) -> float:
    """Largest difference between a film of the exported graph and of the fit itself, on the 0 to 1 scale."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    local = rng.uniform(-1.5, 1.5, session.get_inputs()[1].shape).astype(np.float32)
    noise = rng.standard_normal((1, len(BANDS), SIDE, SIDE), dtype=np.float32)
    worst = 0.0
    for sick, density in enumerate((fit.normal, fit.pneumonia)):
        feed = {
            "z": np.zeros((1, len(density.mean)), dtype=np.float32),
            "local": local,
            "noise": noise,
            "kind": np.eye(2, dtype=np.float32)[None, sick],
            "typicality": np.array([[-9.0]], dtype=np.float32),
        }
        drawn = session.run(["film"], feed)[0][0, 0]
        worst = max(worst, float(np.abs(drawn - _film(fit, density.mean, local[:, 0], noise[0], sick)).max()))
    return worst


def _film(fit: Fit, code: Array, local: Array, noise: Array, sick: int) -> Array:
    """What the graph computes, without the graph."""
    look = (fit.look_mean + code[SHAPE_CODES:] @ fit.look_basis).reshape(SIDE, SIDE)
    texture = blend(fit.texture, local * fit.texture.deviation[sick])
    flow = (fit.shape_mean + code[:SHAPE_CODES] @ fit.shape_basis).reshape(GRID, GRID, 2)
    full = cv2.remap(flow, _XS / STEP, _YS / STEP, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    bands = [cv2.resize(band, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR) for band in fit.texture.bands[sick]]
    xs, ys = _XS + full[..., 0], _YS + full[..., 1]
    smooth = cv2.remap(look, xs, ys, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    fine = [cv2.remap(p, xs, ys, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101) for p in (texture, *bands)]
    grain = sum(band * plane for band, plane in zip(fine[1:], noise, strict=True))
    return np.asarray(smooth + fine[0] + grain, dtype=np.float32)
