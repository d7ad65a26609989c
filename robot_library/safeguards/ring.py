"""Keys that can be destroyed: one for each item, report and arrival, random, wrapped under the site key, a file each.

To forget a patient is to destroy these keys. What was sealed under them then stays closed wherever it lies: in the
database's free pages, in an earlier copy, in a file system's remains. In the key's place stands a mark, so that no key
of that name is ever made again.

Of an item the database knows for ever that it was; of a study that has arrived nothing stays but what is sealed. So the
keys of what only passes through are noted beside themselves, and collected once nothing is sealed under them.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from robot_library.errors import SetupError
from robot_library.safeguards.locked import locked
from robot_library.safeguards.whole import name_new, names_kept, write_beside

VARIABLE = "WETREAD_KEYS"
FOLDER, LIST = "keys", "shredded"
_MARK = b"shredded"
_NAME = re.compile(r"[0-9a-f]{64}")
_NONCE, _SIZE, _MOST = 12, 32, 4096
_NOTE = ".passing"
_MARKED = 64
"""Bytes of a mark: more than of a key, so that a key that another process still remembers is seen to be gone."""


class Ring:
    """One folder of wrapped keys. Safe between processes: a key is made once, whoever is faster."""

    def __init__(
        self, folder: Path, wrapping: bytes, naming: bytes, also: Path | None = None, *, apart: bool = False
    ) -> None:
        """`also`: where the names of destroyed keys are written down a second time, outside what a backup puts back.
        `apart`: other hosts, or archives that hold no keys, may need what lies here: nothing is taken away."""
        self.folder, self.apart = folder, apart
        self.lists = [folder / LIST, *([also] if also is not None else [])]
        self._wrapping, self._naming = AESGCM(wrapping), naming
        self._known: dict[str, tuple[tuple[int, int, int], AESGCM]] = {}

    def name(self, owner: str) -> str:
        """What an owner's key is called: 64 hex digits that tell nothing without the site key."""
        return hmac.new(self._naming, owner.encode(), hashlib.sha256).hexdigest()

    def make(self, name: str) -> AESGCM:
        """The key, made if there is none yet: on disk before it returns. SetupError if it was destroyed."""
        try:
            return self.get(name)
        except FileNotFoundError:
            self._written(name)
            return self.get(name)

    @contextmanager
    def passing(self, name: str) -> Iterator[AESGCM]:
        """As `make`, for what passes through: what is on disk under the key when the block ends never loses it to
        `collect`, whatever that has seen before."""
        if self.apart:
            yield self.make(name)
            return
        note = self._path(name).with_suffix(_NOTE)
        note.parent.mkdir(parents=True, exist_ok=True)
        with self._alone(name):
            note.touch(0o600)
            yield self.make(name)
            now = time.time_ns()
            os.utime(note, ns=(now, now))

    def noted(self) -> dict[str, int]:
        """Names of keys of what passes through, and when each was last sealed under: for `collect`."""
        return {path.stem: path.stat().st_mtime_ns for path in self.folder.glob(f"??/*{_NOTE}")}

    def collect(self, noted: Mapping[str, int], needed: Collection[str], *, really: bool = True) -> int:
        """Take away those of the noted keys that nothing is sealed under. How many. `needed` must have been looked up
        after `noted`: what was sealed in between is seen there, and what came later by its note."""
        count = 0
        for name in sorted(set(noted) - set(needed)):
            note = self._path(name).with_suffix(_NOTE)
            with self._alone(name):
                if not note.exists() or note.stat().st_mtime_ns != noted[name]:
                    continue
                count += self.remove([name]) if really else self.there(name)
                if really:
                    note.unlink()
        return count

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        """Of all keys whose names begin alike."""
        with locked(self._path(name).with_name("passing.lock")):
            yield

    def get(self, name: str) -> AESGCM:
        """The key. FileNotFoundError if there is none here; SetupError if it was destroyed or does not open."""
        path = self._path(name)
        state = path.stat()
        stamp = (state.st_ino, state.st_mtime_ns, state.st_size)
        known = self._known.get(name)
        if known is not None and known[0] == stamp:
            return known[1]
        raw = path.read_bytes()
        if raw.startswith(_MARK):
            self._known.pop(name, None)
            raise SetupError("what was kept of this patient was shredded: its key is destroyed.")
        try:
            cipher = AESGCM(self._wrapping.decrypt(raw[:_NONCE], raw[_NONCE:], name.encode()))
        except InvalidTag:
            raise SetupError(f"the key {name[:12]} in {self.folder} is damaged, or of another site key.") from None
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[name] = (stamp, cipher)
        return cipher

    def destroy(self, names: Iterable[str]) -> int:
        """Destroy keys for good, also such as this folder does not hold (yet). How many there were.

        The mark is written over the key's own bytes: on a disk that keeps old versions (flash, copy on write) that is
        no proof.
        """
        names, count = sorted(set(names)), 0
        for path in self.lists if names else ():
            if new := sorted(set(names) - listed(path)):
                _added(path, new)
        for name in names:
            path, mark = self._path(name), (_MARK + f" {int(time.time())}".encode("ascii")).ljust(_MARKED)
            try:
                with path.open("r+b") as file:
                    if not file.read(len(_MARK)).startswith(_MARK):
                        count += 1
                        file.seek(0)
                        file.write(mark)
                        file.flush()
                        os.fsync(file.fileno())
            except FileNotFoundError:
                os.replace(write_beside(path, mark), path)
                names_kept(path.parent)
            self._known.pop(name, None)
        return count

    def there(self, name: str) -> bool:
        """Whether a key lies here, and was not destroyed."""
        return self._path(name).exists() and not self.destroyed(name)

    def remove(self, names: Iterable[str]) -> int:
        """Take keys away that nothing is sealed under any more. How many there were. What was destroyed stays marked,
        and a key of the same name can be made again: it is another one."""
        count = 0
        for name in names:
            if not self.there(name):
                continue
            path = self._path(name)
            aside = path.with_name(f"{name}.{secrets.token_hex(4)}")
            os.replace(path, aside)
            self._known.pop(name, None)
            with aside.open("r+b") as file:
                file.write(bytes(aside.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            aside.unlink()
            names_kept(path.parent)
            count += 1
        return count

    def destroyed(self, name: str) -> bool:
        """Whether a mark stands in a key's place."""
        try:
            with self._path(name).open("rb") as file:
                return file.read(len(_MARK)) == _MARK
        except FileNotFoundError:
            return False

    def all_destroyed(self) -> set[str]:
        """Names of keys that were destroyed, here or before what is here was put back from a backup."""
        return set[str]().union(*map(listed, self.lists))

    def _written(self, name: str) -> None:
        path, nonce = self._path(name), secrets.token_bytes(_NONCE)
        wrapped = nonce + self._wrapping.encrypt(nonce, secrets.token_bytes(_SIZE), name.encode())
        try:
            name_new(write_beside(path, wrapped), path)
        except FileExistsError:
            return
        names_kept(path.parent)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise SetupError("the name of a key is malformed.")
        return self.folder / name[:2] / name


def listed(path: Path) -> set[str]:
    """Names of keys in a list of destroyed ones; none where there is no list."""
    try:
        return {name for name in path.read_text(encoding="ascii").split() if _NAME.fullmatch(name)}
    except FileNotFoundError:
        return set()


def _added(path: Path, names: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="ascii", newline="\n") as file:
        file.write("".join(f"\n{name}" for name in names) + "\n")
        file.flush()
        os.fsync(file.fileno())
