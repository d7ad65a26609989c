"""Synthetic paediatric chest films for the demo hospital: made on the spot from a seed, wrapped as real DICOM objects.

    film = make_film(7, "pneumonia")                       # 12-bit pixels, MONOCHROME2 sense
    film_dataset(film, patient=…, study=…)                 # a complete DX or CR object

No film shows a person: the generator holds class densities of shape and look (README.md), never a film or its code.
What a skill says about these films tests the plumbing and is never evidence for the skill.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from robot_library.hospital.films.film import Film, FilmPatient, FilmStudy, Kind, View

if TYPE_CHECKING:
    from robot_library.hospital.films.dicom import film_dataset
    from robot_library.hospital.films.generator import FILM_MODEL_SHA256
    from robot_library.hospital.films.make import make_film

__all__ = [
    "FILM_MODEL_SHA256",
    "Film",
    "FilmPatient",
    "FilmStudy",
    "Kind",
    "View",
    "film_dataset",
    "make_film",
]

_HOMES = {"make_film": "make", "film_dataset": "dicom", "FILM_MODEL_SHA256": "generator"}


def __getattr__(name: str) -> object:
    """numpy, OpenCV, ONNX Runtime and pydicom are loaded when a film is first asked for, not on import."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
