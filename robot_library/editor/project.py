"""The files that an editor has open, and the project around them, checked as `wetread check` does."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from robot_library.lint import check
from robot_library.lint.files import files_below
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.library import MARKER, Library, bundled, project_above
from robot_library.parsing.texts import Texts, reading

Found = dict[Path, list[Diagnostic]]


class Project:
    """Unsaved texts over the files on the disk; what was read of a file is kept until it changes."""

    def __init__(self) -> None:
        self.open: dict[Path, str] = {}
        self._texts = Texts()

    def texts(self) -> Texts:
        """The texts as they are now; later edits do not change them."""
        return self._texts.over(self.open)

    def library(self, path: Path) -> Library:
        """The library that a file belongs to: its project's, else that of the folder above with bots or workflows."""
        own = project_above(path.parent) or next(
            (folder for folder in path.parents if folder.name not in ("bots", "workflows") and _is_project(folder)),
            None,
        )
        return Library(*([own] if own else []), bundled())

    def check(self, path: Path) -> Found:
        """Diagnostics of one file, by the files they are in (a workflow's may be in one that it calls)."""
        with reading(self.texts()):
            return _by_file(check([path], self.library(path)), [path])

    def check_all(self, path: Path) -> Found:
        """Diagnostics of the whole project that a file is in, and of every open file of it: also of those without."""
        with reading(self.texts()):
            library = self.library(path)
            root = library.folders[0]
            files = files_below(root) if _is_project(root) else []
            files += [one for one in self.open if one not in files and (one == path or root in one.parents)]
            return _by_file(check(files, library), files)


def _is_project(folder: Path) -> bool:
    return (folder / MARKER).is_file() or any((folder / name).is_dir() for name in ("bots", "workflows"))


def _by_file(found: list[Diagnostic], looked_at: list[Path]) -> Found:
    by_file: Found = defaultdict(list, {path.resolve(): [] for path in looked_at})
    for one in found:
        by_file[(Path.cwd() / one.file).resolve()].append(one)
    return dict(by_file)
