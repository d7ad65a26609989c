"""How commands speak: rich text to people, one JSON value to programs."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from robot_library.model.shown import plain

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """--json, the same on every command."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(command)


def print_json(value: Any) -> None:
    """One JSON value on one line."""
    click.echo(json_text(value))


def json_text(value: Any) -> str:
    """Characters as they are where stdout is UTF-8; as JSON's escapes where a pipe of Windows takes cp1252, so that
    programs read the same everywhere."""
    utf8 = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"
    return json.dumps(value, ensure_ascii=not utf8, default=str)


def escape_what_cannot_be_shown() -> None:
    """A letter that a console or a pipe has no place for (cp1252 lacks the Polish ones) stands there as an escape: it
    must not end the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """What people, systems or files have said, to stdout."""
    click.echo(plain(text))


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], title: str = "", *, colours: Mapping[str, str] | None = None
) -> None:
    """A table to stdout. Cells are what they are: no commands for the terminal, no marks of rich's in brackets.
    `colours` of cells that are just such a word."""
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    console = Console()
    rows = [[plain(cell) for cell in row] for row in rows]
    whole = _kept_whole(columns, rows, room=console.width // 2)
    # Folded, not cut: a name that is cut cannot be copied.
    made = (Column(name, overflow="fold", no_wrap=place in whole) for place, name in enumerate(columns))
    table = Table(*made, title=Text(plain(title)) if title else None, title_justify="left")
    for row in rows:
        table.add_row(*(Text(cell, (colours or {}).get(cell, "")) for cell in row))
    console.print(table)


def _kept_whole(columns: Sequence[str], rows: Sequence[Sequence[str]], *, room: int) -> set[int]:
    """Columns of single words, from the left, as long as they fit: a name in two halves cannot be copied either."""
    whole = set()
    for place, name in enumerate(columns):
        cells = [row[place] for row in rows]
        widest = max(map(len, (name, *cells)))
        if widest <= room and not any(letter.isspace() for cell in cells for letter in cell):
            whole.add(place)
            room -= widest
    return whole
