"""The film with a map over it, or without one, and a legend in a strip below: never over anatomy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDEST = 1024
"""Pixels of the film's longer side in the picture; a smaller film is drawn up to it, so that the legend can be read."""
STRONG = 8.0
"""Calibrated evidence (logits) at three quarters of full colour; twice as much is full, near enough, on every film."""
_MARGIN, _LINE = 12, 30
_FACE, _SIZE = 0, 0.62  # cv2.FONT_HERSHEY_SIMPLEX; 14 pixels high


def overlay(
    film: NDArray[np.float32], evidence: NDArray[np.float32], slope: float = 1.0, label: str = "", method: str = ""
) -> bytes:
    """PNG of the film (rows, columns; 0..1) with evidence (..., h, w) *for* the label in red, opaque where strong.

    Evidence against is not painted, and colours are not stretched per image. `slope`: of the calibration.
    """
    import cv2

    base = _grey(film)
    cells = np.asarray(evidence, np.float32).reshape(evidence.shape[-2:])
    fine = cv2.resize(cells, base.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    opaque = 0.6 * np.clip(np.tanh(slope * fine / STRONG), 0, 1)[..., None]
    red = np.array([0.1, 0.15, 1.0], np.float32)  # OpenCV's order: blue, green, red
    painted = ((base * (1 - opaque) + red * opaque) * 255).round().astype(np.uint8)
    lines = [
        f"Red: speaks for {label or 'the label'}; stronger red, more evidence. Uncoloured: none, or evidence against.",
        f"Method: {method or 'map of the model itself'}. Full red: {2 * STRONG / slope:.0f} logits and more, always.",
        "Not for diagnosis.",
    ]
    return _png(painted, lines, bar=True)


def plain(film: NDArray[np.float32], why: str) -> bytes:
    """PNG of the film alone; the strip says why there is no map."""
    painted = (_grey(film) * 255).round().astype(np.uint8)
    return _png(painted, [why[:1].upper() + why[1:] + ".", "Not for diagnosis."], bar=False)


def _grey(film: NDArray[np.float32]) -> NDArray[np.float32]:
    import cv2

    scale = WIDEST / max(film.shape)
    size = (max(1, round(film.shape[1] * scale)), max(1, round(film.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.clip(cv2.resize(film, size, interpolation=how), 0, 1).astype(np.float32)
    return np.repeat(small[..., None], 3, axis=2)


def _png(painted: NDArray[np.uint8], lines: list[str], *, bar: bool) -> bytes:
    import cv2

    width = painted.shape[1]
    rows = [row for line in lines for row in _wrapped(line, width - 2 * _MARGIN)]
    strip = np.zeros((_LINE * (len(rows) + bar) + _MARGIN, width, 3), np.uint8)
    for number, row in enumerate(rows):
        at = (_MARGIN, _LINE * (number + 1) - 6)
        cv2.putText(strip, row, at, _FACE, _SIZE, (255, 255, 255), 1, cv2.LINE_AA)
    if bar:
        _scale(strip, _LINE * len(rows) + 8)
    done, png = cv2.imencode(".png", np.concatenate([painted, strip]))
    if not done:
        raise ValueError("the picture could not be encoded as PNG")
    return bytes(png)


def _scale(strip: NDArray[np.uint8], top: int) -> None:
    """A bar from no evidence to full colour, over mid grey."""
    import cv2

    width = max(1, min(300, strip.shape[1] - 2 * _MARGIN - 130))
    opaque = 0.6 * np.tanh(np.linspace(0, 2, width, dtype=np.float32))[None, :, None]
    grey, red = np.full(3, 0.4, np.float32), np.array([0.1, 0.15, 1.0], np.float32)
    bar = ((grey * (1 - opaque) + red * opaque) * 255).round().astype(np.uint8)
    strip[top : top + 20, _MARGIN + 50 : _MARGIN + 50 + width] = bar
    for text, x in (("none", _MARGIN), ("full", _MARGIN + 60 + width)):
        cv2.putText(strip, text, (x, top + 16), _FACE, _SIZE, (255, 255, 255), 1, cv2.LINE_AA)


def _wrapped(text: str, width: int) -> list[str]:
    import cv2

    rows: list[str] = []
    for word in text.split():
        longer: Any = f"{rows[-1]} {word}" if rows else word
        if rows and cv2.getTextSize(longer, _FACE, _SIZE, 1)[0][0] <= width:
            rows[-1] = longer
        else:
            rows.append(word)
    return rows
