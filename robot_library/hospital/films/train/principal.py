"""Principal components, without a library of their own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


def principal(data: Array, count: int, seed: int) -> Array:
    """The `count` leading right singular vectors of data (n, d), by randomised subspace iteration: (count, d)."""
    sketch = np.random.default_rng(seed).standard_normal((data.shape[1], min(count + 16, min(data.shape))))
    q = data @ sketch.astype(np.float32)
    for _ in range(2):
        q = data @ (data.T @ np.linalg.qr(q)[0])
    q = np.linalg.qr(q)[0]
    return np.asarray(np.linalg.svd(q.T @ data, full_matrices=False)[2][:count], dtype=np.float32)
