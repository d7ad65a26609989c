"""The clerk's app of one home: its doors, and what its pages ask for."""

from __future__ import annotations

from pathlib import Path

from robot_library.attended.house import House
from robot_library.attended.people.book import Book
from robot_library.attended.rights import IDLE, rights
from robot_library.attended.startable import startables
from robot_library.engine.desk import Desk
from robot_library.parsing.library import Library
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson
from robot_library.web.doors import Doors

DOORS = "attend.sqlite"


def doors_of(home: Path, key: SiteKey, *, idle: float = IDLE) -> Doors:
    """Links and sessions of the app of this home. `idle`: seconds without anything done that end a session."""
    return Doors(home, key.derive("attend"), rights=rights(idle), file=DOORS)


def house_of(home: Path, key: SiteKey, desk: Desk, library: Library) -> House:
    """What the pages of this home ask for. The desk is open, or will be."""
    sealer = SealedJson(key)
    blobs, book = FileBlobs(home / "blobs", key), Book(home, sealer)
    return House(home, key, sealer, desk, library, blobs, book, library.site().zone, tuple(startables(library)))
