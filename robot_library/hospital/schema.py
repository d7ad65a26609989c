"""The hospital's one database file, and how it is opened.

``orders(order_id, patient_id, trap, expected_outcome)`` and ``saves(order_id, patient_id, at, text, session)`` are what
checks outside this package rely on. ``orders.patient_id`` is the person the order was written for and never changes;
``current_patient_id`` follows a merge. ``saves`` and the other records of what was done can only grow: triggers refuse
UPDATE and DELETE, so no later mistake can hide an earlier one.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

DATABASE = "hospital.sqlite"
APPEND_ONLY = ("saves", "attachments", "sign_ins", "touches", "views", "happenings", "marks")

_ORDER_COLUMNS = """
  order_id TEXT PRIMARY KEY, patient_id TEXT NOT NULL, trap TEXT NOT NULL, expected_outcome TEXT,
  current_patient_id TEXT NOT NULL, accession TEXT NOT NULL, procedure TEXT NOT NULL, body_site TEXT NOT NULL,
  priority TEXT NOT NULL, requested_by TEXT NOT NULL, requested_at TEXT NOT NULL, exam_at TEXT,
  indication TEXT NOT NULL, images_expected INTEGER NOT NULL, linked_to TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL, locked_by TEXT NOT NULL DEFAULT '', report_status TEXT NOT NULL DEFAULT 'none',
  report_author TEXT NOT NULL DEFAULT '', report_text TEXT NOT NULL DEFAULT '', impression TEXT NOT NULL DEFAULT '',
  reported_by TEXT NOT NULL DEFAULT '', last_changed TEXT NOT NULL DEFAULT '', version INTEGER NOT NULL DEFAULT 1,
  event TEXT NOT NULL DEFAULT '', moment TEXT NOT NULL DEFAULT '', merge_into TEXT NOT NULL DEFAULT ''
"""

SCHEMA = f"""
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE patients (
  patient_id TEXT PRIMARY KEY, mrn TEXT NOT NULL UNIQUE, issuer TEXT NOT NULL,
  family TEXT NOT NULL,
  given TEXT NOT NULL, display TEXT NOT NULL, birth_date TEXT, sex TEXT NOT NULL, merged_into TEXT NOT NULL DEFAULT '');
CREATE TABLE aliases (
  patient_id TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, mrn TEXT NOT NULL, since TEXT NOT NULL);
CREATE TABLE orders ({_ORDER_COLUMNS});
CREATE TABLE archive ({_ORDER_COLUMNS});
CREATE VIEW every_order AS SELECT * FROM orders UNION ALL SELECT * FROM archive;
CREATE TABLE saves (
  order_id TEXT NOT NULL, patient_id TEXT NOT NULL, at TEXT NOT NULL, text TEXT NOT NULL, session TEXT NOT NULL,
  account TEXT NOT NULL, impression TEXT NOT NULL, reported_by TEXT NOT NULL, forced INTEGER NOT NULL,
  state_before TEXT NOT NULL, locked_by TEXT NOT NULL, report_status_before TEXT NOT NULL, version INTEGER NOT NULL);
CREATE TABLE attachments (
  order_id TEXT NOT NULL, patient_id TEXT NOT NULL, at TEXT NOT NULL, session TEXT NOT NULL, account TEXT NOT NULL,
  filename TEXT NOT NULL, content_type TEXT NOT NULL, sha256 TEXT NOT NULL, content BLOB NOT NULL);
CREATE TABLE sign_ins (
  at TEXT NOT NULL, system TEXT NOT NULL, account TEXT NOT NULL, ok INTEGER NOT NULL, session TEXT NOT NULL);
CREATE TABLE touches (order_id TEXT NOT NULL, at TEXT NOT NULL, session TEXT NOT NULL, account TEXT NOT NULL);
CREATE TABLE views (
  page TEXT NOT NULL, key TEXT NOT NULL, at TEXT NOT NULL, session TEXT NOT NULL, account TEXT NOT NULL);
CREATE TABLE happenings (order_id TEXT NOT NULL, at TEXT NOT NULL, what TEXT NOT NULL, by_whom TEXT NOT NULL);
CREATE TABLE marks (
  study_uid TEXT NOT NULL, accession TEXT NOT NULL, at TEXT NOT NULL, session TEXT NOT NULL, account TEXT NOT NULL,
  display TEXT NOT NULL, verdict TEXT NOT NULL, remarks TEXT NOT NULL);
CREATE TABLE sessions (
  token_sha256 TEXT PRIMARY KEY, session TEXT NOT NULL, system TEXT NOT NULL, account TEXT NOT NULL,
  started REAL NOT NULL, requests INTEGER NOT NULL DEFAULT 0, limit_requests INTEGER, ended INTEGER NOT NULL DEFAULT 0);
CREATE TABLE studies (
  study_uid TEXT PRIMARY KEY, series_uid TEXT NOT NULL, accession TEXT NOT NULL, patient_name TEXT NOT NULL,
  mrn TEXT NOT NULL, issuer TEXT NOT NULL, birth_date TEXT NOT NULL, sex TEXT NOT NULL, study_date TEXT NOT NULL,
  description TEXT NOT NULL, referring TEXT NOT NULL, modality TEXT NOT NULL,
  expected_images INTEGER NOT NULL, owner_patient_id TEXT NOT NULL);
CREATE TABLE instances (
  sop_uid TEXT PRIMARY KEY, study_uid TEXT NOT NULL, series_uid TEXT NOT NULL, sop_class TEXT NOT NULL,
  number INTEGER NOT NULL, view TEXT NOT NULL, photometric TEXT NOT NULL,
  rows INTEGER NOT NULL, columns INTEGER NOT NULL, transfer_syntax TEXT NOT NULL,
  file TEXT NOT NULL, metadata TEXT NOT NULL, owner_patient_id TEXT NOT NULL);
CREATE INDEX saves_of_order ON saves (order_id);
CREATE INDEX attachments_of_order ON attachments (order_id);
CREATE INDEX instances_of_study ON instances (study_uid);
CREATE INDEX studies_by_accession ON studies (accession);
CREATE INDEX studies_of_patient ON studies (mrn);
"""  # noqa: S608 - columns of this file


def _guards() -> str:
    """Triggers that make tables append-only, and keep what an order is and should become."""
    lines = [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;"
        for table in APPEND_ONLY
        for verb in ("UPDATE", "DELETE")
    ]
    lines.append(
        "CREATE TRIGGER orders_keep_their_truth "
        "BEFORE UPDATE OF order_id, patient_id, trap, expected_outcome ON orders "
        "BEGIN SELECT RAISE(ABORT, 'what an order is never changes'); END;"
    )
    return "\n".join(lines)


def create(path: Path) -> sqlite3.Connection:
    """Make an empty hospital database at ``path``; the file must not exist yet."""
    connection = connect(path)
    connection.executescript(SCHEMA + _guards())
    return connection


def connect(path: Path) -> sqlite3.Connection:
    """Open the database for reading and writing; rows answer to column names."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=20, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Open the database of a hospital that may be running, without the right to change it.

    Raises ``FileNotFoundError`` when there is no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no hospital database here; start a hospital with this directory first")
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=20)
    connection.row_factory = sqlite3.Row
    return connection
