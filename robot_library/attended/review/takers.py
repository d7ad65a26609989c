"""Whom a question can be sent to: people of this site who may answer it, and can come in."""

from __future__ import annotations

from robot_library.attended.house import House
from robot_library.people.book import known_as
from robot_library.web.shell import Ask


def takers(house: House, ask: Ask) -> list[str]:
    """Their names, without whoever asks."""
    may = ask.shell.doors.rights.may
    known = [one for one in house.book.all() if one.ready and not one.disabled and one.name != known_as(ask.who)]
    return [one.name for one in known if may(" ".join(one.roles), "findings")]
