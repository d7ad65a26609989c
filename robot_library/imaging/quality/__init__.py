"""Measured image quality: what a physicist would put a number on, one measure a file, no model."""

from robot_library.imaging.quality.film import MEASURES, Measure, MeasuredFilm, measure
from robot_library.imaging.quality.fingerprint import fingerprint, same_film
from robot_library.imaging.quality.scale import Film, Mask

__all__ = ["MEASURES", "Film", "Mask", "Measure", "MeasuredFilm", "fingerprint", "measure", "same_film"]
