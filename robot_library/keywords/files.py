"""Which files keywords may touch: those of the project and of folders that the site names, never the project's own
definitions or wetread's home."""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from robot_library.keywords.effects import folded
from robot_library.model.keywords import KeywordRules
from robot_library.parsing.damaged import DAMAGED
from robot_library.parsing.library import Library, bundled

_PATHS: dict[str, frozenset[str]] = {
    "RPA.Tables": frozenset({"path"}),
    "RPA.JSON": frozenset({"filename"}),
    "RPA.Excel.Files": frozenset({"path"}),
    "RPA.PDF": frozenset(
        {
            "files", "target_document", "image_path", "output_path", "source_path", "source_pdf", "path",
            "images_folder", "working_directory", "template",
        }
    ),
    "RPA.Archive": frozenset({"folder", "archive_name", "files", "path"}),
    "RPA.FileSystem": frozenset({"path", "pattern", "source", "sources", "destination", "paths"}),
    "RPA.Robocorp.WorkItems": frozenset({"path", "dirname", "files", "root", "input", "output"}),
    "RPA.Robocorp.Vault": frozenset({"secret_file"}),
    "RPA.Email.ImapSmtp": frozenset(
        {"attachments", "images", "eml_filepath", "save_attachments_directory", "input_source", "output_path"}
    ),
}  # fmt: skip
"""Arguments that are paths, of libraries where that is known for certain."""
_OF_KEYWORD = {
    ("RPA.Email.ImapSmtp", "saveattachment"): {"target_folder"},
    ("RPA.Email.ImapSmtp", "saveattachments"): {"target_folder"},
    ("RPA.Email.ImapSmtp", "savemessages"): {"target_folder"},
    ("RPA.Robocorp.WorkItems", "addworkitemfiles"): {"pattern"},
}
_NO_PATHS = {("RPA.FileSystem", "joinpath"), ("RPA.FileSystem", "getfileextension")}
"""They look at the text only."""
_LIKELY = re.compile(r"(^|_)(path|paths|file|files|filename|folder|directory|dir|source|destination|output)s?(_|$)")
NEEDED = {
    ("RPA.Archive", "extractarchive"): "path",
    ("RPA.Archive", "extractfilefromarchive"): "path",
    ("RPA.FileSystem", "listfilesindirectory"): "path",
    ("RPA.FileSystem", "listdirectoriesindirectory"): "path",
    ("RPA.FileSystem", "isdirectoryempty"): "path",
    ("RPA.FileSystem", "isdirectorynotempty"): "path",
    ("RPA.PDF", "savefigureasimage"): "images_folder",
    ("RPA.PDF", "savefiguresasimages"): "images_folder",
    ("RPA.Email.ImapSmtp", "saveattachment"): "target_folder",
    ("RPA.Email.ImapSmtp", "saveattachments"): "target_folder",
    ("RPA.Email.ImapSmtp", "savemessages"): "target_folder",
    ("RPA.Robocorp.WorkItems", "getworkitemfile"): "path",
    ("RPA.Robocorp.WorkItems", "getworkitemfiles"): "dirname",
}
"""Paths that a keyword would take from the working folder if they were left out: here they are given."""
REFUSED = {("RPA.Email.ImapSmtp", "convertemlfileintomessage"): "save_attachments_directory"}
"""Folders that a keyword would write to under names that strangers choose."""
_BARE = frozenset({"prefix", "file_prefix"})
"""Beginnings of file names, which lead nowhere."""
GROWTH, LEAST = 100, 100_000_000
"""Bytes that an archive may unpack to: so many times its own, or so many if that is more. Text grows tenfold."""
_DEFINITIONS = ("bots", "workflows", "skills", "site.yaml", "wetread.toml")


@dataclass(frozen=True)
class Folders:
    """Where keywords' files lie. Relative paths begin at `base`; `home` is wetread's own and closed."""

    base: Path
    more: tuple[Path, ...] = ()
    home: Path | None = None

    def resolved(self, text: str) -> Path | None:
        """A path as the keyword gets it; None if it leads where keywords may not go."""
        path = (self.base / text).resolve()
        if self.home is not None and path.is_relative_to(self.home.resolve()):
            return None
        base = self.base.resolve()
        if path.is_relative_to(base):
            first = path.relative_to(base).parts[:1]
            return None if not first or first[0] in _DEFINITIONS or first[0].startswith(".") else path
        return path if any(path.is_relative_to(folder.resolve()) for folder in self.more) else None


def misplaced(library: str, keyword: str, argument: str, value: Any) -> bool:
    """Whether an argument would make a file where nobody has said: not by its path, which is looked at by itself."""
    if REFUSED.get((library, folded(keyword))) == argument:
        return True
    return argument in _BARE and isinstance(value, str) and any(sign in value for sign in "/\\:")


def is_path(library: str, keyword: str, argument: str, kind: str = "") -> bool:
    """Whether an argument names a file or folder. Of libraries that nobody has listed, whatever sounds like one."""
    key = (library, folded(keyword))
    if key in _NO_PATHS:
        return False
    if argument in _OF_KEYWORD.get(key, set()):
        return True
    known = _PATHS.get(library)
    if known is not None:
        return argument in known
    return "Path" in kind or bool(_LIKELY.search(argument))


def paths_in(value: Any) -> Iterator[str]:
    """Every text of a value that names a file."""
    match value:
        case str():
            yield value
        case Mapping():
            for one in value.values():
                yield from paths_in(one)
        case list() | tuple():
            for one in value:
                yield from paths_in(one)


def with_paths(value: Any, folders: Folders) -> Any:
    """The value with every path made whole. ValueError if one leads where keywords may not go."""
    match value:
        case str():
            path = folders.resolved(value)
            if path is None:
                raise ValueError
            return str(path)
        case list() | tuple():
            return [with_paths(one, folders) for one in value]
        case _:
            return value


def unpackable(archive: Path) -> bool:
    """Whether an archive may be unpacked: no member would come to lie elsewhere, is a link or a device, and all
    together do not grow beyond measure."""
    try:
        most = max(LEAST, GROWTH * archive.stat().st_size)
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as packed:
                return _fits(((one.filename, True, one.file_size) for one in packed.infolist()), most)
        with tarfile.open(archive) as packed_tar:
            members = ((one.name, (one.isfile() or one.isdir()) and not one.issparse(), one.size) for one in packed_tar)
            return _fits(members, most)
    except (OSError, tarfile.TarError, zipfile.BadZipFile):
        return True  # no archive: the keyword says so itself
    except DAMAGED:
        return False


def readable(workbook: Path) -> bool:
    """Whether a workbook, which is a zip, may be read into memory: it does not grow beyond measure."""
    try:
        if not zipfile.is_zipfile(workbook):
            return True  # an older form, or nothing at all: the keyword says so itself
        with zipfile.ZipFile(workbook) as packed:
            most = max(LEAST, GROWTH * workbook.stat().st_size)
            return sum(one.file_size for one in packed.infolist()) <= most
    except DAMAGED:
        return True


def _fits(members: Iterator[tuple[str, bool, int]], most: int) -> bool:
    """Looked at one after the other, so that no more is inflated than fits."""
    for name, plain, size in members:
        most -= size
        if _outside(name) or not plain or most < 0:
            return False
    return True


def _outside(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in path.parts[0] if path.parts else False


def folders_of(library: Library, rules: KeywordRules, home: Path | None = None) -> Folders:
    """The project's folder, or the working folder where there is no project; and those that the site names."""
    home = home.resolve() if home is not None else None
    own = [one for one in library.folders if one != bundled() and (home is None or not one.is_relative_to(home))]
    return Folders(own[-1] if own else Path.cwd(), tuple(Path(one) for one in rules.folders), home)
