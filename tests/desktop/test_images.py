"""A picture is found where it stands, and nowhere else."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from robot_library.drivers.desktop.images import find_all, find_scaled


def screen() -> tuple[np.ndarray, list[tuple[int, int, int, int]]]:
    """A screen with forty different words on buttons, and where they stand."""
    picture, places = np.full((900, 1440), 236, np.uint8), []
    for number in range(40):
        x, y = 30 + 170 * (number % 8), 40 + 150 * (number // 8)
        cv2.rectangle(picture, (x, y), (x + 120, y + 34), 180, 1)
        cv2.putText(picture, f"Act {number * 37}", (x + 8, y + 23), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 20, 1, cv2.LINE_AA)
        places.append((x, y, 121, 35))
    return picture, places


def test_forty_targets_are_found_at_their_places_only() -> None:
    picture, places = screen()
    packed = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_GRAYSCALE)
    large = cv2.resize(picture, None, fx=1.25, fy=1.25, interpolation=cv2.INTER_LINEAR)
    found = 0
    for x, y, width, height in places:
        wanted = picture[y : y + height, x : x + width]
        for shown, scale, hits in (
            (picture, 1.0, find_all(picture, wanted)),
            (packed, 1.0, find_all(packed, wanted)),
            (large, 1.25, find_scaled(large, wanted)),
        ):
            if len(hits) == 1:  # two finds are refused: they never become a click
                assert abs(hits[0].box.x / scale - x) <= 2, shown.shape
                assert abs(hits[0].box.y / scale - y) <= 2, shown.shape
                found += 1
    assert found >= 60


def test_two_alike_are_both_told_and_nothing_is_found_where_nothing_is() -> None:
    picture, [(x, y, width, height), *_] = screen()
    wanted = picture[y : y + height, x : x + width].copy()
    picture[800 : 800 + height, 700 : 700 + width] = wanted
    assert len(find_all(picture, wanted)) == 2
    assert find_all(np.full_like(picture, 128), wanted) == []
    with pytest.raises(ValueError, match="flat"):
        find_all(picture, np.full((20, 20), 99, np.uint8))
