"""What other people do to an order while the bot is at work on it.

Fired by the server at the moment that the order's row names, once, right after the bot has been answered: what the bot
saw was true when it saw it, and is not any more.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

HUMAN = "Okafor, Amara"


def reach(db: sqlite3.Connection, order_id: str, moment: str, at: str) -> None:
    """The bot has reached ``moment`` (order_read | form_opened | form_touched) of an order."""
    row = db.execute("SELECT * FROM orders WHERE order_id=? AND moment=?", (order_id, moment)).fetchone()
    if row is None:
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        claimed = db.execute("UPDATE orders SET moment='' WHERE order_id=? AND moment=?", (order_id, moment))
        if claimed.rowcount:
            _HAPPENS[row["event"]](db, row, at)
            db.execute("INSERT INTO happenings VALUES (?,?,?,?)", (order_id, at, row["event"], HUMAN))
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _cancel(db: sqlite3.Connection, row: sqlite3.Row, at: str) -> None:
    db.execute("UPDATE orders SET state='cancelled' WHERE order_id=?", (row["order_id"],))


def _lock(db: sqlite3.Connection, row: sqlite3.Row, at: str) -> None:
    db.execute("UPDATE orders SET locked_by=? WHERE order_id=?", (HUMAN, row["order_id"]))


def _sign(db: sqlite3.Connection, row: sqlite3.Row, at: str) -> None:
    db.execute(
        "UPDATE orders SET state='done', report_status='final', report_author=?, reported_by=?, report_text=?, "
        "last_changed=?, version=version+1 WHERE order_id=?",
        (HUMAN, HUMAN, "Read at the workstation. No focal consolidation.", at[:16].replace("T", " "), row["order_id"]),
    )


def _merge(db: sqlite3.Connection, row: sqlite3.Row, at: str) -> None:
    gone, survivor = row["current_patient_id"], row["merge_into"]
    old = db.execute("SELECT * FROM patients WHERE patient_id=?", (gone,)).fetchone()
    db.execute("UPDATE patients SET merged_into=? WHERE patient_id=?", (survivor, gone))
    db.execute(
        "INSERT INTO aliases VALUES (?,?,?,?,?)", (survivor, "Merged record", old["display"], old["mrn"], at[:10])
    )
    for table in ("orders", "archive"):
        db.execute(f"UPDATE {table} SET current_patient_id=? WHERE current_patient_id=?", (survivor, gone))  # noqa: S608 - tables of this file; values are bound


_HAPPENS: dict[str, Callable[[sqlite3.Connection, sqlite3.Row, str], None]] = {
    "cancelled": _cancel,
    "locked": _lock,
    "signed": _sign,
    "merged": _merge,
}
