"""What the pages of the clerk's app ask for, of one home."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from robot_library.attended.house import House
from robot_library.attended.startable import startables
from robot_library.engine.desk import Desk
from robot_library.errors import SetupError
from robot_library.parsing.library import Library
from robot_library.people.book import Book
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson


def house_of(home: Path, key: SiteKey, desk: Desk, library: Library, *, own_machine: bool = False) -> House:
    """What the pages of this home ask for. The desk is open, or will be. `own_machine`: whoever uses them sits before
    this machine's own screen."""
    sealer = SealedJson(key)
    blobs, book = FileBlobs(home / "blobs", key), Book(home, sealer)
    front = _front() if own_machine else None
    return House(
        home, key, sealer, desk, library, blobs, book, library.site().zone, tuple(startables(library)), front
    )  # fmt: skip


def _front() -> Callable[[float], Iterator[Sequence[str]]] | None:
    """Reads a window of this machine's screen, where that can be done."""
    from robot_library.drivers.desktop.front import Front

    try:
        return Front().texts
    except SetupError:
        return None
