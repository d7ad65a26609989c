"""Table E.1-1 of PS3.15: which attributes the Basic Profile touches, how, and what the options change."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

EDITION = "PS3.15 2026c"
TABLE = Path(__file__).with_name("annex_e.tsv")
SHARED = frozenset({
    "00080106", "00080107", "0040db06", "0040db07", "00120086", "00120087", "00181200", "00181201", "00181202",
    "00181203", "00181204", "00181205", "0018700c", "0018700e", "0014407c", "0014407e", "00686226", "00686270",
    "0072000a",
})  # fmt: skip
"""Days that many patients' objects have in common, or that everybody can look up: versions of code tables, approvals,
a device's making and calibration. Moved, they would say by how many days all the others were."""


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
