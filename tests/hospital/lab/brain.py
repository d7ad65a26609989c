"""An order for an MRI of the brain and its study, made in a running lab as people would make them.

Not part of the lab's seed: the chest bot's worklist is the EHR's list of all results.
"""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from typing import Any, Final

from robot_library.hospital.films import FilmPatient, FilmStudy
from robot_library.hospital.heads import SEQUENCES, Head, Sequence
from robot_library.hospital.heads.dicom import MRSeries, slice_dataset

from .cases import STUDY_DAY, UID_ROOT, Person
from .oracle import REQUEST, RESULT, Rpc
from .site import Lab
from .studies import ISSUER, send

NAMES: Final[dict[Sequence, str]] = {"pre": "T1", "flair": "FLAIR", "post": "T1 GD"}
STUDY_UID: Final = f"{UID_ROOT}.{STUDY_DAY:%Y%m%d}.900"


@dataclass(frozen=True)
class Made:
    """The EHR's number of the order, and the StudyInstanceUID of its study."""

    order: str
    study: str


def make(lab: Lab, person: Person, head: Head) -> Made:
    """A new patient, an order for them with its result generated, and three series of `head` in the PACS."""
    with Rpc(lab, lab.logins["ehr_admin"]) as admin:
        patient = _patient(admin, person)
        test = _test(admin)
    with Rpc(lab, lab.logins["ehr_physician"]) as physician:
        order = _order(physician, patient, test, len(SEQUENCES) * head.slices)
    _store(lab, person, head, order)
    return Made(order, STUDY_UID)


def _create(rpc: Rpc, model: str, **values: Any) -> int:
    made = rpc.model(model, "create", [values])
    return int(made[0])


def _patient(rpc: Rpc, person: Person) -> int:
    born = {"__class__": "date", "year": person.born.year, "month": person.born.month, "day": person.born.day}
    party = _create(
        rpc, "party.party", name=person.given, lastname=person.family, ref=person.puid, is_person=True,
        is_patient=True, create_target=True, gender=person.gender, dob=born, fed_country=None,
    )  # fmt: skip
    (row,) = rpc.rows("gnuhealth.patient", [["party", "=", party]], "id")  # GNU Health 5 makes it by itself
    return int(row["id"])


def _test(rpc: Rpc) -> int:
    """The orderable "MRI brain with contrast"."""
    (chest,) = rpc.rows("gnuhealth.imaging.test", [["code", "=", "CXR"]], "product")
    (kind,) = rpc.rows("gnuhealth.imaging.test.type", [["code", "=", "MR"]], "id")
    return _create(
        rpc, "gnuhealth.imaging.test", code="MRB", name="MRI brain with contrast", test_type=kind["id"],
        product=chest["product"],
    )  # fmt: skip


def _order(rpc: Rpc, patient: int, test: int, images: int) -> str:
    """Requested by a physician, done by the department: the result stands empty."""
    when = dt.datetime.combine(STUDY_DAY, dt.time(15))
    moment = {"__class__": "datetime", "year": when.year, "month": when.month, "day": when.day,
              "hour": when.hour, "minute": 0, "second": 0, "microsecond": 0}  # fmt: skip
    (doctor,) = rpc.rows("gnuhealth.healthprofessional", [["party.name", "=", "Pat"]], "id")
    request = _create(
        rpc, REQUEST, patient=patient, requested_test=test, doctor=doctor["id"], merge_id=STUDY_UID, date=moment,
        comment=f"First seizure, lesion on CT.\nImages taken: {images}",
    )  # fmt: skip
    rpc.model(REQUEST, "requested", [request])
    rpc.wizard("wizard.generate.result", REQUEST, request)
    (row,) = rpc.rows(RESULT, [["request", "=", request]], "order")
    return str(row["order"])


def _store(lab: Lab, person: Person, head: Head, order: str) -> None:
    name = f"{person.family}^{person.given}"
    patient = FilmPatient(person.puid, ISSUER, name, person.born, person.gender.upper())
    for number, sequence in enumerate(SEQUENCES, start=1):
        uid = f"{STUDY_UID}.{number}"
        study = FilmStudy(order, STUDY_UID, uid, STUDY_DAY, "MRI brain with contrast")
        series = MRSeries(uid, number, sequence, NAMES[sequence], f"{STUDY_UID}.9")
        for index in range(head.slices):
            packed = io.BytesIO()
            made = slice_dataset(head, index, f"{uid}.{index + 1}", series=series, patient=patient, study=study)
            made.save_as(packed, enforce_file_format=True)
            send(lab, "brain", packed.getvalue())
