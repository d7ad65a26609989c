"""Finds and reads text in a picture with RapidOCR. Never trusted for an identifier: O and 0 look alike."""

from __future__ import annotations

import importlib.util
import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from robot_library.errors import SetupError
from robot_library.ocr.trim import trimmed

LEAST = 32
"""Pixels of the shorter side below which nothing can be read."""

_LEAST_LINE = 8


@dataclass(frozen=True)
class Text:
    """What is written, in which rectangle of the picture (pixels), how sure from 0 to 1."""

    text: str
    x: int
    y: int
    width: int
    height: int
    score: float


def installed() -> bool:
    """Whether the extra is on this machine; imports nothing."""
    return importlib.util.find_spec("rapidocr") is not None


class Reader:
    """One model, loaded once (about two seconds); about a second a picture. Blocks."""

    def __init__(self, *, threads: int = 1) -> None:
        if not installed():
            raise SetupError("no reader of text in pictures is installed.", cure="pip install 'wetread[ocr]'")
        self._threads = threads
        self._model: Any = _model(threads)
        self._lines: Any = None
        """A second instance: RapidOCR keeps how it was last called."""

    def line(self, grey: npt.NDArray[np.uint8]) -> Text:
        """The one line that fills a small picture (rows, columns): found by whoever cut it out, so only read. About
        ten milliseconds. An empty text where nothing is written."""
        height, width = grey.shape
        if min(grey.shape) < _LEAST_LINE or (written := trimmed(grey)) is None:
            return Text("", 0, 0, width, height, 0.0)
        if self._lines is None:
            self._lines = _model(self._threads, use_det=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = self._lines(np.repeat(written[..., np.newaxis], 3, axis=2), use_det=False, use_cls=False)
        if not found.txts:
            return Text("", 0, 0, width, height, 0.0)
        return Text(found.txts[0], 0, 0, width, height, float(found.scores[0]))

    def read(self, grey: npt.NDArray[np.uint8]) -> list[Text]:
        """Texts in a picture (rows, columns), 0 black to 255 white, from the top."""
        if min(grey.shape) < LEAST:
            return []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = self._model(np.repeat(grey[..., np.newaxis], 3, axis=2))
        if found.boxes is None:
            return []
        return [_text(box, text, score) for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True)]


def _model(threads: int, use_det: bool = True) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from rapidocr import RapidOCR

        return RapidOCR(
            params={
                "Global.log_level": "error",
                "Global.use_cls": False,
                "Global.use_det": use_det,
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            }
        )


def _text(box: npt.NDArray[np.float32], text: str, score: float) -> Text:
    left, top = (math.floor(value) for value in box.min(axis=0))
    right, bottom = (math.ceil(value) for value in box.max(axis=0))
    return Text(text, left, top, right - left + 1, bottom - top + 1, float(score))
