"""The sizes at which a film is measured: noise and sharpness mean the same on a small film and on a large one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Film = npt.NDArray[np.float32]
"""(rows, columns) float32, 0 black to 1 white."""
Mask = npt.NDArray[np.bool_]

SHORT = 224
"""Pixels of the shorter side at the common scale: 1.6 mm on a plate of 36 cm. Finer detail is not judged."""
LONG = 1024
"""Pixels of the longer side for what must be looked for in detail: characters."""


def common(film: Film) -> Film:
    """The film with its shorter side at SHORT, area average; a smaller film stays as it is."""
    return _shrunk(film, SHORT / min(film.shape))


def detailed(film: Film) -> Film:
    """The film with its longer side at most LONG, area average; one below half of it is enlarged by two, cubic."""
    import cv2

    if max(film.shape) * 2 <= LONG:
        return np.asarray(cv2.resize(film, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.float32)
    return _shrunk(film, LONG / max(film.shape))


def _shrunk(film: Film, factor: float) -> Film:
    if factor >= 1:
        return film
    import cv2

    rows, columns = (max(1, round(side * factor)) for side in film.shape)
    return np.asarray(cv2.resize(film, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
