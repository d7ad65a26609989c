"""heads.npz: what heads of many patients have in common, and how they differ. No head is kept, and no code of one.

    PYTHONPATH=../train WETREAD_DATA=… OMP_NUM_THREADS=1 python fit.py

Reads the training patients (brain_lgg_train) alone. About four minutes on one core. Prints the hash that
robot_library/hospital/heads/model.py pins.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import register
import slices
from numpy.typing import NDArray
from register import SIDE, SLICES, Floats

OUT = Path(__file__).parent / "heads.npz"
BEND, LOOK, TEXTURE = 32, 64, 32
"""Sides of the grids of bending, look and texture."""
BENDS, LOOKS = 14, 7
ODD = ("TCGA_HT_A61A_20000127", "TCGA_DU_A5TU_19980312")
"""One is cut beyond the head, one shows a part of it."""
MOST_OF_ONE = 0.25
"""No patient may carry more of the variance of one component."""


def components(data: Floats, count: int) -> tuple[Floats, Floats, float]:
    """(patients, d) → unit components (count, d), their deviations, and the largest share of one patient in one.

    Components that hang on one patient are left out.
    """
    centred = data - data.mean(axis=0)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    centred *= np.minimum(1, np.median(length) / length)  # nobody counts for more than half of all do
    values, vectors = np.linalg.eigh(centred @ centred.T)
    order = np.argsort(values)[::-1]
    order = order[(vectors[:, order] ** 2).max(axis=0) < MOST_OF_ONE][:count]
    basis = (centred.T @ vectors[:, order]) / np.sqrt(values[order])
    deviation = np.sqrt(values[order] / len(data))
    return basis.T.astype(np.float32), deviation.astype(np.float32), float((vectors[:, order] ** 2).max())


def packed(basis: Floats, deviation: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Components times their deviation as int8, and what one step of each is worth."""
    scaled = basis * deviation[:, None]
    step = np.abs(scaled).max(axis=1) / 127
    return np.rint(scaled / step[:, None]).astype(np.int8), step.astype(np.float32)


def _shrunk(planes: Floats, side: int) -> Floats:
    return np.stack([cv2.resize(plane, (side, side), interpolation=cv2.INTER_AREA) for plane in planes])


def lesions(heads: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance over patients of log(tumour / ordinary tissue) in the three sequences."""
    rows = []
    for head in heads:
        inside = head[..., 3] > 0.9
        if inside.sum() > 100:
            rows.append(np.log(np.median(head[inside][:, :3], axis=0) / 0.5))
    return np.mean(rows, axis=0).astype(np.float32), np.cov(np.array(rows).T).astype(np.float32)


def main() -> None:
    cv2.setNumThreads(1)
    volumes = [v for v in slices.patients() if not v.missing and v.patient not in ODD]
    heads, flows = register.shapes(register.stacked([register.framed(volume) for volume in volumes]))
    tone = lesions(heads)
    mean = register.healthy_mean(heads)
    rest = np.where(heads[..., 3:] < 0.2, heads[..., :3].clip(0, 2.2) - mean, 0)
    bend = np.stack([_shrunk(flow, BEND) for flow in flows])
    bends, bend_step, bend_share = _pca(bend, BENDS)
    look = np.stack([_shrunk(one, LOOK) for one in rest])
    looks, look_step, look_share = _pca(look, LOOKS)
    fine = np.stack([one - np.stack([cv2.GaussianBlur(p, (0, 0), 4) for p in one]) for one in rest])
    power = _shrunk((fine**2).mean(axis=0), TEXTURE) ** 0.5
    brain = fine[:, 8:18, 44:84, 44:84].reshape(-1, 3)
    np.savez_compressed(
        OUT, mean=np.rint(mean * 110).astype(np.uint8), bends=bends, bend_step=bend_step, looks=looks,
        look_step=look_step, texture=np.rint(power * 500).clip(0, 255).astype(np.uint8),
        texture_covariance=np.corrcoef(brain.T).astype(np.float32), lesion_mean=tone[0], lesion_covariance=tone[1],
    )  # fmt: skip
    print(f"{len(volumes)} patients; largest share of one in a component {max(bend_share, look_share):.3f}")
    print(f"{OUT.stat().st_size / 1e6:.2f} MB, sha256 {hashlib.sha256(OUT.read_bytes()).hexdigest()}")


def _pca(data: Floats, count: int) -> tuple[NDArray[np.int8], Floats, float]:
    basis, deviation, share = components(data.reshape(len(data), -1), count)
    whole, step = packed(basis, deviation)
    return whole.reshape(count, SLICES, *data.shape[2:]), step, share


if __name__ == "__main__":
    assert SIDE % LOOK == 0
    main()
