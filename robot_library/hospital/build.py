"""Makes a hospital's directory from a seed: the database and the DICOM objects, once; later starts find them there."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from robot_library.errors import SetupError
from robot_library.hospital import schema
from robot_library.hospital.people import Person
from robot_library.hospital.scenario import Order, Scenario, Study
from robot_library.hospital.settings import ISSUER
from robot_library.hospital.traps import write

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what) while the films are made."""
Story = Callable[[int], Scenario]
"""Writes what stands in a hospital from its seed: ``traps.write``, ``quality.write``."""


def ensure(directory: Path, seed: int, progress: Progress | None = None, story: Story | None = None) -> Path:
    """The database of the hospital in ``directory``, built first if it is not there.

    Building is all or nothing: a build that was interrupted is begun anew. ``story`` writes what stands in it; without
    one it is the orders' hospital. Raises ``SetupError`` when the directory holds that of another seed or story.
    """
    path, story = directory / schema.DATABASE, story or write
    if path.exists():
        found, told = _facts_of(path)
        if found != seed:
            raise SetupError(
                f"{directory.name} holds the demo hospital of seed {found}, not of seed {seed}.",
                cure="Give another directory, or the seed that it was built with.",
            )
        if told != story.__module__:
            raise SetupError(f"{directory.name} holds another demo hospital.", cure="Give another directory.")
        return path
    directory.mkdir(parents=True, exist_ok=True)
    unfinished = directory / f"{schema.DATABASE}.{os.getpid()}.part"
    for leftover in (unfinished, Path(f"{unfinished}-wal"), Path(f"{unfinished}-shm")):
        leftover.unlink(missing_ok=True)
    connection = schema.create(unfinished)
    try:
        _insert(connection, "facts", {"name": "story", "value": story.__module__})
        _fill(connection, directory, story(seed), progress)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
    finally:
        connection.close()
    unfinished.replace(path)
    return path


def _facts_of(path: Path) -> tuple[int, str]:
    """Seed, and the module that wrote the hospital."""
    connection = schema.connect_read_only(path)
    try:
        facts = dict(connection.execute("SELECT name, value FROM facts").fetchall())
        return int(facts["seed"]), str(facts.get("story", write.__module__))
    finally:
        connection.close()


def _insert(connection: sqlite3.Connection, table: str, row: Mapping[str, object]) -> None:
    marks = ",".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({','.join(row)}) VALUES ({marks})", tuple(row.values()))  # noqa: S608 - tables and columns of schema.py; values are bound


def _fill(connection: sqlite3.Connection, directory: Path, scenario: Scenario, progress: Progress | None) -> None:
    connection.execute("BEGIN")
    _insert(connection, "facts", {"name": "seed", "value": str(scenario.seed)})
    for person in scenario.people:
        _insert(connection, "patients", _patient_row(person))
    for patient_id, kind, name, mrn in scenario.aliases:
        row = {"patient_id": patient_id, "kind": kind, "name": name, "mrn": mrn, "since": "2024-01-15"}
        _insert(connection, "aliases", row)
    for order in scenario.orders:
        _insert(connection, "orders", _order_row(order))
    for order in scenario.archive:
        _insert(connection, "archive", _order_row(order))
    total = sum(len(study.images) for study in scenario.studies)
    done = 0
    for study in scenario.studies:
        _insert(connection, "studies", _study_row(study))
        for number in range(1, len(study.images) + 1):
            _add_object(connection, directory, study, number)
            done += 1
            if progress:
                progress(done, total, "films")
    connection.execute("COMMIT")


def _patient_row(person: Person) -> dict[str, object]:
    return {
        "patient_id": person.patient_id,
        "mrn": person.mrn,
        "issuer": ISSUER,
        "family": person.family,
        "given": person.given,
        "display": person.display,
        "birth_date": person.birth_date.isoformat() if person.birth_date else None,
        "sex": person.sex,
    }


def _stamp(when: datetime | None) -> str | None:
    return when.isoformat(sep=" ", timespec="minutes") if when else None


def _order_row(order: Order) -> dict[str, object]:
    same = (
        "order_id",
        "trap",
        "accession",
        "requested_by",
        "indication",
        "priority",
        "images_expected",
        "state",
        "procedure",
        "body_site",
    )
    more = ("report_status", "report_author", "report_text", "event", "moment", "merge_into", "linked_to")
    row: dict[str, object] = {name: value for name, value in asdict(order).items() if name in same + more}
    row.update(
        patient_id=order.patient.patient_id,
        current_patient_id=order.patient.patient_id,
        expected_outcome=order.expected,
        requested_at=_stamp(order.requested_at),
        exam_at=_stamp(order.exam_at),
        reported_by=order.report_author,
        last_changed=_stamp(order.exam_at) if order.report_text else "",
    )
    return row


def _study_row(study: Study) -> dict[str, object]:
    listed = study.listed
    return {
        "study_uid": study.study_uid,
        "series_uid": study.series_uid,
        "accession": study.accession,
        "patient_name": listed.dicom_name,
        "mrn": listed.mrn,
        "issuer": ISSUER,
        "birth_date": listed.birth_date.strftime("%Y%m%d") if listed.birth_date else "",
        "sex": listed.sex,
        "study_date": study.when.strftime("%Y%m%d"),
        "description": study.procedure,
        "referring": study.referring_pn,
        "modality": study.modality,
        "expected_images": study.expected_images,
        "owner_patient_id": study.owner.patient_id,
    }


def _add_object(connection: sqlite3.Connection, directory: Path, study: Study, number: int) -> None:
    from robot_library.hospital.objects import store_object  # pydicom loads only when a hospital is built

    row = store_object(directory, study, number)
    _insert(connection, "instances", {**row, "owner_patient_id": study.owner.patient_id})
