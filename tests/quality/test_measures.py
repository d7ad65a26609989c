"""Each measure on films whose answer is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from robot_library.imaging.quality import MEASURES, MeasuredFilm, clipping, exposure, fingerprint, measure, same_film
from robot_library.imaging.quality.collimation import find_collimation
from robot_library.imaging.quality.contrast import contrast_to_noise
from robot_library.imaging.quality.lines import dead_lines
from robot_library.imaging.quality.noise import noise_sigma
from robot_library.imaging.quality.scale import SHORT, common, detailed
from robot_library.imaging.quality.sharpness import blur_width, detail
from robot_library.imaging.quality.text import find_text
from tests.quality.films import Film, edge, everything, grey, noisy, ramp


@pytest.mark.parametrize("sigma", [0.005, 0.01, 0.03, 0.06])
def test_noise_is_the_noise_that_was_added(sigma: float) -> None:
    film = noisy(ramp(), sigma)
    assert noise_sigma(film, everything(film)) == pytest.approx(sigma, rel=0.12)


def test_no_noise_where_there_is_none() -> None:
    assert noise_sigma(ramp(), everything(ramp())) < 1e-4
    assert noise_sigma(grey(value=0.0), everything(grey())) == 0.0


@pytest.mark.parametrize("width", [1.2, 1.8, 2.5, 4.0])
def test_blur_is_the_blur_of_the_edge(width: float) -> None:
    film = edge(width)
    assert blur_width(film, everything(film)) == pytest.approx(width, rel=0.25, abs=0.2)


def test_detail_falls_with_blur_and_is_not_made_of_noise() -> None:
    film = edge(1.0)
    soft = edge(3.0)
    assert detail(film, everything(film), 0) > 3 * detail(soft, everything(film), 0)
    loud = noisy(soft, 0.01)
    assert detail(loud, everything(film), 0) > 5 * detail(loud, everything(film), noise_sigma(loud, everything(film)))


def test_contrast_to_noise_is_the_step_over_the_noise() -> None:
    film = noisy(np.tile(np.where(np.arange(320) < 160, 0.3, 0.7).astype(np.float32), (240, 1)), 0.02)
    assert contrast_to_noise(film, everything(film), 0.02) == pytest.approx(20, rel=0.05)
    assert contrast_to_noise(grey(), everything(grey()), 0.02) == 0


def test_exposure_is_middle_and_range() -> None:
    assert exposure.middle(ramp(), everything(ramp())) == pytest.approx(0.5, abs=0.01)
    assert exposure.used_range(ramp(), everything(ramp())) == pytest.approx(0.588, abs=0.01)


@pytest.mark.parametrize(
    ("header", "index"),
    [
        ({"DeviationIndex": "-3.1"}, -3.1),
        ({"ExposureIndex": "500", "TargetExposureIndex": "250"}, 3.0103),
        ({"ExposureIndex": "250"}, None),
        ({"ExposureIndex": "0", "TargetExposureIndex": "250"}, None),
        ({"DeviationIndex": "nan"}, None),
        ({}, None),
    ],
)
def test_deviation_index_is_said_or_worked_out_or_none(header: dict[str, str], index: float | None) -> None:
    found = exposure.deviation_index(header)
    assert found == (pytest.approx(index, abs=1e-3) if index is not None else None)


def test_clipping_counts_the_field_but_not_the_air() -> None:
    film = ramp()
    film[:, :40] = 0.0  # air: reaches the rim
    film[100:150, 150:200] = 0.0  # inside: lost
    film[50:60, 250:300] = 1.0
    black = clipping.clipped_black(film, everything(film))
    assert clipping.share(black, everything(film)) == pytest.approx(50 * 50 / film.size)
    assert clipping.share(clipping.clipped_white(film, everything(film)), everything(film)) == 500 / film.size


@pytest.mark.parametrize("degrees", [0.0, 3.0, -6.0])
def test_a_blade_is_found_with_its_share_and_its_lean(degrees: float) -> None:
    film = noisy(ramp(), 0.01)
    edge_at = 60 + np.tan(np.radians(degrees)) * (np.arange(240) - 120)
    outside = np.arange(320)[None] < edge_at[:, None]
    film[outside] = 0.02
    found = find_collimation(film)
    assert found.outside == pytest.approx(outside.mean(), abs=0.01)
    assert found.angle == pytest.approx(abs(degrees), abs=0.4)


def test_four_blades() -> None:
    film = grey(value=0.02)
    film[40:200, 60:280] = noisy(ramp(160, 220), 0.01)
    assert find_collimation(film).outside == pytest.approx(1 - 160 * 220 / film.size, abs=0.02)


def test_the_air_around_a_body_is_no_blade() -> None:
    rows, columns = np.mgrid[:240, :320]
    body = ((rows - 120) / 140) ** 2 + ((columns - 160) / 110) ** 2 < 1
    film = np.where(body, 0.6, 0.02).astype(np.float32)
    assert find_collimation(film).outside == 0


def test_a_blank_film_keeps_its_field() -> None:
    assert find_collimation(grey()).field.all()


def test_dead_lines_are_found_where_they_are() -> None:
    film = noisy(ramp(400, 500), 0.01)
    film[100], film[250:252] = 0.0, 1.0
    film[:, 333] = 0.9
    assert dead_lines(film) == ([100, 250, 251], [333])


def test_steps_and_noise_are_no_dead_lines() -> None:
    film = noisy(ramp(400, 500), 0.05)
    film[200:] = np.clip(film[200:] + 0.3, 0, 1)
    assert dead_lines(film) == ([], [])


def test_text_is_found_and_a_side_marker_is_not() -> None:
    def written(words: str) -> int:
        film = (ramp(480, 640) * 255).astype(np.uint8)
        cv2.putText(film, words, (60, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 255, 1, cv2.LINE_AA)
        return sum(len(line) for line in find_text(film.astype(np.float32) / np.float32(255)))

    assert written("ID 4711-03") >= 6
    assert written("R") == 0
    assert written("PA") == 0


def resized(film: Film, columns: int, rows: int) -> Film:
    return np.asarray(cv2.resize(film, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def test_the_same_film_has_the_same_fingerprint() -> None:
    rng = np.random.default_rng(3)
    film, other = (resized(rng.random((12, 12), np.float32), 320, 240) for _ in range(2))
    copy = noisy(resized(film, 160, 120), 0.005)
    assert same_film(fingerprint(film), fingerprint(copy))
    assert not same_film(fingerprint(film), fingerprint(other))


def test_scales_shrink_and_never_enlarge_what_is_measured() -> None:
    assert min(common(grey(900, 1200)).shape) == SHORT
    assert common(grey(100, 120)).shape == (100, 120)
    assert max(detailed(grey(900, 2048)).shape) == 1024


def test_measures_of_any_film_are_numbers() -> None:
    for film in (grey(), grey(value=0.0), grey(value=1.0), noisy(grey(), 0.3), edge(2.0), grey(33, 1000)):
        found = measure(film)
        assert list(found) == list(MEASURES)
        assert np.isfinite(list(found.values())).all()


def test_what_is_no_film_is_refused() -> None:
    for pixels in (np.zeros((10, 10), np.float32), np.zeros((3, 100, 100), np.float32), grey() * np.float32("nan")):
        with pytest.raises(ValueError, match="film"):
            MeasuredFilm(pixels)
