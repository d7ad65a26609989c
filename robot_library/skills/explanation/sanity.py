"""Sanity check of a map by weight randomisation (Adebayo et al. 2018): shuffled weights must give another map.

Needs the onnx package; run when a skill is evaluated, never at run time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def shuffled(model: bytes, seed: int) -> bytes:
    """The model with the values of every float weight of two and more dimensions shuffled among themselves."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load_model_from_string(model)
    rng, changed = np.random.default_rng(seed), 0
    for weight in graph.graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.ndim < 2 or values.size < 2 or not np.issubdtype(values.dtype, np.floating):
            continue
        mixed = rng.permutation(values.reshape(-1)).reshape(values.shape)
        weight.CopyFrom(numpy_helper.from_array(mixed, weight.name))
        changed += 1
    if not changed:
        raise ValueError("the model holds no weights that could be shuffled: the map cannot be checked this way")
    return bytes(graph.SerializeToString())


def alike(one: Floats, other: Floats) -> float:
    """Absolute Spearman rank correlation of two maps of one shape, 0..1; 1 where a map is constant (it cannot fall)."""
    from scipy.stats import rankdata

    a, b = (rankdata(values.reshape(-1)) for values in (one, other))
    if a.std() == 0 or b.std() == 0:
        return 1.0
    return float(abs(np.corrcoef(a, b)[0, 1]))
