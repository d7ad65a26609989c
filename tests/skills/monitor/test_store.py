"""The table: append-only, once per answer, across threads and processes; nothing of a person in it."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from robot_library.errors import SetupError
from robot_library.interfaces import PersonAnswer
from robot_library.model.finding import Abstention, Finding
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson
from robot_library.skills.monitor.records import correction, fields_of, observation, pixels_of
from robot_library.skills.monitor.store import Store
from tests.skills.films import header, image
from tests.skills.monitor.answers import SEALER, observed

FINDING = Finding(
    skill="x", skill_version="1.0.0", model_sha256="a" * 64, provider="cpu", label="pneumonia", score=0.5,
    decision="uncertain", operating_point="review", image_uid="1.2.3",
)  # fmt: skip


def mac(text: str) -> str:
    return f"mac({len(text)})"


def test_answers_are_kept_once_and_in_order(tmp_path: Path) -> None:
    with Store(tmp_path / "m.sqlite", SEALER) as store:
        rows = [observed(number, number / 10) for number in range(5)]
        for row in [*rows, *rows]:
            store.observe(row)
        assert store.observations("x") == rows
        assert store.observations("x", after=3) == rows[3:]
        assert store.observations("x", newest=2) == rows[3:]
        assert store.observations("x", newest=99) == rows
        assert store.observations("y") == store.observations("x", "challenger") == []
        assert store.observations("x", model_sha256="b" * 64) == []
        assert store.last() == 5


def test_no_row_is_changed_or_deleted(tmp_path: Path) -> None:
    file = tmp_path / "m.sqlite"
    with Store(file, SEALER) as store:
        store.observe(observed(1))
        store.correct(correction(FINDING, PersonAnswer(verdict="reject", who="dr.chen"), mac))
    base = sqlite3.connect(file)
    for table in ("observations", "corrections"):
        for statement in (f"UPDATE {table} SET month = ''", f"DELETE FROM {table}"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                base.execute(statement)
    base.close()


def test_threads_and_a_second_process_write_together(tmp_path: Path) -> None:
    file = tmp_path / "m.sqlite"
    with Store(file, SEALER) as one, Store(file, SEALER) as other, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: (one, other)[number % 2].observe(observed(number)), range(80)))
        assert len(one.observations("x")) == 80


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    file = tmp_path / "m.sqlite"
    file.write_bytes(b"nonsense" * 200)
    with pytest.raises(SetupError, match="cannot be opened"):
        Store(file, SEALER)


def test_nothing_of_a_person_is_kept(tmp_path: Path) -> None:
    secrets = ("1.2.840.99.1", "1.2.840.99.2", "Meier", "dr.chen", "19800102", "a note")
    one = image(
        sop_instance_uid=secrets[0],
        study_uid=secrets[1],
        age_years=3.4,
        header=header(StationName="ROOM1", PatientSex="F", SeriesDescription="Meier", StudyDate="19800102"),
    )
    said = FINDING.model_copy(update={"image_uid": secrets[0]})
    answer = PersonAnswer(verdict="correct", who="dr.chen", role="radiologist", decision="negative", note="a note")
    file = tmp_path / "m.sqlite"
    with Store(file, SEALER) as store:
        store.observe(observation(one, said, mac))
        store.correct(correction(said, answer, mac))
        kept = store.observations("x")[0]
        assert kept.fields == {
            "modality": "DX", "manufacturer": "absent", "model": "absent", "station": "ROOM1", "view": "AP",
            "sex": "F", "age": "1 to 5",
        }  # fmt: skip
        assert store.corrections("x")[0].role == "radiologist"
    data = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for secret in (
        *secrets,
        "ROOM1",
        "1 to 5",
        kept.day,
    ):  # nothing shorter: sealed bytes hold any two letters by chance
        assert secret.encode() not in data, secret


def test_what_a_person_said_and_what_not() -> None:
    certain = FINDING.model_copy(update={"decision": "positive"})
    said = [
        ("accept", None, FINDING, ""),
        ("accept", None, certain, "positive"),
        ("accept", "negative", FINDING, "negative"),
        ("correct", "positive", FINDING, "positive"),
        ("reject", None, certain, ""),
        ("reject", "negative", certain, "negative"),
    ]
    for verdict, decision, finding, kept in said:
        answer = PersonAnswer(verdict=verdict, who="w", decision=decision)  # type: ignore[arg-type]
        assert correction(finding, answer, mac).decision == kept


def test_abstentions_and_odd_films() -> None:
    one = Abstention(
        skill="x", skill_version="1", model_sha256="a", provider="cpu", code="age_missing", reason="r", image_uid="1"
    )
    kept = observation(image(age_years=None, header={}), one, mac)
    assert (kept.code, kept.decision, kept.score) == ("age_missing", "", None)
    assert kept.fields["modality"] == "absent"
    assert kept.fields["age"] == "unknown"
    assert fields_of(image(header=header(StationName="x" * 500)))["station"] == "x" * 64
    assert pixels_of(np.zeros((0, 0), np.float32)) == {}
    assert pixels_of(np.full((3, 3), np.nan, np.float32)) == {}
    assert pixels_of(np.zeros((2, 3, 4), np.float32)) == {}
    assert pixels_of(np.full((700, 900), 0.25, np.float32))["mean"] == 0.25


EARLIER = """
CREATE TABLE observations (id INTEGER PRIMARY KEY AUTOINCREMENT, day, image, study, skill, version, model_sha256, role,
  score, decision, code, fields, pixels, blob, UNIQUE (image, skill, version, model_sha256, role));
CREATE TABLE corrections (id INTEGER PRIMARY KEY AUTOINCREMENT, day, image, skill, version, model_sha256, said, score,
  verdict, decision, role, UNIQUE (image, skill, version, model_sha256, verdict, decision, role));
CREATE TRIGGER observations_remain BEFORE DELETE ON observations BEGIN SELECT RAISE(ABORT, 'append-only'); END;
"""


def test_a_file_that_an_earlier_version_left_in_clear_is_sealed(tmp_path: Path) -> None:
    file = tmp_path / "m.sqlite"
    base = sqlite3.connect(file)
    base.executescript(EARLIER)
    for number in (3, 7):
        row = ("2026-11-20", f"i{number}", f"s{number}", "x", "1.0.0", "a" * 64, "champion", 0.5, "uncertain", "",
               '{"station": "ROOM1"}', '{"mean": 0.5}', "")  # fmt: skip
        base.execute(f"INSERT INTO observations VALUES ({number}, {', '.join('?' * 13)})", row)
    base.commit()
    base.close()
    for _ in range(2):
        with Store(file, SEALER) as store:
            assert [one.fields for one in store.observations("x")] == [{"station": "ROOM1"}] * 2
            assert store.observations("x", after=3) == store.observations("x", newest=1)
            assert store.last() == 7
    data = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"ROOM1" not in data
    assert b"2026-11-20" not in data


def test_a_row_opens_for_nobody_else_and_in_no_other_place(tmp_path: Path) -> None:
    file = tmp_path / "m.sqlite"
    with Store(file, SEALER) as store:
        for number in (1, 2):
            store.observe(observed(number))
    with Store(file, SealedJson(SiteKey(b"o" * 32))) as store, pytest.raises(SetupError, match="does not open"):
        store.observations("x")
    base = sqlite3.connect(file)
    base.execute("DROP TRIGGER observations_stay")
    base.execute("UPDATE observations SET sealed = (SELECT sealed FROM observations WHERE id = 1) WHERE id = 2")
    base.commit()
    base.close()
    with Store(file, SEALER) as store, pytest.raises(SetupError, match="does not open"):
        store.observations("x")


def test_what_is_older_than_a_day_goes_and_only_that(tmp_path: Path) -> None:
    days = ("2026-09-30", "2026-10-14", "2026-10-15", "2026-11-01")
    with Store(tmp_path / "m.sqlite", SEALER) as store:
        for number, day in enumerate(days):
            store.observe(observed(number, day=day))
        assert store.forget("2026-10-15", really=False) == 2
        assert store.forget("2026-10-15") == 2
        assert [one.day for one in store.observations("x")] == list(days[2:])
