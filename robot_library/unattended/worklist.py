"""A worklist as a CSV file: every row checked against the workflow's inputs before any of them is taken."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from robot_library.model.values import parse_duration
from robot_library.unattended.intake import DUE, PRIORITY, Intake, NotAnItem, priority_of

LARGEST = 50 * 1024 * 1024
MOST_ROWS = 100_000


@dataclass(frozen=True)
class Row:
    """One item to come; `due` in seconds since 1970."""

    key: str
    priority: int
    due: float | None
    inputs: dict[str, str]


def read_worklist(data: bytes, key: str, intake: Intake, separator: str = ",") -> list[Row]:
    """The rows of a CSV file whose column `key` tells items apart. Columns `priority` and `due` are the queue's, unless
    the workflow has inputs of these names. NotAnItem, with the row's number, for the first that does not fit."""
    if len(data) > LARGEST:
        raise NotAnItem("it is too large.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotAnItem("it is not UTF-8; save it as such.") from None
    try:
        table = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        return list(_checked(table, key, intake))
    except csv.Error:
        raise NotAnItem("it is no CSV: a quote is not closed, or a row is broken.") from None


def _checked(table: csv.DictReader[str], key: str, intake: Intake) -> Iterator[Row]:
    seen: set[str] = set()
    if key not in (table.fieldnames or ()):
        raise NotAnItem(f"the header has no column {key!r}.")
    names = [name.strip() for name in table.fieldnames or ()]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise NotAnItem(f"the header has the column {twice[:60]!r} twice.")
    for number, row in enumerate(table, start=2):
        if number > MOST_ROWS + 1:
            raise NotAnItem(f"it has more than {MOST_ROWS} rows.")
        if None in row or None in row.values():
            raise NotAnItem(f"row {number} has another number of columns than the header.")
        values = {name.strip(): value.strip() for name, value in row.items()}
        try:
            one = _row(values, key, intake)
        except NotAnItem as failure:
            raise NotAnItem(f"row {number}: {failure.message}") from None
        if not one.key or one.key in seen:
            raise NotAnItem(f"row {number} has no key, or one that stands above already.")
        seen.add(one.key)
        yield one


def _row(values: dict[str, str], key: str, intake: Intake) -> Row:
    ident = values[key]
    priority, due = ("" if name in intake.inputs else values.pop(name, "") for name in (PRIORITY, DUE))
    if key not in intake.inputs:
        values.pop(key)
    intake.check({name: value for name, value in values.items() if value})
    return Row(ident, priority_of(priority), due_at(due), values)


def due_at(text: str) -> float | None:
    """A moment as in 2026-03-28T18:00+01:00 (without a zone: this machine's), or a time from now as in `4 h`; None for
    "". NotAnItem for anything else."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError):  # no date, or one that no clock of this machine knows
        pass
    try:
        return time.time() + parse_duration(text.strip()).total_seconds()
    except ValueError:
        raise NotAnItem("the due time is not understood: write 2026-03-28T18:00+01:00, or 4 h.") from None
