"""The hunt: values looked for in files and folders, in every reading of every byte (`streams.py`).

A value is found in any case of its letters, in UTF-8 or Latin-1, and where only its accents are gone.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from robot_library.hospital.settings import ACCOUNTS, BOT
from tests.leaks.streams import readings

NOBODY = {"UNKNOWN"}
"""The name of those who have none."""
_LOW = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz")
_BITS = 20


@dataclass(frozen=True)
class Hit:
    """A value that is where it must not be. Tests print it: values of a test are nobody's."""

    value: str
    place: str
    how: str
    """What it was wrapped in; empty for in clear."""


def marks(books: Path) -> set[str]:
    """What says who somebody is, in the demo hospital's books; and the password that bots sign in with."""
    with closing(sqlite3.connect(books)) as database:
        rows = database.execute("SELECT mrn, family, given, display, birth_date FROM patients").fetchall()
        rows += database.execute("SELECT patient_name, study_uid FROM studies").fetchall()
        rows += database.execute("SELECT accession FROM orders").fetchall()
    found = {str(value) for row in rows for value in row if value} - NOBODY
    found |= {value.replace("-", "") for value in found if re.fullmatch(r"\d{4}-\d\d-\d\d", value)}
    return {value for value in found if len(value) >= 6} | {ACCOUNTS[BOT].password}


class Hunt:
    """For these values, each of five letters or more; figures alone count only where no figure or hex digit adjoins."""

    def __init__(self, values: Iterable[str]) -> None:
        self._forms: dict[int, list[tuple[bytes, str]]] = {}
        for value in sorted(set(values)):
            for form in _forms(value):
                self._forms.setdefault(int(_codes(form)[0]), []).append((form, value))
        self._table = np.zeros(1 << _BITS, bool)
        for code in self._forms:
            self._table[code] = True

    def within(self, data: bytes, place: str) -> Iterator[Hit]:
        """Hits in some bytes; each value once for each way it is wrapped."""
        seen = set()
        for how, reading in readings(data):
            for value in self._in_clear(reading.translate(_LOW)):
                if (value, how) not in seen:
                    seen.add((value, how))
                    yield Hit(value, place, how)

    def folder(self, folder: Path) -> Iterator[Hit]:
        """Hits in the names and bytes of all files below."""
        for path in sorted(folder.rglob("*")):
            place = path.relative_to(folder).as_posix()
            yield from self.within(place.encode("utf-8", "surrogateescape"), f"name of {place}")
            if path.is_file() and not path.is_symlink():
                yield from self.within(path.read_bytes(), place)

    def _in_clear(self, data: bytes) -> Iterator[str]:
        codes = _codes(data)
        for at in np.flatnonzero(self._table[codes]).tolist():
            for form, value in self._forms[int(codes[at])]:
                if data.startswith(form, at) and not _part_of_a_number(data, at, form):
                    yield value


def _forms(value: str) -> set[bytes]:
    assert len(value) > 4, f"{value!r} is too short to be looked for"
    bare = "".join(letter for letter in unicodedata.normalize("NFD", value) if not unicodedata.combining(letter))
    found = set()
    for text in (value, value.lower(), value.upper(), bare, unicodedata.normalize("NFD", value)):
        found.add(text.encode().translate(_LOW))
        found |= {text.encode(wide).translate(_LOW) for wide in ("utf-16-le", "utf-16-be")}
        found.add(text.encode("latin-1", "replace").translate(_LOW))
    return {form for form in found if b"?" not in form or "?" in value}


def _codes(data: bytes) -> npt.NDArray[np.uint32]:
    """A number for each four bytes that follow one another."""
    raw = np.frombuffer(data, np.uint8)
    if len(raw) < 4:
        return np.zeros(0, np.uint32)
    wide = raw.astype(np.uint32)
    code = wide[:-3] | wide[1:-2] << 8 | wide[2:-1] << 16 | wide[3:] << 24
    return code * np.uint32(2654435761) >> np.uint32(32 - _BITS)


def _part_of_a_number(data: bytes, at: int, form: bytes) -> bool:
    """Eight figures in a row turn up in a long hash by chance."""
    if not re.fullmatch(rb"[0-9a-f.-]+", form):
        return False
    around = data[at - 1 : at] + data[at + len(form) : at + len(form) + 1]
    return re.search(rb"[0-9a-f]", around) is not None
