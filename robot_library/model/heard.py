"""What a browser heard while an author clicked through once: what was pressed, typed, looked at, and how it is found.

Raw: it may hold a patient's data, stays in memory, and is never printed. authoring.recorder makes files of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Found = dict[str, Any]
"""A locator as a screen map writes it, which found this one thing on the live page when it was tried."""


class _Unsaid:
    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


@dataclass(frozen=True, repr=False)
class Field(_Unsaid):
    """A labelled value or a box. `find` is empty where nothing found this one thing alone."""

    label: str
    value: str
    find: tuple[Found, ...] = ()
    box: bool = False
    """Something can be typed into it."""
    behind: bool = False
    """It stands on the page behind the dialog on top."""
    frame: Found | None = None
    """What finds the frame of the page that it stands in."""
    pattern: str = ""
    """Its value is what this regular expression's group finds in what `find` finds."""


@dataclass(frozen=True, repr=False)
class Grid(_Unsaid):
    """A table with headers, of which `rows` finds the body rows."""

    name: str
    rows: Found
    headers: tuple[str, ...]
    next_page: Found | None = None
    own: bool = True
    """The headers belong to this table itself, and not to another one above it."""
    heads: Found | None = None
    """What finds the headers, where they belong to another table."""
    frame: Found | None = None
    """What finds the frame of the page that it stands in."""


@dataclass(frozen=True, repr=False)
class Sight(_Unsaid):
    """A page as it stood."""

    url: str
    headings: tuple[str, ...] = ()
    """Visible headings of the first rank, each there once."""
    dialog: str = ""
    """Name of the dialog on top."""
    fields: tuple[Field, ...] = ()
    grids: tuple[Grid, ...] = ()
    sign_out: Found | None = None
    sign_out_path: str = ""
    words: tuple[str, ...] = ()
    """Labels, column headers and names of buttons and links outside tables and lists."""
    controls: tuple[Found, ...] = ()
    """Buttons and tabs outside tables and lists, each there once: what a page without headings is known by."""
    loose: tuple[Field, ...] = ()
    """Short texts beside which no label stands."""


@dataclass(frozen=True, repr=False)
class Looked(_Unsaid):
    """The page was looked at."""

    sight: Sight


@dataclass(frozen=True, repr=False)
class Pointed(_Unsaid):
    """A value that cannot be typed into was clicked: it is to be read."""

    sight: Sight
    field: Field


@dataclass(frozen=True, repr=False)
class Typed(_Unsaid):
    """A box was typed into, or a menu's word chosen. A secret's value is never told by the page."""

    sight: Sight
    field: Field
    secret: bool = False
    choice: bool = False
    """One of a menu's fixed words."""
    search: bool = False
    blank: bool = False
    """Nothing stood there before."""


@dataclass(frozen=True, repr=False)
class AskedByBrowser(_Unsaid):
    """The browser itself asked for name and password of this address (HTTP basic)."""

    url: str


@dataclass(frozen=True, repr=False)
class FileAsked(_Unsaid):
    """The page asked for a file, by this box. None was given. `brought`: it was not there before the last press."""

    sight: Sight
    field: Field
    brought: bool = False


@dataclass(frozen=True, repr=False)
class FileCame(_Unsaid):
    """The last press on this page brought a file. It was not kept."""

    sight: Sight


@dataclass(frozen=True, repr=False)
class Press(_Unsaid):
    """Something was pressed. `final`: why it may make something final; `pressed`: it went through."""

    sight: Sight
    name: str
    role: str
    find: tuple[Found, ...] = ()
    cells: tuple[tuple[str, str], ...] = ()
    """Of a press in a table's row: header and text of each of its cells."""
    own: str = ""
    """Header of the cell that was pressed."""
    rows: Found | None = None
    """What finds the body rows of that table."""
    double: bool = False
    enter: bool = False
    """The Enter key in a box, which `find` finds."""
    final: str = ""
    pressed: bool = True
    new_tab: bool = False
    listed: bool = False
    """It stands in a list, where names are records' names."""
    frame: Found | None = None
    """What finds the frame of the page that it stands in."""


Heard = Looked | Pointed | Typed | Press | FileAsked | FileCame | AskedByBrowser
