"""Which cases a changed file touches: those whose bot is made of it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from robot_library.errors import AuthoringError
from robot_library.model.case import Case
from robot_library.parsing.bots import parts
from robot_library.parsing.library import SITE, Library

_PASSED_OVER = frozenset({"node_modules", "train", "build", "dist"})
_AUTHORS = frozenset({".yaml", ".yml", ".html", ".png", ".json", ".onnx", ".toml", ".csv"})


def touched(cases: Sequence[Case], library: Library, changed: Iterable[Path]) -> list[Case]:
    """Those among the cases that any of these files may change; all, where it cannot be told."""
    files = {path.resolve() for path in changed}
    return [case for case in cases if _touches(case, library, files)]


def _touches(case: Case, library: Library, changed: set[Path]) -> bool:
    try:
        made = list(made_of_case(case, library))
    except AuthoringError:  # what cannot be read may be anything
        return True
    return any(path == one or one in path.parents for path in changed for one in made)


def made_of_case(case: Case, library: Library) -> Iterator[Path]:
    """Files and folders that a case stands on, itself among them."""
    spec = library.bot(case.bot)
    found = parts(spec, library)
    if case.place is not None:
        yield Path(case.place.file).resolve()
    yield library.path("bot", case.bot)
    yield from (library.path("workflow", name) for name in found.workflows)
    for name in found.screens:
        path = library.path("screen", name)
        yield from (path, path.parent / name)
    yield from (library.path("template", name) for name in found.templates)
    yield from (library.path("skill", name).parent for name in found.skills)
    yield library.folders[0] / SITE
    if case.recorded is not None:
        yield (library.folders[0] / case.recorded).resolve()


class Watch:
    """An author's files below a folder, looked at again and again. Nothing is installed in the system for it, so that
    it works on every drive."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._seen = self._look()

    def __len__(self) -> int:
        return len(self._seen)

    def changed(self, every: float = 0.4) -> list[Path]:
        """Wait until files have been written, added or taken away, and nothing has moved for one more look: an editor
        that is saving several is waited for. `every` is seconds from look to look."""
        before, last = self._seen, self._seen
        while True:
            time.sleep(every)
            now = self._look()
            if now != before and now == last:
                self._seen = now
                return sorted(path for path in {*now, *before} if now.get(path) != before.get(path))
            last = now

    def _look(self) -> dict[Path, tuple[int, int]]:
        found = {}
        for folder, inner, files in os.walk(self._folder):
            inner[:] = [name for name in inner if name[0] not in "._" and name not in _PASSED_OVER]
            for name in files:
                path = Path(folder, name)
                if path.suffix in _AUTHORS:
                    try:
                        is_at = path.stat()
                    except OSError:  # taken away meanwhile
                        continue
                    found[path] = (is_at.st_mtime_ns, is_at.st_size)
        return found
