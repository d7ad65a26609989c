"""A picture is found where it stands, and nowhere else."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from robot_library.drivers.desktop.coarse import Coarse
from robot_library.drivers.desktop.images import find_all, find_scaled

Place = tuple[int, int, int, int]


@cache
def screen() -> tuple[np.ndarray, list[Place]]:
    """A screen with forty different words on buttons, none at the same place in a grid of four, and where they are."""
    picture, places = np.full((900, 1440), 236, np.uint8), []
    for number in range(40):
        x, y = 30 + 171 * (number % 8), 40 + 151 * (number // 8)
        cv2.rectangle(picture, (x, y), (x + 120, y + 34), 180, 1)
        cv2.putText(picture, f"Act {number * 37}", (x + 8, y + 23), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 20, 1, cv2.LINE_AA)
        places.append((x, y, 121, 35))
    picture.flags.writeable = False
    return picture, places


def cut(picture: np.ndarray, place: Place) -> np.ndarray:
    x, y, width, height = place
    return picture[y : y + height, x : x + width].copy()


def test_forty_targets_are_found_at_their_places_only() -> None:
    picture, places = screen()
    packed = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_GRAYSCALE)
    large = cv2.resize(picture, None, fx=1.25, fy=1.25, interpolation=cv2.INTER_CUBIC)
    looks = ((Coarse(picture), 1.0), (Coarse(packed), 1.0), (Coarse(large), 1.25))
    found = 0
    for place in places:
        wanted = cut(picture, place)
        for coarse, scale in looks:
            hits = find_all(coarse, wanted) if scale == 1.0 else find_scaled(coarse, wanted)
            if len(hits) == 1:  # two finds are refused: they never become a click
                assert abs(hits[0].box.x / scale - place[0]) <= 2
                assert abs(hits[0].box.y / scale - place[1]) <= 2
                found += 1
    assert found >= 114


def test_small_pictures_are_found_whatever_their_place() -> None:
    """A coarse look with one grain alone has missed these."""
    picture, places = screen()
    coarse = Coarse(picture)
    for number, (x, y, *_) in enumerate(places[:16]):
        place = (x + 38 + number % 4, y + 6 + number // 4, 40, 20)
        hits = find_all(coarse, cut(picture, place))
        assert any((hit.box.x, hit.box.y) == place[:2] for hit in hits), place


def test_what_is_gone_is_not_found_in_what_looks_nearly_alike() -> None:
    """Another button with one other letter scores above 0.90."""
    picture, places = screen()
    for place in places[:20]:
        without, (x, y, width, height) = picture.copy(), place
        without[y : y + height, x : x + width] = 236
        assert find_all(without, cut(picture, place)) == []


def test_every_one_of_many_alike_is_told_and_nothing_is_found_where_nothing_is() -> None:
    picture, [place, *_] = screen()
    wanted = cut(picture, place)
    many = np.full((1080, 1920), 236, np.uint8)
    for number in range(104):
        x, y = 3 + 147 * (number % 13), 5 + 133 * (number // 13)
        many[y : y + wanted.shape[0], x : x + wanted.shape[1]] = wanted
    assert len(find_all(many, wanted)) == 104
    assert find_all(np.full_like(picture, 128), wanted) == []
    with pytest.raises(ValueError, match="flat"):
        find_all(picture, np.full((20, 20), 99, np.uint8))
