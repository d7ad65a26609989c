"""What the pages of the clerk's app ask for: made once by whoever serves them, and handed to every room."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from robot_library.attended.people.book import Book
from robot_library.engine.desk import Desk
from robot_library.interfaces import BlobStore
from robot_library.parsing.library import Library
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson


@dataclass(frozen=True)
class House:
    """One site. `desk` is the door to its queue, `library` to its files, `blobs` to what was kept, encrypted, `book` to
    its people.

    `zone` is the site's time zone, for moments on pages.
    """

    home: Path
    key: SiteKey
    sealer: SealedJson
    desk: Desk
    library: Library
    blobs: BlobStore
    book: Book
    zone: str = "UTC"
