"""A field's picture is cut down to what is written in it, and never into it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from robot_library.ocr.reader import Reader, installed
from robot_library.ocr.trim import trimmed


def field(text: str, *, ground: int = 255, ink: int = 40, at: tuple[int, int] = (14, 23)) -> np.ndarray:
    """A wide field of a form with a frame around it."""
    picture = np.full((34, 520), ground, np.uint8)
    cv2.rectangle(picture, (1, 1), (518, 32), 170, 1)
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, ink, 1, cv2.LINE_AA)
    return picture


@pytest.mark.parametrize(("ground", "ink"), [(255, 40), (45, 230), (255, 225)])
def test_what_is_written_stays_whole_and_the_frame_goes(ground: int, ink: int) -> None:
    whole = field("MRN 77-1204, Weber", ground=ground, ink=ink)
    cut = trimmed(whole)
    assert cut is not None
    assert cut.shape[0] < 28
    assert cut.shape[1] < 200
    drawn = np.abs(whole[5:-5, 5:-5].astype(int) - ground) > abs(ground - ink) * 0.35
    assert (np.abs(cut.astype(int) - ground) > abs(ground - ink) * 0.35).sum() == drawn.sum()


def test_writing_at_the_edge_is_not_taken_for_a_frame() -> None:
    whole = np.full((34, 120), 255, np.uint8)
    cv2.putText(whole, "00418075", (0, 23), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0, 2)
    cut = trimmed(whole)
    assert cut is not None
    assert (cut < 128).sum() == (whole < 128).sum()


def test_an_empty_field_reads_as_empty() -> None:
    if not installed():
        pytest.skip("no reader of text on this machine")
    assert trimmed(field("")) is None
    assert Reader().line(field("")).text == ""
