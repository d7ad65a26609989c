"""Films that somebody dropped on a form: checked as every film is, kept encrypted, and named by a ticket.

Their header fills the form in. It proves nothing: whoever dropped them may have taken the wrong file, so that the
patient is read from the hospital's own systems all the same, and must agree.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from robot_library.errors import BusinessException, StudyNotFound
from robot_library.interfaces import BlobStore
from robot_library.model.owner import evidence_of

LARGEST = 256 * 2**20
"""Bytes of one object."""
_MOST, _LASTS, _TICKETS = 2000, 3600.0, 200


@dataclass
class Dropped:
    """What was dropped on one form: of one study only. `blobs` refer to the kept bytes."""

    who: str
    at: float
    fields: Mapping[str, str]
    blobs: list[str] = field(default_factory=list)


class Films:
    """What was dropped and has not become an order yet; forgotten after an hour."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs, self._dropped = blobs, dict[str, Dropped]()

    def add(self, ticket: str, who: str, data: bytes) -> tuple[str, Dropped]:
        """One object; the ticket it went to. StudyNotFound, or a refusal of imaging's, if it is no film, or one of
        another study."""
        from robot_library.imaging.arriving import study_fields

        fields = study_fields(data)
        self._tidy()
        one = self.get(ticket, who)
        if one is None:
            ticket, one = secrets.token_urlsafe(16), Dropped(who, time.time(), fields)
            self._dropped[ticket] = one
        if fields["study_uid"] != one.fields["study_uid"]:
            raise StudyNotFound("this film is of another study than those before it.", cure="Drop one study at a time.")
        if len(one.blobs) >= _MOST:
            raise BusinessException(f"more than {_MOST} films in one go are not taken.")
        with evidence_of(f"arrival|{ticket}"):
            ref = self._blobs.put(data)
        if ref not in one.blobs:
            one.blobs.append(ref)
        return ticket, one

    def get(self, ticket: str, who: str) -> Dropped | None:
        """What was dropped under a ticket, by this person."""
        one = self._dropped.get(ticket)
        return one if one is not None and one.who == who else None

    def take(self, ticket: str, who: str) -> str:
        """A reference under which a step finds the films (`fetch_study: {received: …}`); "" if there are none."""
        one = self.get(ticket, who)
        return self._blobs.put(json.dumps(sorted(one.blobs)).encode()) if one else ""

    def forget(self, ticket: str) -> None:
        """They have become an order."""
        self._dropped.pop(ticket, None)

    def _tidy(self) -> None:
        now = time.time()
        for ticket in [ticket for ticket, one in self._dropped.items() if now - one.at > _LASTS]:
            del self._dropped[ticket]
        while len(self._dropped) >= _TICKETS:
            del self._dropped[next(iter(self._dropped))]
