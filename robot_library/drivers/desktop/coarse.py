"""A coarse look at a screen: where a picture may stand, from pictures a half or a quarter the size.

What is shrunk with another grain than the picture was scores less by up to 0.45, so the picture is shrunk with each
grain that its place may have, and the best score counts. Nothing is left out for being one of many: a place that is not
looked at might be a second one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from robot_library.drivers.desktop.capture import Grey

_LARGE, _MIDDLE = 30, 10
"""Pixels of the shorter side from which a quarter, and a half, of the size still tell enough."""
_LEAST = {4: 0.80, 2: 0.85, 1: 0.85}
"""Score at each shrinking below which a place is ruled out. Genuine ones had 0.85 and more at 4, 0.98 at 2."""
_GRAINS = {4: (0, 2), 2: (0, 1), 1: (0,)}
_NEAR = {4: 3, 2: 2, 1: 1}
"""How many pixels off a place may be."""
_SAMPLE, _LIKELY = 64, 0.70
"""Pixels of each kind that are compared first, and their score below which a place is ruled out."""
_DIRECT = 11
"""Pixels of the longer side up to which multiplying is faster than transforming."""
_EVEN = 2.0
"""Variance that counts as none."""


@dataclass
class Coarse:
    """A screen (grey values, rows and columns) and what has been worked out of it. Not changed while it is used."""

    grey: Grey = field(repr=False)
    _small: dict[int, Any] = field(default_factory=dict, repr=False)
    _spread: dict[tuple[int, int, int], Any] = field(default_factory=dict, repr=False)

    def places(self, wanted: Grey) -> tuple[list[tuple[int, int]], int]:
        """Left upper corners that are not ruled out, and how many pixels off each may be."""
        import cv2

        shortest = min(wanted.shape)
        steps = 4 if shortest >= _LARGE else 2 if shortest >= _MIDDLE else 1
        while (score := self._score(wanted, steps)) is None:
            steps //= 2
        peaks = (score >= _LEAST[steps]) & (score >= cv2.dilate(score, np.ones((3, 3), np.uint8)))
        rows, columns = np.nonzero(peaks)
        off = np.array(_GRAINS[steps]).mean()
        corners = np.stack([columns, rows], axis=1) * steps - off
        return self._likely(wanted, np.rint(corners).astype(np.intp), _NEAR[steps]), steps + 1

    def _likely(self, wanted: Grey, corners: Any, near: int) -> list[tuple[int, int]]:
        """The corners near which a sample of the picture's pixels scores well, moved to where it scores best."""
        around = np.arange(-near, near + 1)
        steps = np.stack(np.meshgrid(around, around), axis=-1).reshape(-1, 2)
        most = np.array([self.grey.shape[1] - wanted.shape[1], self.grey.shape[0] - wanted.shape[0]])
        spots = np.clip(corners[:, None] + steps, 0, most)
        sample = _sample(wanted)
        rows, columns = np.divmod(sample, wanted.shape[1])
        width = self.grey.shape[1]
        start = spots[..., 1] * width + spots[..., 0]
        there = self.grey.reshape(-1)[start[..., None] + (rows * width + columns)].astype(np.float32)
        asked = wanted.reshape(-1)[sample].astype(np.float32)
        asked -= asked.mean()
        there -= there.mean(axis=-1, keepdims=True)
        length = np.sqrt(np.einsum("ijk,ijk->ij", there, there) * float(asked @ asked)) + 1e-3
        score = (there @ asked) / length
        best = score.argmax(axis=1)
        return [
            (int(spots[i, place, 0]), int(spots[i, place, 1]))
            for i, place in enumerate(best) if score[i, place] >= _LIKELY
        ]  # fmt: skip

    def _score(self, wanted: Grey, steps: int) -> Any:
        """The best score of all grains at each place of the small screen; None where one of them shows nothing."""
        import cv2

        small = self._shrunk(steps)
        height, width = ((side - _GRAINS[steps][-1]) // steps * steps for side in wanted.shape)
        best = None
        for down, right in product(_GRAINS[steps], repeat=2):
            piece = _shrunk(wanted[down : down + height, right : right + width], steps)
            piece -= piece.mean()
            length = float(np.sqrt((piece * piece).sum()))
            if length < 1.0 and steps > 1:
                return None
            score = _products(small, piece / max(length, 1e-3))
            best = score if best is None else cv2.max(best, score, dst=best)
        assert best is not None
        return cv2.divide(best, self._deviation(steps, height // steps, width // steps), dst=best)

    def _shrunk(self, steps: int) -> Any:
        if steps not in self._small:
            self._small[steps] = _shrunk(self.grey, steps) - 128.0
        return self._small[steps]

    def _deviation(self, steps: int, height: int, width: int) -> Any:
        """Length of each piece of the small screen of this size, its mean taken off."""
        import cv2

        key = (steps, height, width)
        if key not in self._spread:
            small = self._shrunk(steps)
            inside = np.s_[: small.shape[0] - height + 1, : small.shape[1] - width + 1]
            mean, square = (
                box(small, cv2.CV_32F, (width, height), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)[inside]
                for box in (cv2.boxFilter, cv2.sqrBoxFilter)
            )
            spread = cv2.subtract(square, cv2.multiply(mean, mean))  # then in place: new memory costs more than sums
            np.maximum(spread, _EVEN, out=spread)
            spread *= height * width
            self._spread[key] = cv2.sqrt(spread, dst=spread)
        return self._spread[key]


def _products(small: Any, piece: Any) -> Any:
    """Sum of products at each place where the piece lies inside."""
    import cv2

    if max(piece.shape) > _DIRECT:
        return cv2.matchTemplate(small, piece, cv2.TM_CCORR)
    height, width = small.shape[0] - piece.shape[0] + 1, small.shape[1] - piece.shape[1] + 1
    return np.ascontiguousarray(cv2.filter2D(small, -1, piece, anchor=(0, 0))[:height, :width])


def _shrunk(picture: Grey, steps: int) -> Any:
    """Means of squares of `steps` pixels; what is left over at the right and below is left out."""
    import cv2

    while steps > 1:
        height, width = picture.shape[0] // 2, picture.shape[1] // 2
        whole = picture[: height * 2, : width * 2]
        picture = np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        steps //= 2
    return picture.astype(np.float32)


def _sample(wanted: Grey) -> Any:
    """Numbers of some pixels: evenly spread ones, and ones of what is drawn."""
    values = wanted.reshape(-1).astype(np.float32)
    drawn = np.flatnonzero(np.abs(values - values.mean()) > values.std())
    even = np.arange(values.size)
    return np.concatenate([each[:: max(1, each.size // _SAMPLE)] for each in (even, drawn)])
