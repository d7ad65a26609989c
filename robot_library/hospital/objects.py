"""DICOM objects of the demo's studies: synthetic films in proper headers, as files and as rows of the PACS."""

from __future__ import annotations

import json
from pathlib import Path

from pydicom import FileDataset
from pydicom.uid import UID

from robot_library.hospital.films import FilmPatient, FilmStudy, film_dataset, make_film
from robot_library.hospital.neuro.slices import Slice, slice_object
from robot_library.hospital.scenario import PROCEDURE, Image, Study
from robot_library.hospital.settings import ISSUER

ROWS, COLUMNS = 960, 1120
TYPICALITY = 1.5
"""How clearly a film is of its class. With the films' own default one in 170 fell between the skill's operating points,
and its order rightly went to a person; see also ``traps.FILM_SEEDS``."""
FOLDER = "dicom"
PIXEL_DATA = 0x7FE00010
_LOST = 3  # a truncated object loses the last third of its bytes


def store_object(directory: Path, study: Study, number: int) -> dict[str, object]:
    """Write instance ``number`` (from 1) of ``study`` below ``directory``; returns its row for ``instances``."""
    image = study.images[number - 1]
    dataset = slice_object(study, image) if isinstance(image, Slice) else _dataset(study, image, number)
    target = directory / FOLDER / f"{image.sop_uid}.dcm"
    target.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(target, enforce_file_format=True)
    if image.truncated:
        whole = target.read_bytes()
        target.write_bytes(whole[: -len(whole) // _LOST])
    syntax = str(dataset.file_meta.TransferSyntaxUID)
    del dataset[PIXEL_DATA]
    return {
        "sop_uid": image.sop_uid,
        "study_uid": study.study_uid,
        "series_uid": str(dataset.SeriesInstanceUID),
        "sop_class": str(dataset.SOPClassUID),
        "number": number,
        "view": str(dataset.get("ViewPosition", "")),
        "photometric": str(dataset.PhotometricInterpretation),
        "rows": int(dataset.Rows),
        "columns": int(dataset.Columns),
        "transfer_syntax": syntax,
        "file": f"{FOLDER}/{target.name}",
        "metadata": json.dumps(dataset.to_json_dict(), ensure_ascii=False),
    }


def _dataset(study: Study, image: Image, number: int) -> FileDataset:
    person = study.header
    film = make_film(
        image.seed, image.kind, rows=ROWS, cols=COLUMNS, bits=image.bits, view=image.view, typicality=TYPICALITY
    )
    if image.fault:
        from robot_library.hospital.films.faults import spoiled  # OpenCV loads only where a film has a fault

        film = spoiled(film, image.fault, image.strength)
    dataset = film_dataset(
        film,
        patient=FilmPatient(person.mrn, ISSUER, person.dicom_name, person.birth_date, person.sex),
        study=FilmStudy(
            study.accession, study.study_uid, study.series_uid, study.when.date(), PROCEDURE, study.referring_pn
        ),
        photometric=image.photometric,
        transfer_syntax=image.transfer_syntax,
        instance_number=number,
    )
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = UID(image.sop_uid)
    if image.device is not None:
        dataset.StationName, dataset.Manufacturer = image.device.station, image.device.manufacturer
        dataset.StudyTime = dataset.AcquisitionTime = study.when.strftime("%H%M%S")
    return dataset
