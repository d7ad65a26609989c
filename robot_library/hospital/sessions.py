"""Sign-in sessions of EHR and PACS: a cookie, a row, and an end that comes in the middle of things."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import time
from dataclasses import dataclass
from typing import Literal

from robot_library.hospital.records import Visitor, now
from robot_library.hospital.settings import ACCOUNTS, Settings, SignInRules

Kept = Literal["wrong", "wrong_code", "expired", "code", "elsewhere", "full"]
"""What keeps somebody out."""


@dataclass(frozen=True)
class Opened:
    """A token for the cookie, or what keeps the user out."""

    token: str
    kept: Kept | None


class Sessions:
    """Opens and checks the sessions of one system (``ehr`` or ``pacs``)."""

    def __init__(self, connection: sqlite3.Connection, settings: Settings, system: str) -> None:
        self._db = connection
        self._settings = settings
        self.system = system
        self.cookie = f"{system}_session"
        self._used: dict[str, int] = {}
        """Time steps of the last one-time codes, by user."""

    def open(self, user: str, password: str, code: str = "", *, take_over: bool = False) -> Opened:
        """Sign in, unless something keeps the user out. Every try is logged."""
        account = ACCOUNTS.get(user)
        right = account is not None and secrets.compare_digest(account.password.encode(), password.encode())
        kept = self._kept_out(user, code, take_over) if right else "wrong"
        session = "" if kept else secrets.token_hex(6)
        if kept != "code":  # half of a sign-in is no try
            row = (now(), self.system, user, int(kept is None), session)
            self._db.execute("INSERT INTO sign_ins VALUES (?,?,?,?,?)", row)
        if kept is not None:
            return Opened("", kept)
        token = secrets.token_urlsafe(24)
        self._db.execute(
            "INSERT INTO sessions (token_sha256, session, system, account, started, limit_requests) "
            "VALUES (?,?,?,?,?,?)",
            (_digest(token), session, self.system, user, time.time(), self._limit(user)),
        )
        return Opened(token, None)

    def _kept_out(self, user: str, code: str, take_over: bool) -> Kept | None:
        """What keeps somebody with the right password out; ``None`` lets them in."""
        rules = self._settings.sign_in.get(user, SignInRules())
        if self.system != "ehr":
            return None
        if rules.password_days == 0:
            return "expired"
        if rules.totp and not code:
            return "code"
        if rules.totp and not self._right_code(user, rules.totp, code):
            return "wrong_code"
        mine = "SELECT count(*) FROM sessions WHERE system='ehr' AND account=? AND NOT ended"
        if rules.alone and self._db.execute(mine, (user,)).fetchone()[0]:
            if not take_over:
                return "elsewhere"
            self._db.execute("UPDATE sessions SET ended=1 WHERE system='ehr' AND account=?", (user,))
        every = self._db.execute("SELECT count(*) FROM sessions WHERE system='ehr' AND NOT ended").fetchone()[0]
        return "full" if self._settings.licences and every >= self._settings.licences[0] else None

    def _right_code(self, user: str, seed: str, code: str) -> bool:
        """The code of this half minute or the last; one that was taken is not taken again."""
        import pyotp

        made = pyotp.TOTP(seed)
        step = int(time.time()) // made.interval
        given = code.encode("utf-8", "replace")
        fits = [one for one in (step, step - 1) if secrets.compare_digest(made.generate_otp(one).encode(), given)]
        found = fits[0] if fits else None
        if found is None or found <= self._used.get(user, 0):
            return False
        self._used[user] = found
        return True

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
