"""Questions that tests ask the hospital's database."""

from __future__ import annotations

import sqlite3
from typing import Any

from robot_library.hospital import Hospital, schema


def rows(hospital: Hospital, question: str, *values: object) -> list[sqlite3.Row]:
    """The answer to a query."""
    connection = schema.connect_read_only(hospital.database)
    try:
        return connection.execute(question, values).fetchall()
    finally:
        connection.close()


def order_of(hospital: Hospital, trap: str, which: int = 0) -> sqlite3.Row:
    """The order that carries a trap (the first, or another), with its study."""
    found = rows(
        hospital,
        "SELECT o.*, s.study_uid, s.owner_patient_id FROM orders o JOIN studies s USING (accession) "
        "WHERE trap = ? ORDER BY order_id",
        trap,
    )
    return found[which]


def report(order: sqlite3.Row, version: int = 1, **changes: Any) -> dict[str, Any]:
    """What the form sends when a report that names its study is saved."""
    text = f"AI draft, not verified.\nRead: study {order['study_uid']}."
    return {"version": version, "comment": text, "impression": "None.", "reported_by": "RPA Bot", **changes}
