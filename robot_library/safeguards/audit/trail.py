"""What the engine tells, as lines of the trail of one home."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from robot_library.model.audit import Happened, hashed
from robot_library.safeguards.audit.log import Log
from robot_library.safeguards.audit.signing import HEAD_VARIABLE, Signer
from robot_library.safeguards.keys import SiteKey, beside_key

FOLDER, HEAD = "audit", "audit.head"


def head_of(home: Path) -> Path:
    """Where a home's head is kept: the file that the environment names, beside the site key where that is elsewhere,
    else in the home, outside the trail's folder."""
    if named := os.environ.get(HEAD_VARIABLE):
        return Path(named)
    return beside_key(home, HEAD) or home / HEAD


class AuditTrail:
    """Implements the engine's Trail. `person` is the account at this desk: who stands behind what names nobody else,
    and who has named whoever is named."""

    def __init__(self, home: Path, key: SiteKey, *, person: str = "") -> None:
        self.log = Log(home / FOLDER, head_of(home), Signer(key))
        self._person = person
        self._source = {"host": socket.gethostname()}

    def record(self, happened: Happened) -> None:
        """On disk before it returns. AuditBroken if it cannot be, and then what it tells of must not happen."""
        self.log.append([self._event(happened)])

    def record_all(self, happened: Iterable[Happened]) -> None:
        """Many at once, on disk together before it returns."""
        if events := [self._event(one) for one in happened]:
            self.log.append(events)

    def _event(self, happened: Happened) -> dict[str, Any]:
        said = {name: value for name, value in asdict(happened).items() if value}
        if self._person and self._person != happened.person:
            said["account" if happened.person else "person"] = self._person
        return {**said, **self._source}


def patient_hash(key: SiteKey, number: str) -> str:
    """What stands in the trail for a patient's number (the engine's `patients_in` makes the same)."""
    from robot_library.safeguards.sealed import SealedJson

    return hashed(SealedJson(key).mac, number)
