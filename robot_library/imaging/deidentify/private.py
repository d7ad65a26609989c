"""Private attributes: gone, but for those of PS3.15 Table E.3.10-1 whose value is a number, where the option asks.

The table lists some names and codes too; a name is text of a vendor, so those go here all the same.
"""

from __future__ import annotations

import re

from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

SAFE: dict[tuple[str, int], frozenset[int]] = {
    ("Philips PET Private Group", 0x7053): frozenset({0x00, 0x09}),
    ("ELSCINT1", 0x00E1): frozenset({0x21}),
    ("ELSCINT1", 0x01E1): frozenset({0x50}),
    ("ELSCINT1", 0x01F1): frozenset({0x07, 0x26, 0x27}),
    ("GEMS_ACQU_01", 0x0019): frozenset({0x23, 0x24, 0x27}),
    ("GEMS_SERS_01", 0x0025): frozenset({0x07}),
    ("GEMS_PARM_01", 0x0043): frozenset({0x27, 0x39, 0x6F}),
    ("GEMS_HELIOS_01", 0x0045): frozenset({0x01, 0x02}),
    ("SIEMENS MR HEADER", 0x0019): frozenset({0x0C, 0x0E, 0x27}),
    ("Philips Imaging DD 001", 0x2001): frozenset({0x03}),
    ("Philips MR Imaging DD 001", 0x2005): frozenset({0x0D, 0x0E}),
}
"""(creator, group) → elements within its block."""
_NUMBERS = frozenset({"DS", "IS", "US", "SS", "UL", "SL", "FL", "FD"})
_WRITTEN = re.compile(rb"[\d.+\-eE\\ \0]{0,64}")
"""Numbers as text, in an attribute whose kind nobody says: eight bytes may be a name as well as a number."""


def safe(dataset: Dataset, tag: BaseTag) -> bool:
    """Whether a private attribute is on the list, and its value as safe as the list says."""
    creator = _creator(dataset, tag)
    listed = SAFE.get((creator, tag.group), frozenset()) if creator else frozenset()
    if tag.element & 0xFF not in listed:
        return False
    element = dataset[tag]
    return element.VR in _NUMBERS or (element.VR == "UN" and _WRITTEN.fullmatch(element.value or b"") is not None)


def safe_blocks(dataset: Dataset) -> set[BaseTag]:
    """The creators' own attributes of blocks that keep something."""
    kept = set()
    for tag in dataset.keys():  # noqa: SIM118  (a Dataset iterates over elements)
        if tag.is_private and not tag.is_private_creator and safe(dataset, tag):
            kept.add(BaseTag((tag.group << 16) | (tag.element >> 8)))
    return kept


def _creator(dataset: Dataset, tag: BaseTag) -> str:
    element = dataset.get((tag.group, tag.element >> 8))
    return "" if element is None else str(element.value or "").strip(" \0")
