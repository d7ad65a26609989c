"""Lay every training film over one template, so that ribs meet ribs before anything is averaged.

A plain PCA of films blurs, because anatomy lies elsewhere in each child. Here a template is grown from normal films by
repeated registration (optical flow of contrast-normalised films, strongly smoothed), then every film is brought into its
frame. What is learned afterwards is *shape* (the flow) and *look* (the film in the template's frame), apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

SIDE = 224
GRID = 28
STEP = SIDE // GRID
_XS, _YS = np.meshgrid(np.arange(SIDE, dtype=np.float32), np.arange(SIDE, dtype=np.float32))
_TEMPLATE_FILMS = 500
_SMOOTHING = (24, 16, 12, 10, 8, 8, 8)


@dataclass(frozen=True)
class Registered:
    """Films in the template's frame: `look` (n, 224, 224) uint8, `shape` (n, 28, 28, 2) px from film to template,
    `inside` (n, 224, 224) true where the film has a pixel, `agreement` (n,) correlation with the template."""

    look: Bytes
    shape: Array
    inside: npt.NDArray[np.bool_]
    agreement: Array


def equalised(film: Bytes) -> Bytes:
    """The film with local mean and contrast made equal everywhere: what the flow can follow in any exposure."""
    f = film.astype(np.float32)
    mean = cv2.blur(f, (61, 61))
    spread = np.sqrt(np.maximum(cv2.blur((f - mean) ** 2, (61, 61)), 0)) + 8
    return np.clip(128 + 45 * (f - mean) / spread, 0, 255).astype(np.uint8)


def warp(image: npt.NDArray[np.generic], flow: Array) -> npt.NDArray[np.generic]:
    """`image` sampled at each pixel plus `flow` (224, 224, 2)."""
    xs, ys = _XS + flow[..., 0], _YS + flow[..., 1]
    return np.asarray(cv2.remap(image, xs, ys, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))


def register(films: Bytes, ill: npt.NDArray[np.bool_], seed: int) -> Registered:
    """Grow the template from normal films and lay all `films` (n, 224, 224) over it."""
    cv2.setNumThreads(1)
    flower = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    even = [equalised(film) for film in films]
    normals = np.where(~ill)[0]
    chosen = np.random.default_rng(seed).choice(normals, min(_TEMPLATE_FILMS, len(normals)), replace=False)
    template = _template([even[i] for i in chosen], np.mean([even[i] for i in normals], axis=0), flower)
    look, shape, inside, agreement = [], [], [], []
    for film, plain in zip(films, even, strict=True):
        flow = _flow(template, plain, flower)
        look.append(warp(film, flow))
        inside.append(_inside(flow))
        shape.append(_inverse(np.ascontiguousarray(flow[::STEP, ::STEP])))
        agreement.append(np.corrcoef(warp(plain, flow).ravel(), template.ravel())[0, 1])
    return Registered(
        np.stack(look).astype(np.uint8), np.stack(shape), np.stack(inside), np.array(agreement, dtype=np.float32)
    )


def _template(even: list[Bytes], start: Array, flower: cv2.DISOpticalFlow) -> Bytes:
    mean = start
    for sigma in _SMOOTHING:
        target = equalised(mean.clip(0, 255).astype(np.uint8))
        flows = np.stack([cv2.GaussianBlur(flower.calc(target, e, None), (0, 0), sigma) for e in even])
        flows -= flows.mean(0)
        mean = np.mean([warp(e, f) for e, f in zip(even, flows, strict=True)], axis=0)
    return equalised(mean.clip(0, 255).astype(np.uint8))


def _flow(template: Bytes, even: Bytes, flower: cv2.DISOpticalFlow) -> Array:
    """Template → film flow, in two passes: the second sees what the first left."""
    coarse = cv2.GaussianBlur(flower.calc(template, even, None), (0, 0), 10)
    rest = cv2.GaussianBlur(flower.calc(template, warp(even, coarse), None), (0, 0), 7)
    return np.asarray(rest + warp(coarse, rest), dtype=np.float32)


def _inside(flow: Array) -> npt.NDArray[np.bool_]:
    xs, ys = _XS + flow[..., 0], _YS + flow[..., 1]
    return np.asarray((xs >= 0) & (xs <= SIDE - 1) & (ys >= 0) & (ys <= SIDE - 1))


def _inverse(flow: Array) -> Array:
    """Film → template flow on the coarse grid, by fixed point: h(y) = -f(y + h(y))."""
    xs, ys = _XS[::STEP, ::STEP], _YS[::STEP, ::STEP]
    back = -flow
    for _ in range(12):
        at_x, at_y = (xs + back[..., 0]) / STEP, (ys + back[..., 1]) / STEP
        back = -cv2.remap(flow, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(back, dtype=np.float32)
