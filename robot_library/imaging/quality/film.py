"""All measures of one film, by name; and where on it they were taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from robot_library.imaging.quality import clipping, contrast, exposure, lines, noise, sharpness, text
from robot_library.imaging.quality.collimation import Collimation, find_collimation
from robot_library.imaging.quality.fingerprint import fingerprint
from robot_library.imaging.quality.scale import Film, common, detailed


class MeasuredFilm:
    """A film (rows, columns) float32 0..1 with what was found on it; each thing is worked out once, when asked for."""

    def __init__(self, film: Film) -> None:
        """ValueError if it is no film or holds numbers that are none."""
        if film.ndim != 2 or min(film.shape) < 32 or not np.isfinite(film).all():
            raise ValueError("a film has two dimensions of at least 32 finite values")
        self.film = film

    @cached_property
    def small(self) -> Film:
        """At the common scale."""
        return common(self.film)

    @cached_property
    def large(self) -> Film:
        """At the scale at which characters are looked for."""
        return detailed(self.film)

    @cached_property
    def collimation(self) -> Collimation:
        """Of `small`."""
        return find_collimation(self.small)

    @cached_property
    def noise(self) -> float:
        """Of `small`, in units of the display range."""
        return noise.noise_sigma(self.small, self.collimation.field)

    @cached_property
    def text(self) -> list[list[text.Box]]:
        """Rows of characters on `large`."""
        return text.find_text(self.large)

    @cached_property
    def dead(self) -> tuple[list[int], list[int]]:
        """Dead rows and columns of `film`."""
        return lines.dead_lines(self.film)

    @cached_property
    def fingerprint(self) -> int:
        """See fingerprint.fingerprint."""
        return fingerprint(self.small)


@dataclass(frozen=True)
class Measure:
    """A measured value: its unit (UCUM) and what it says, in a line."""

    unit: str
    about: str
    of: Callable[[MeasuredFilm], float]


MEASURES: dict[str, Measure] = {
    "exposure.middle": Measure(
        "1", "median grey of the field, 0 black to 1 white", lambda m: exposure.middle(m.small, m.collimation.field)
    ),
    "exposure.range": Measure(
        "1", "range of greys used, percentile 1 to 99", lambda m: exposure.used_range(m.small, m.collimation.field)
    ),
    "noise.sigma": Measure("1", "standard deviation of the noise in quiet places", lambda m: m.noise),
    "contrast.to_noise": Measure(
        "1",
        "dark against bright half, over the noise",
        lambda m: contrast.contrast_to_noise(m.small, m.collimation.field, m.noise),
    ),
    "sharpness.blur": Measure(
        "{pixel}",
        "width of the strongest edges, 224 pixels across",
        lambda m: sharpness.blur_width(m.small, m.collimation.field),
    ),
    "sharpness.detail": Measure(
        "1",
        "second against first derivative, noise taken off",
        lambda m: sharpness.detail(m.small, m.collimation.field, m.noise),
    ),
    "clipping.black": Measure(
        "1",
        "share of the field lost in black, air apart",
        lambda m: clipping.share(clipping.clipped_black(m.small, m.collimation.field), m.collimation.field),
    ),
    "clipping.white": Measure(
        "1",
        "share of the field lost in white",
        lambda m: clipping.share(clipping.clipped_white(m.small, m.collimation.field), m.collimation.field),
    ),
    "text.characters": Measure(
        "{character}", "characters in rows of four and more", lambda m: float(sum(len(line) for line in m.text))
    ),
    "collimation.outside": Measure("1", "share of the film outside the field", lambda m: m.collimation.outside),
    "collimation.angle": Measure("deg", "lean of the field's steepest edge", lambda m: m.collimation.angle),
    "lines.dead": Measure("{line}", "dead rows and columns", lambda m: float(sum(map(len, m.dead)))),
}
"""Every measure, in the order in which a model takes them."""


def measure(film: Film) -> dict[str, float]:
    """All measures of a film by name. ValueError if it is no film."""
    found = MeasuredFilm(film)
    return {name: one.of(found) for name, one in MEASURES.items()}
