"""What can go wrong with a film in the X-ray room, done to its stored values: for hospitals whose films are watched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from robot_library.hospital.films.film import Film, exposed

Shown = npt.NDArray[np.float32]
"""(rows, columns): 0 black to 1 white; a little outside is head room."""
Fault = Callable[[Shown, float, np.random.Generator], Shown]


def _noise(shown: Shown, strength: float, rng: np.random.Generator) -> Shown:
    """Too little dose: grain of two pixels, stronger where less gets through."""
    grain = cv2.GaussianBlur(rng.standard_normal(shown.shape).astype(np.float32), (0, 0), 1.5)
    return np.asarray(shown + grain / grain.std() * strength * 0.2 * (0.4 + shown.clip(0, 1)), np.float32)


def _motion(shown: Shown, strength: float, rng: np.random.Generator) -> Shown:
    """A child that moved."""
    return np.asarray(cv2.GaussianBlur(shown, (0, 0), 1 + strength * min(shown.shape) / 60), np.float32)


def _overexposed(shown: Shown, strength: float, rng: np.random.Generator) -> Shown:
    """The detector's top cut off: the bright end is lost."""
    return np.asarray((shown * (1 + strength)).clip(0, 1), np.float32)


def _mirrored(shown: Shown, strength: float, rng: np.random.Generator) -> Shown:
    """Sent from the plate's other side."""
    return np.ascontiguousarray(shown[:, ::-1])


def _text(shown: Shown, strength: float, rng: np.random.Generator) -> Shown:
    """Words burnt into the pixels."""
    layer = np.zeros(shown.shape, np.uint8)
    height = shown.shape[0] // 40
    scale = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_SIMPLEX, height, max(1, height // 8))
    for number, words in enumerate(("PORTABLE 70KV", "BED 4711-03")):
        at = (shown.shape[1] // 30, shown.shape[0] - (2 * number + 2) * height)
        cv2.putText(layer, words, at, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, max(1, height // 8), cv2.LINE_AA)
    share = layer / np.float32(255)
    return np.asarray(shown * (1 - share) + share, np.float32)


def _collimated(shown: Shown, strength: float, rng: np.random.Generator) -> Shown:
    """A blade shut over a part of the chest, askew."""
    rows, columns = shown.shape
    edge = columns * 0.3 * strength + np.tan(np.radians(5)) * (np.arange(rows) - rows / 2)
    return np.where(np.arange(columns)[None] < edge[:, None], np.float32(0.02), shown).astype(np.float32)


def _dead_lines(shown: Shown, strength: float, rng: np.random.Generator) -> Shown:
    """Detector rows that answer no more."""
    broken = shown.copy()
    for row in rng.integers(shown.shape[0] // 5, shown.shape[0] * 4 // 5, 1 + round(5 * strength)):
        broken[row] = 0
    return broken


FAULTS: dict[str, Fault] = {
    "noise": _noise,
    "motion": _motion,
    "overexposed": _overexposed,
    "mirrored": _mirrored,
    "text": _text,
    "collimated": _collimated,
    "dead_lines": _dead_lines,
}


def spoiled(film: Film, fault: str, strength: float) -> Film:
    """The film with a fault of FAULTS at a strength from 0 to 1; the same every time. KeyError for an unknown one."""
    low, span = exposed(film.bits)
    shown = ((film.pixels.astype(np.float32) - low) / span).astype(np.float32)
    rng = np.random.default_rng([film.seed, 31])
    stored = np.rint(low + span * FAULTS[fault](shown, strength, rng)).clip(0, (1 << film.bits) - 1)
    return replace(film, pixels=stored.astype(np.uint16))
