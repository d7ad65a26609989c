"""What files hold while a project is looked at: what an editor has not saved yet comes first, and each is read once.

Without `reading`, every file is read from the disk each time, as it is when a bot runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from robot_library.errors import AuthoringError
from robot_library.model.diagnostic import Diagnostic

T = TypeVar("T")


@dataclass(slots=True)
class Texts:
    """`unsaved` holds texts by resolved path. What was made of a text is kept until the file has another."""

    unsaved: dict[Path, str] = field(default_factory=dict)
    seen: dict[object, Any] = field(default_factory=dict)
    """What the folders hold, as seen since this reading began."""
    _made: dict[tuple[str, object], tuple[object, Any, tuple[Diagnostic, ...] | None]] = field(default_factory=dict)

    def over(self, unsaved: dict[Path, str]) -> Texts:
        """Other unsaved texts over the same files; what was made of a text serves both."""
        return Texts(dict(unsaved), {}, self._made)

    def make(self, file: str, what: object, text: object, how: Callable[[], T]) -> T:
        """What `how` makes of a file's text (or whatever tells that it has changed), made once; what is wrong with it
        is kept as well."""
        known = self._made.get((file, what))
        if known is None or known[0] != text:
            try:
                known = (text, how(), None)
            except AuthoringError as error:
                known = (text, None, error.diagnostics)
            self._made[file, what] = known
        _, made, wrong = known
        if wrong is not None:
            raise AuthoringError(wrong)
        return cast(T, made)


_NOW: ContextVar[Texts | None] = ContextVar("wetread_texts", default=None)


@contextmanager
def reading(texts: Texts | None = None) -> Iterator[Texts]:
    """Within it, files are read once. `texts`: those of an editor; None: those that hold already, else new ones."""
    inner = _NOW.get()
    held = texts or inner or Texts()
    if held is not inner:
        held.seen.clear()
    token = _NOW.set(held)
    try:
        yield held
    finally:
        _NOW.reset(token)


def unsaved(path: Path) -> str | None:
    """The text that an editor holds of a file and has not saved; None: what is on the disk counts."""
    texts = _NOW.get()
    return texts.unsaved.get(path.resolve()) if texts is not None and texts.unsaved else None


def once(file: str, what: object, text: object, how: Callable[[], T]) -> T:
    """What is made of a file, made once within `reading`."""
    texts = _NOW.get()
    return how() if texts is None else texts.make(file, what, text, how)


def meanwhile(key: object, how: Callable[[], T]) -> T:
    """What is seen in the folders, looked at once as long as a `reading` goes on."""
    texts = _NOW.get()
    if texts is None:
        return how()
    if key not in texts.seen:
        texts.seen[key] = how()
    return cast(T, texts.seen[key])
