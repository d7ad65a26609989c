"""Burnt-in text: rows of components that have the size and shape of characters. Side markers are one or two letters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robot_library.imaging.quality.scale import Film, Mask

LEAST_LETTERS = 4
"""In a row: an R or a PA is a side marker, a time or a name is text."""
CONTRAST = 0.18
"""By which writing stands out, in units of the display range; in noise,"""
NOISY = 4.0
"""and that many times what the film's average pixel stands out by."""


@dataclass(frozen=True)
class Box:
    """A component: left, top, width, height in pixels of the detailed film."""

    x: int
    y: int
    width: int
    height: int


TALLEST = 0.05
"""Of the shorter side, a letter's height on a film; a quarter of it is the least."""


def find_text(film: Film, tallest: float = TALLEST) -> list[list[Box]]:
    """Rows of at least LEAST_LETTERS characters, bright on dark or dark on bright, upright; left to right."""
    found: list[list[Box]] = []
    import cv2

    calm = np.asarray(cv2.medianBlur(film, 3), np.float32)  # noise makes specks
    for sign in (1, -1):
        found += _lines(_letters(_strokes(calm, sign, tallest), tallest))
    return found


def _strokes(film: Film, sign: int, tallest: float) -> Mask:
    """What stands out against a neighbourhood a little smaller than the tallest letter (morphological top-hat)."""
    import cv2

    reach = max(5, round(min(film.shape) * 0.9 * tallest)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (reach, reach))
    kind = cv2.MORPH_TOPHAT if sign > 0 else cv2.MORPH_BLACKHAT
    stands = cv2.morphologyEx(film, kind, kernel)
    return np.asarray(stands > max(CONTRAST, NOISY * float(np.median(stands))), np.bool_)


def _letters(strokes: Mask, tallest: float) -> list[Box]:
    """Components as high as letters: letters, and words whose letters touch, cut into as many boxes."""
    import cv2

    short = min(strokes.shape)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(strokes.astype(np.uint8), connectivity=8)
    found = []
    for label, (x, y, width, height, area) in enumerate(stats[:count].tolist()):
        if not label or not max(6, 0.24 * tallest * short) <= height <= tallest * short:
            continue
        if not 0.2 <= area / (width * height) <= 0.9 or not 0.12 * height <= width <= 12 * height:
            continue
        number = max(1, round(width / (0.85 * height)))
        if number > 1 and not _looks_written(labels[y : y + height, x : x + width] == label, number):
            continue
        part = width / number
        found += [Box(round(x + k * part), y, round(part), height) for k in range(number)]
    return sorted(found, key=lambda box: box.x)


def _looks_written(strokes: Mask, letters: int) -> bool:
    """Whether a row across the middle meets at least one stroke a letter, as writing does and ribs and tubes do not."""
    middle = strokes[strokes.shape[0] // 5 : -(strokes.shape[0] // 5) or None]
    begun = np.diff(middle.astype(np.int8), axis=1, prepend=0) > 0
    return bool(np.median(begun.sum(axis=1)) >= 0.7 * letters)


def _lines(letters: list[Box]) -> list[list[Box]]:
    """Letters that follow each other on one base line with gaps no wider than a letter is high."""
    lines: list[list[Box]] = []
    for letter in letters:
        line = next((line for line in lines if _follows(line[-1], letter)), None)
        if line is None:
            lines.append([letter])
        else:
            line.append(letter)
    return [line for line in lines if len(line) >= LEAST_LETTERS]


def _follows(last: Box, letter: Box) -> bool:
    height = max(last.height, letter.height)
    gap = letter.x - (last.x + last.width)
    level = abs((last.y + last.height / 2) - (letter.y + letter.height / 2))
    return (
        -0.2 * height <= gap <= 1.0 * height
        and level <= 0.25 * height
        and min(last.height, letter.height) >= 0.7 * height
    )
