"""One MR image of a scenario: which head, which of its slices, and what its series is called."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from robot_library.hospital.films import FilmPatient, FilmStudy
from robot_library.hospital.heads import Head, Sequence
from robot_library.hospital.scenario import Image, Study
from robot_library.hospital.settings import ISSUER

if TYPE_CHECKING:
    from pydicom import FileDataset

SLICES = 22


@dataclass(frozen=True)
class Recipe:
    """How a head is made. `stripped`: without skull and scalp, as research software leaves it."""

    seed: int
    lesion_ml: float | None = None
    stripped: bool = False


@dataclass(frozen=True)
class Slice(Image):
    """Slice `index` of `sequence`, in the series `series_uid` that its header calls `description`; `shift` mm off its
    even place."""

    recipe: Recipe = Recipe(0)
    sequence: Sequence = "pre"
    index: int = 0
    series_uid: str = ""
    series_number: int = 1
    description: str = ""
    frame_of_reference: str = ""
    shift: float = 0.0


@lru_cache(maxsize=1)
def head_of(recipe: Recipe) -> Head:
    """The head of a recipe; a study's images ask for one head one after the other."""
    from robot_library.hospital.heads import make_head

    head = make_head(recipe.seed, lesion_ml=recipe.lesion_ml, slices=SLICES)
    if recipe.stripped:
        from robot_library.hospital.heads.strip import stripped

        head = stripped(head)
    return head


def slice_object(study: Study, image: Slice) -> FileDataset:
    """The image as a complete DICOM object of its study."""
    from robot_library.hospital.heads.dicom import MRSeries, slice_dataset

    person = study.header
    return slice_dataset(
        head_of(image.recipe), image.index, image.sop_uid,
        series=MRSeries(
            image.series_uid, image.series_number, image.sequence, image.description, image.frame_of_reference
        ),
        patient=FilmPatient(person.mrn, ISSUER, person.dicom_name, person.birth_date, person.sex),
        study=FilmStudy(
            study.accession, study.study_uid, image.series_uid, study.when.date(), study.procedure, study.referring_pn
        ),
        shift=image.shift,
    )  # fmt: skip
