"""The studies that lie in the lab's PACS, traps included, and their way into Orthanc."""

from __future__ import annotations

import base64
import io
import json
import urllib.error
import urllib.request
from collections.abc import Mapping

from robot_library.hospital.films import FilmPatient, FilmStudy, film_dataset, make_film

from .cases import CASES, STUDY_DAY, Case, Shot, merge_id
from .errors import LabError
from .site import Lab

ROWS, COLUMNS = 1024, 896
# GNU Health shows no issuer; the modality writes the hospital's own
ISSUER = "LABHOSP"


def accession(case: Case, orders: Mapping[str, str]) -> str:
    """The accession number in the film's header; `orders` holds the EHR's order numbers by case key."""
    match case.filed_under:
        case None:
            return orders[case.key]
        case "nobody":
            return "999"
        case other:
            return orders[other]


def files(case: Case, orders: Mapping[str, str]) -> list[bytes]:
    """The case's DICOM files as the PACS got them."""
    shots = case.shots[:1] if case.damage == "half_received" else case.shots
    return [_file(case, shot, number, accession(case, orders)) for number, shot in enumerate(shots, 1)]


def _file(case: Case, shot: Shot, number: int, accession_number: str) -> bytes:
    person = case.header or case.person
    film = make_film(shot.seed, shot.kind, rows=ROWS, cols=COLUMNS, view=shot.view)
    name = f"{person.family}^{person.given}"
    ds = film_dataset(
        film,
        patient=FilmPatient(person.puid, ISSUER, name, person.born, person.gender.upper()),
        study=FilmStudy(accession_number, merge_id(case), f"{merge_id(case)}.1", STUDY_DAY, "Chest X-ray"),
        photometric=shot.photometric,
        instance_number=number,
    )
    if case.damage == "truncated":  # parses, and its header is whole: only the pixels end too early
        ds.PixelData = ds.PixelData[: len(ds.PixelData) // 3 & ~1]
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


def store(lab: Lab, orders: Mapping[str, str]) -> int:
    """Send every case's files to Orthanc; how many it took. Raises LabError when one is not stored."""
    count = 0
    for case in CASES:
        for data in files(case, orders):
            send(lab, case.key, data)
            count += 1
    return count


def send(lab: Lab, key: str, data: bytes) -> None:
    """Send one DICOM file to Orthanc. Raises LabError naming `key` when it is not stored."""
    login = lab.logins["pacs_admin"]
    secret = base64.b64encode(f"{login.name}:{login.password}".encode()).decode()
    headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/dicom"}
    request = urllib.request.Request(f"{lab.pacs_url}/instances", data=data, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            status = json.load(reply).get("Status")
    except (urllib.error.URLError, OSError) as e:
        raise LabError(f"storing the study of case {key}", str(e), "see state/run/pacs.log") from e
    if status not in ("Success", "AlreadyStored"):
        raise LabError(f"storing the study of case {key}", f"Orthanc said {status}", "see state/run/pacs.log")
