"""Table E.1-1 of PS3.15: which attributes the Basic Profile touches, how, and what the options change."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

EDITION = "PS3.15 2026c"
TABLE = Path(__file__).with_name("annex_e.tsv")


@dataclass(frozen=True)
class Row:
    """One attribute. `basic` as printed (X/Z/D: what the object's type allows); `options` option → K, C or X."""

    tag: str
    """Eight hex digits, or 50xxxxxx, 60xx3000, 60xx4000 for repeating groups."""
    name: str
    basic: str
    options: dict[str, str] = field(default_factory=dict)


@cache
def rows() -> dict[str, Row]:
    """Every row by its tag."""
    found = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            row = _row(line)
            found[row.tag] = row
    return found


def _row(line: str) -> Row:
    tag, name, basic, *rest = line.split("\t")
    options = dict(pair.split(":") for pair in " ".join(rest).split())
    return Row(tag, name, basic, options)


@cache
def row_of(tag: int) -> Row | None:
    """The row of a tag; a repeating group's stands for all of them. None for an attribute the table leaves alone."""
    group, element = tag >> 16, tag & 0xFFFF
    if 0x5000 <= group <= 0x50FF and group % 2 == 0:
        return rows()["50xxxxxx"]
    if 0x6000 <= group <= 0x60FF and group % 2 == 0:
        return rows().get(f"60xx{element:04x}")
    return rows().get(f"{tag:08x}")
