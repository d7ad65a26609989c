"""What the EHR knows and does: orders, patients, report forms, saves. Speaks SQL, knows no HTTP."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime

from robot_library.hospital import events
from robot_library.hospital.settings import ACCOUNTS, BOTS, Account

PAGE_SIZE = 10
TABS = ("draft", "requested", "done", "all")
STATUS_WORDS = {"none": "None", "preliminary": "Preliminary", "final": "Final"}
PEOPLE = (
    "RPA Bot", "RPA Bot (training)", "Okafor, Amara", "Okafor, Chidi", "Lindgren, Per", "Mensah, Abena", "Rossi, Paola",
    "Hughes, Carys", "Radványi, Ilona",
)  # fmt: skip
"""Whom the "Reported by" box completes to. Two names begin alike on purpose."""


@dataclass(frozen=True)
class Visitor:
    """Who is asking: the account and the public name of their session."""

    account: Account
    session: str

    @property
    def is_bot(self) -> bool:
        """Whether events that wait for the bot may fire."""
        return self.account.user in BOTS


class Missing(Exception):
    """No such record; becomes 404."""


class Conflict(Exception):
    """Somebody changed the report since it was opened; becomes the concurrent-edit prompt."""

    def __init__(self, row: sqlite3.Row) -> None:
        super().__init__("the report has changed since it was opened")
        self.theirs = row["report_text"]
        self.author = row["report_author"]
        self.at = row["last_changed"]


class Incomplete(Exception):
    """A required field is empty or names nobody; becomes a toast."""


def now() -> str:
    """This moment as the database writes it (UTC, microseconds, so that saves sort)."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def age_text(birth_date: str | None, on: str) -> str:
    """Age as the EHR prints it, with zero-width spaces between the parts (``3y\u200b 2m\u200b 5d``)."""
    if not birth_date:
        return "unknown"
    born, day = date.fromisoformat(birth_date), date.fromisoformat(on[:10])
    months = (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)
    return f"{months // 12}y\u200b {months % 12}m\u200b"


class Records:
    """The EHR's data over one open database connection; used from one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def order(self, order_id: str) -> sqlite3.Row:
        """The order with its present patient's columns. Raises ``Missing``."""
        row = self._db.execute(
            "SELECT o.*, p.mrn, p.issuer, p.display, p.birth_date, p.sex FROM every_order o "
            "JOIN patients p ON p.patient_id = o.current_patient_id WHERE o.order_id = ?",
            (order_id,),
        ).fetchone()
        if row is None:
            raise Missing
        return row  # type: ignore[no-any-return]

    def worklist(self, tab: str, page: int) -> tuple[list[sqlite3.Row], int, int]:
        """One page (from 1; the last, where there are fewer) of a tab by order number; how many orders the tab holds;
        and the number of the page."""
        where = "" if tab == "all" else "WHERE state = :tab"
        total = self._db.execute(f"SELECT count(*) FROM every_order {where}", {"tab": tab}).fetchone()[0]  # noqa: S608 - tables and clauses of this file; values are bound
        page = min(page, max(1, -(-total // PAGE_SIZE)))
        rows = self._db.execute(
            "SELECT o.*, p.display, p.birth_date FROM every_order o "  # noqa: S608 - tables and clauses of this file; values are bound
            f"JOIN patients p ON p.patient_id = o.current_patient_id {where} "
            "ORDER BY order_id LIMIT :size OFFSET :start",
            {"tab": tab, "size": PAGE_SIZE, "start": (page - 1) * PAGE_SIZE},
        ).fetchall()
        return rows, total, page

    def patient(self, patient_id: str) -> sqlite3.Row:
        """A patient's row. Raises ``Missing``."""
        row = self._db.execute("SELECT * FROM patients WHERE patient_id = ?", (patient_id,)).fetchone()
        if row is None:
            raise Missing
        return row  # type: ignore[no-any-return]

    def aliases(self, patient_id: str) -> list[sqlite3.Row]:
        """Earlier names and merged records of a patient."""
        return self._db.execute(
            "SELECT * FROM aliases WHERE patient_id = ? ORDER BY since, name", (patient_id,)
        ).fetchall()

    def orders_of(self, patient_id: str) -> list[sqlite3.Row]:
        """Orders that now stand in a patient's record."""
        return self._db.execute(
            "SELECT * FROM every_order WHERE current_patient_id = ? ORDER BY order_id", (patient_id,)
        ).fetchall()

    def viewed(self, page: str, key: str, visitor: Visitor) -> None:
        """Note that a page's values were handed out; what waits for this moment happens now, after the reading."""
        self._db.execute(
            "INSERT INTO views VALUES (?,?,?,?,?)", (page, key, now(), visitor.session, visitor.account.user)
        )
        moment = {"order": "order_read", "result": "form_opened"}.get(page)
        if moment and visitor.is_bot:
            events.reach(self._db, key, moment, now())

    def touched(self, order_id: str, visitor: Visitor) -> None:
        """Note the first keystroke in an opened result form."""
        self._db.execute(
            "INSERT INTO touches VALUES (?,?,?,?)", (order_id, now(), visitor.session, visitor.account.user)
        )
        if visitor.is_bot:
            events.reach(self._db, order_id, "form_touched", now())

    def save(self, order_id: str, visitor: Visitor, version: int, form: dict[str, str], *, force: bool) -> None:
        """Store a report and log it.

        Like many real systems this one does *not* refuse a save into a cancelled or locked order: a program that does
        not look is found out by the log. Only a changed version is refused, with ``Conflict``, unless ``force``.
        """
        text, reporter = form.get("comment", ""), form.get("reported_by", "").strip()
        if not text.strip():
            raise Incomplete("“Report text” is required.")
        if reporter not in PEOPLE:
            raise Incomplete("“Reported by” is required: choose a person from the list.")
        self._db.execute("BEGIN IMMEDIATE")
        try:
            before = self.order(order_id)
            if before["version"] != version and not force:
                raise Conflict(before)
            self._log_save(before, visitor, text, form.get("impression", ""), reporter, force)
            self._write(order_id, visitor, text, form.get("impression", ""), reporter)
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    def _log_save(
        self, before: sqlite3.Row, who: Visitor, text: str, impression: str, reporter: str, force: bool
    ) -> None:
        self._db.execute(
            "INSERT INTO saves VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                before["order_id"], before["current_patient_id"], now(), text, who.session, who.account.user,
                impression, reporter, int(force), before["state"], before["locked_by"], before["report_status"],
                before["version"],
            ),
        )  # fmt: skip

    def _write(self, order_id: str, who: Visitor, text: str, impression: str, reporter: str) -> None:
        for table in ("orders", "archive"):
            self._db.execute(
                f"UPDATE {table} SET report_text=?, impression=?, reported_by=?, report_status='preliminary', "  # noqa: S608 - tables and clauses of this file; values are bound
                "report_author=?, last_changed=?, version=version+1 WHERE order_id=?",
                (text, impression, reporter, who.account.display, now()[:16].replace("T", " "), order_id),
            )

    def sign(self, order_id: str, visitor: Visitor) -> None:
        """Make the report final. Raises ``PermissionError`` for an account without the right."""
        if not visitor.account.may_sign:
            raise PermissionError
        self.order(order_id)
        stamp = now()
        self._db.execute(
            "UPDATE orders SET report_status='final', state='done', report_author=?, last_changed=?, version=version+1 "
            "WHERE order_id=?",
            (visitor.account.display, stamp[:16].replace("T", " "), order_id),
        )
        self._db.execute("INSERT INTO happenings VALUES (?,?,?,?)", (order_id, stamp, "signed", visitor.account.user))

    def attach(self, order_id: str, visitor: Visitor, filename: str, kind: str, content: bytes) -> None:
        """Keep a picture with the order."""
        patient_id = self.order(order_id)["current_patient_id"]
        digest = hashlib.sha256(content).hexdigest()
        self._db.execute(
            "INSERT INTO attachments VALUES (?,?,?,?,?,?,?,?,?)",
            (order_id, patient_id, now(), visitor.session, visitor.account.user, filename, kind, digest, content),
        )

    def attachments(self, order_id: str) -> list[str]:
        """Names of the files kept with an order."""
        rows = self._db.execute("SELECT filename FROM attachments WHERE order_id=? ORDER BY at", (order_id,))
        return [row["filename"] for row in rows]


def completions(typed: str) -> list[str]:
    """People whose name begins with, or holds a word that begins with, what was typed; at most six."""
    wanted = typed.strip().casefold()
    if not wanted:
        return list(PEOPLE[:6])
    return [p for p in PEOPLE if p.casefold().startswith(wanted) or f" {wanted}" in f" {p.casefold()}"][:6]


def display_of(user: str) -> str:
    """How an account signs its reports."""
    return ACCOUNTS[user].display
