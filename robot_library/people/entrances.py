"""The two applications that people of a home come into, each with its links and sessions in a file of its own."""

from __future__ import annotations

from pathlib import Path

from robot_library.people.rights import IDLE, clerks_rights, dashboard_rights
from robot_library.safeguards.keys import SiteKey
from robot_library.web.doors import Doors


def clerks_doors(home: Path, key: SiteKey, *, idle: float = IDLE) -> Doors:
    """Of the clerk's app. `idle`: seconds without anything done that end a session."""
    return Doors(home, key.derive("attend"), rights=clerks_rights(idle), file="attend.sqlite")


def dashboard_doors(home: Path, key: SiteKey) -> Doors:
    """Of the dashboard."""
    return Doors(home, key.derive("doors"), rights=dashboard_rights(), file="doors.sqlite")


def every_door(home: Path, key: SiteKey) -> list[Doors]:
    """Both: whoever is sent away is sent away everywhere."""
    return [clerks_doors(home, key), dashboard_doors(home, key)]
