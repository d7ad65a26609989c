"""The closed operations do what they say; the manifest's pipeline is what the network was trained with."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from robot_library.model.skill import Channels, Clip, Percentiles, Preprocess, PreprocessOp, Scale, Size, Standardize
from robot_library.skills import preprocess
from robot_library.skills.manifest import load_manifest
from tests.skills.films import PNEUMONIA

RNG = np.random.default_rng(3)
FILM = RNG.random((448, 672), dtype=np.float32)


def test_shrinking_is_the_exact_area_average() -> None:
    small = preprocess.resize_stretch(FILM, Size(height=224, width=224))
    exact = FILM.reshape(224, 2, 224, 3).mean((1, 3))
    assert small.dtype == np.float32
    np.testing.assert_allclose(small, exact, atol=1e-6)


def test_shrinking_does_not_alias() -> None:
    stripes = np.zeros((448, 448), np.float32)
    stripes[:, ::2] = 1  # finer than the target can show: must become grey, not stripes
    small = preprocess.resize_stretch(stripes, Size(height=224, width=150))
    assert float(np.abs(small - 0.5).max()) < 0.2


def test_the_size_of_the_training_is_left_as_it_is() -> None:
    film = FILM[:224, :224]
    assert preprocess.resize_stretch(film, Size(height=224, width=224)) is film


def test_each_axis_is_stretched_on_its_own() -> None:
    wide = preprocess.resize_stretch(FILM[:100], Size(height=224, width=224))
    assert wide.shape == (224, 224)


def test_percentiles_become_zero_and_one() -> None:
    film = preprocess.percentile_window(FILM * 0.3 + 0.4, Percentiles(low=1, high=99))
    assert (film.min(), film.max()) == (0, 1)
    assert 0.009 < float((film == 0).mean()) < 0.011
    flat = preprocess.percentile_window(np.full((9, 9), 0.5, np.float32), Percentiles(low=1, high=99))
    assert np.isfinite(flat).all()


def test_window_scale_and_contrast_do_not_matter_after_percentiles() -> None:
    one = preprocess.percentile_window(FILM, Percentiles(low=1, high=99))
    other = preprocess.percentile_window(FILM * 0.37 + 0.2, Percentiles(low=1, high=99))
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_standardize_scale_clip_and_channels() -> None:
    own = preprocess.standardize(FILM, Standardize())
    assert abs(float(own.mean())) < 1e-5
    assert abs(float(own.std()) - 1) < 1e-4
    np.testing.assert_allclose(preprocess.standardize(FILM, Standardize(mean=0.5, std=2)), (FILM - 0.5) / 2, atol=1e-6)
    np.testing.assert_allclose(preprocess.scale(FILM, Scale(factor=2, offset=-1)), FILM * 2 - 1, atol=1e-6)
    assert preprocess.clip(FILM, Clip(low=0.2, high=0.3)).max() == np.float32(0.3)
    assert preprocess.to_nchw(FILM, Channels(channels=3)).shape == (1, 3, 448, 672)


def test_the_pipeline_is_the_manifests_in_its_order() -> None:
    steps = Preprocess(version=1, ops=(PreprocessOp(scale=Scale(factor=2)), PreprocessOp(clip=Clip(low=0, high=1))))
    assert preprocess.pipeline(steps)(FILM).max() == 1


def test_an_operation_without_a_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="exactly one key"):
        PreprocessOp()


def test_the_skill_gets_what_the_manifest_says_its_input_is() -> None:
    manifest = load_manifest(PNEUMONIA)
    tensor = preprocess.pipeline(manifest.preprocess)(FILM)
    assert tensor.shape == manifest.input.shape
    assert tensor.dtype == np.float32
    assert tensor.flags["C_CONTIGUOUS"]
