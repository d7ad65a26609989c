"""Sign-in sessions of EHR and PACS: a cookie, a row, and an end that comes in the middle of things."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import time

from robot_library.hospital.records import Visitor, now
from robot_library.hospital.settings import ACCOUNTS, Settings


class Sessions:
    """Opens and checks the sessions of one system (``ehr`` or ``pacs``)."""

    def __init__(self, connection: sqlite3.Connection, settings: Settings, system: str) -> None:
        self._db = connection
        self._settings = settings
        self.system = system
        self.cookie = f"{system}_session"

    def open(self, user: str, password: str) -> str | None:
        """A token for the cookie, or ``None`` for a wrong user or password. Every try is logged."""
        account = ACCOUNTS.get(user)
        right = account is not None and secrets.compare_digest(account.password.encode(), password.encode())
        session = secrets.token_hex(6) if right else ""
        self._db.execute("INSERT INTO sign_ins VALUES (?,?,?,?,?)", (now(), self.system, user, int(right), session))
        if not right:
            return None
        token = secrets.token_urlsafe(24)
        self._db.execute(
            "INSERT INTO sessions (token_sha256, session, system, account, started, limit_requests) "
            "VALUES (?,?,?,?,?,?)",
            (_digest(token), session, self.system, user, time.time(), self._limit(user)),
        )
        return token

    def _limit(self, user: str) -> int | None:
        """Requests that the session about to be opened will live."""
        if self.system != "ehr":
            return None
        earlier = self._db.execute(
            "SELECT count(*) FROM sessions WHERE account=? AND system=?", (user, self.system)
        ).fetchone()[0]
        limits = self._settings.session_requests
        return limits[earlier] if earlier < len(limits) else None

    def check(self, token: str | None) -> Visitor | None:
        """Who holds this token, or ``None`` when it is unknown or its session has ended. Counts the request."""
        if not token:
            return None
        rows = self._db.execute(
            "UPDATE sessions SET requests = requests + 1 WHERE token_sha256=? AND system=? AND NOT ended RETURNING *",
            (_digest(token), self.system),
        ).fetchall()
        if not rows:
            return None
        row = rows[0]
        seconds = self._settings.session_seconds
        worn = row["limit_requests"] is not None and row["requests"] > row["limit_requests"]
        if worn or (seconds is not None and self.system == "ehr" and time.time() - row["started"] > seconds):
            self._db.execute("UPDATE sessions SET ended=1 WHERE token_sha256=?", (_digest(token),))
            return None
        return Visitor(ACCOUNTS[row["account"]], row["session"])

    def close(self, token: str | None) -> None:
        """Sign out."""
        if token:
            self._db.execute("UPDATE sessions SET ended=1 WHERE token_sha256=?", (_digest(token),))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
