"""What `make_film` promises: the same seed gives the same bytes, quickly, at any size and depth."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest

from robot_library.hospital.films import FILM_MODEL_SHA256, Film, Kind, make_film
from robot_library.hospital.films.film import exposed, window

KINDS: tuple[Kind, ...] = ("normal", "pneumonia")


def shown(film: Film) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The film as a viewer shows it, 0 to 1."""
    centre, width = film.window
    return ((film.pixels - (centre - 0.5)) / (width - 1) + 0.5).clip(0, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_gives_the_same_bytes_and_another_seed_gives_others(kind: Kind) -> None:
    first = make_film(11, kind, rows=400, cols=500)
    assert first.pixels.tobytes() == make_film(11, kind, rows=400, cols=500).pixels.tobytes()
    assert first.pixels.tobytes() != make_film(12, kind, rows=400, cols=500).pixels.tobytes()


def test_another_process_draws_the_same_film() -> None:
    code = (
        "import hashlib; from robot_library.hospital.films import make_film;"
        "print(hashlib.sha256(make_film(5, 'normal', rows=300, cols=300).pixels.tobytes()).hexdigest())"
    )
    runs = {
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    }
    assert len(runs) == 1


def test_the_classes_differ_for_one_seed() -> None:
    normal, ill = (make_film(3, kind, rows=256, cols=256) for kind in KINDS)
    assert np.abs(shown(normal) - shown(ill)).mean() > 0.02


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
@pytest.mark.parametrize(("rows", "cols"), [(1200, 1400), (512, 640)])
def test_pixels_have_the_size_and_depth_asked_for(bits: int, rows: int, cols: int) -> None:
    film = make_film(1, "normal", rows=rows, cols=cols, bits=bits)
    assert film.pixels.shape == (rows, cols)
    assert film.pixels.dtype == np.uint16
    low, span = exposed(bits)
    assert low / 2 < film.pixels.min() < low + span / 8
    assert low + span * 0.8 < film.pixels.max() < 1 << bits


@pytest.mark.parametrize("bits", range(10, 17))
def test_the_window_spans_black_to_white_with_head_room_and_exact_arithmetic(bits: int) -> None:
    centre, width = window(bits)
    low, span = exposed(bits)
    assert (centre - 0.5) - (width - 1) / 2 == low > 0
    assert (centre - 0.5) + (width - 1) / 2 == low + span < (1 << bits) - 1
    assert (int(width) - 1).bit_count() == 1


@pytest.mark.parametrize("arguments", [{"bits": 8}, {"bits": 17}, {"rows": 64}, {"cols": 10}])
def test_sizes_that_make_no_film_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="A film needs"):
        make_film(0, "normal", **arguments)


def test_a_film_at_full_size_takes_less_than_half_a_second_of_cpu() -> None:
    make_film(0, "normal")
    times = []
    for seed in range(5):
        began = time.process_time()
        make_film(seed, "pneumonia")
        times.append(time.process_time() - began)
    assert min(times) < 0.5


def test_the_room_is_light_to_import() -> None:
    code = (
        "import sys, robot_library.hospital.films;"
        "print([m for m in ('numpy', 'cv2', 'onnxruntime', 'pydicom') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "[]"


def test_the_model_is_small_and_pinned() -> None:
    from importlib import resources

    weights = resources.files("robot_library.hospital.films").joinpath("generator.onnx").read_bytes()
    assert len(weights) <= 5_000_000
    assert len(FILM_MODEL_SHA256) == 64
