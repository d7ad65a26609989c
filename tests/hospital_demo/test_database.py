"""The hospital's file: built once, for one seed, and what was done can only be added to."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from robot_library.errors import SetupError
from robot_library.hospital import Hospital, build, schema
from robot_library.hospital.build import ensure
from robot_library.hospital.stories import STORIES

from .facts import order_of, report, rows


def test_contract_of_the_two_tables(template: Path) -> None:
    db = schema.connect_read_only(template / "hospital.sqlite")
    columns = {t: [c[1] for c in db.execute(f"PRAGMA table_info({t})")] for t in ("orders", "saves")}
    db.close()
    assert columns["orders"][:4] == ["order_id", "patient_id", "trap", "expected_outcome"]
    assert columns["saves"][:5] == ["order_id", "patient_id", "at", "text", "session"]


@pytest.mark.parametrize("table", schema.APPEND_ONLY)
def test_what_was_done_cannot_be_undone(hospital: Hospital, bot: object, table: str) -> None:
    order = order_of(hospital, "plain")
    db = schema.connect(hospital.database)
    marks = {
        "saves": (
            order["order_id"],
            order["patient_id"],
            "t",
            "x",
            "s",
            "rpabot",
            "",
            "",
            0,
            "requested",
            "",
            "none",
            1,
        ),
        "attachments": (order["order_id"], order["patient_id"], "t", "s", "rpabot", "f", "k", "h", b""),
        "sign_ins": ("t", "ehr", "rpabot", 1, "s"),
        "touches": (order["order_id"], "t", "s", "rpabot"),
        "views": ("order", "k", "t", "s", "rpabot"),
        "happenings": (order["order_id"], "t", "w", "b"),
        "marks": ("1.2", "ACC1", "t", "s", "rpabot", "RPA Bot", "Fine", ""),
    }[table]
    db.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(marks))})", marks)
    for wrong in (f"DELETE FROM {table}", f"UPDATE {table} SET rowid = rowid + 100"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(wrong)
    db.close()


def test_what_an_order_is_never_changes(hospital: Hospital) -> None:
    db = schema.connect(hospital.database)
    for column in ("order_id", "patient_id", "trap", "expected_outcome"):
        with pytest.raises(sqlite3.IntegrityError, match="never changes"):
            db.execute(f"UPDATE orders SET {column} = 'x'")
    db.close()


def test_built_once_and_for_one_seed(template: Path) -> None:
    before = (template / "hospital.sqlite").stat().st_mtime_ns
    ensure(template, 1)
    assert (template / "hospital.sqlite").stat().st_mtime_ns == before
    with pytest.raises(SetupError) as caught:
        ensure(template, 2)
    assert "seed 1, not of seed 2" in str(caught.value)
    assert "Give another directory" in caught.value.cure


def test_one_directory_holds_one_hospital(template: Path) -> None:
    with pytest.raises(SetupError, match="holds another demo hospital"):
        ensure(template, 1, story=STORIES["brain"])


def test_interrupted_build_leaves_nothing_that_looks_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build.ensure(tmp_path, 1, progress=stop)
    assert not (tmp_path / "hospital.sqlite").exists()


@pytest.mark.slow
def test_same_seed_builds_the_same_bytes(template: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    build.ensure(tmp_path, 1, progress=lambda done, total, _: seen.append((done, total)))
    ours = {p.name: p.read_bytes() for p in sorted((tmp_path / "dicom").iterdir())}
    theirs = {p.name: p.read_bytes() for p in sorted((template / "dicom").iterdir())}
    assert ours == theirs
    assert seen == [(n, len(ours)) for n in range(1, len(ours) + 1)]


def test_every_save_is_logged_even_over_a_finished_one(hospital: Hospital, bot: object) -> None:
    from .conftest import signed_in

    order = order_of(hospital, "plain")
    with signed_in(hospital) as client:
        for version in (1, 2):
            sent = report(order, version, comment=f"text {version}")
            assert client.post(f"/api/results/{order['order_id']}", json=sent).status_code == 200
    logged = rows(hospital, "SELECT * FROM saves ORDER BY at")
    assert [(s["order_id"], s["patient_id"], s["text"]) for s in logged] == [
        (order["order_id"], order["patient_id"], "text 1"),
        (order["order_id"], order["patient_id"], "text 2"),
    ]
    assert logged[0]["session"] == logged[1]["session"] != ""
    assert [s["report_status_before"] for s in logged] == ["none", "preliminary"]
