"""Lay every training film over one template, so that ribs meet ribs before anything is averaged.

A plain PCA of films blurs, because anatomy lies elsewhere in each child. Here a template is grown from normal films
by repeated registration (optical flow of contrast-normalised films, strongly smoothed), then every film is brought
into its frame. What is learned afterwards is *shape* (the flow) and *look* (the film in that frame), apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from robot_library.hospital.films.train.principal import Array

Bytes = npt.NDArray[np.uint8]
Pixel = TypeVar("Pixel", np.uint8, np.float32)

SIDE = 224
GRID = 28
STEP = SIDE // GRID
_XS, _YS = np.meshgrid(np.arange(SIDE, dtype=np.float32), np.arange(SIDE, dtype=np.float32))
_TEMPLATE_FILMS = 500
_SMOOTHING = (24, 16, 12, 10, 8, 7, 6, 6, 6)
_PASSES = (12, 8, 6)


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
    return np.asarray(np.clip(128 + 45 * (f - mean) / spread, 0, 255), dtype=np.uint8)


def warp(image: npt.NDArray[Pixel], flow: Array) -> npt.NDArray[Pixel]:
    """`image` sampled at each pixel plus `flow` (224, 224, 2)."""
    xs, ys = _XS + flow[..., 0], _YS + flow[..., 1]
    sampled: Any = cv2.remap(image, xs, ys, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled, dtype=image.dtype)


def register(films: Bytes, ill: npt.NDArray[np.bool_], seed: int) -> Registered:
    """Grow the template from normal films and lay all `films` (n, 224, 224) over it."""
    cv2.setNumThreads(1)
    flower: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
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


def _template(even: list[Bytes], start: Array, flower: Any) -> Bytes:
    mean = np.asarray(start, dtype=np.float32)
    for sigma in _SMOOTHING:
        target = equalised(mean.clip(0, 255).astype(np.uint8))
        flows = np.stack([_smooth(flower.calc(target, e, None), sigma) for e in even])
        flows -= flows.mean(0)
        mean = np.mean([warp(e, f) for e, f in zip(even, flows, strict=True)], axis=0, dtype=np.float32)
    return equalised(mean.clip(0, 255).astype(np.uint8))


def _flow(template: Bytes, even: Bytes, flower: Any) -> Array:
    """Template → film flow, in passes of less and less smoothing: each sees what the ones before it left."""
    flow = np.zeros((SIDE, SIDE, 2), dtype=np.float32)
    for sigma in _PASSES:
        rest = _smooth(flower.calc(template, warp(even, flow), None), sigma)
        flow = rest + warp(flow, rest)
    return flow


def _smooth(flow: Array, sigma: float) -> Array:
    return np.asarray(cv2.GaussianBlur(flow, (0, 0), sigma), dtype=np.float32)


def _inside(flow: Array) -> npt.NDArray[np.bool_]:
    xs, ys = _XS + flow[..., 0], _YS + flow[..., 1]
    return np.asarray((xs >= 0) & (xs <= SIDE - 1) & (ys >= 0) & (ys <= SIDE - 1))


def _inverse(flow: Array) -> Array:
    """Film → template flow on the coarse grid, by fixed point: h(y) = -f(y + h(y))."""
    xs, ys = _XS[::STEP, ::STEP], _YS[::STEP, ::STEP]
    back = -flow
    for _ in range(12):
        at_x, at_y = (xs + back[..., 0]) / STEP, (ys + back[..., 1]) / STEP
        there = cv2.remap(flow, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        back = -np.asarray(there, dtype=np.float32)
    return back
