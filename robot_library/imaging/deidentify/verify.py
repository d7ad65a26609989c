"""The bytes that will be written, read anew: is what the profile takes away really gone?"""

from __future__ import annotations

import re

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.valuerep import PersonName

from robot_library.imaging.dataset import open_dataset
from robot_library.imaging.deidentify import echo, private
from robot_library.imaging.deidentify.profile import Profile
from robot_library.imaging.deidentify.proof import NotDeidentified
from robot_library.imaging.deidentify.table import row_of

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_PERSON = (b"\x10\x00\x10\x00", b"\x10\x00\x20\x00", b"\x00\x10\x00\x10PN", b"\x00\x10\x00\x20LO")
"""Heads of PatientName and PatientID, little and big endian."""
_PIXELS = frozenset({0x7FE00010, 0x7FE00008, 0x7FE00009, 0x54001010})
_OURS = frozenset({0x00100010, 0x00100020})


def verify(data: bytes, profile: Profile, known: frozenset[str], original: str) -> tuple[str, ...]:
    """What holds, in words; NotDeidentified("left_over") for anything that does not."""
    dataset = open_dataset(data)
    if any(map(_strange, dataset.iterall())):
        raise NotDeidentified("unreadable", "a text or a table holds bytes that are none: its lengths may lie.")
    left = sorted(set(_left(dataset, profile)))
    if left:
        raise NotDeidentified("left_over", f"after the rules these still stand: {', '.join(left[:5])}.")
    if any(True for item, tag in echo.echoes(dataset, known) if tag not in _OURS):
        raise NotDeidentified("left_over", "after the rules a name or number of the object's own still stands.")
    if not profile.has("retain-uids") and str(dataset.SOPInstanceUID) == original:
        raise NotDeidentified("left_over", "its SOPInstanceUID is still the original's.")
    if str(dataset.PatientIdentityRemoved) != "YES":
        raise NotDeidentified("left_over", "the mark (0012,0062) is missing.")
    return (
        "read anew from the bytes written",
        "every attribute the table removes or empties is so, at every depth",
        "no private attribute but safe ones" if profile.has("retain-private") else "no private attribute",
        "none of its own names and numbers stands anywhere else",
    )


def _strange(element: DataElement) -> bool:
    """Whether a value holds what cannot be its own: control characters in a text, a person's attribute in bytes.

    A length that lies makes one attribute swallow others, names included, past every rule.
    """
    value = element.value
    if isinstance(value, bytes):
        return element.tag not in _PIXELS and any(head in value for head in _PERSON)
    texts = value if isinstance(value, MultiValue | list) else [value]
    return any(isinstance(text, str | PersonName) and _CONTROL.search(str(text).rstrip("\0")) for text in texts)


def _left(dataset: Dataset, profile: Profile) -> list[str]:
    found = []
    for element in dataset:
        if element.tag.is_private:
            stays = profile.has("retain-private") and (
                element.tag.is_private_creator or private.safe(dataset, element.tag)
            )
        else:
            stays = _stays(element, profile)
        if not stays:
            found.append(str(element.tag))
        if element.VR == "SQ":
            for item in element.value:
                found += _left(item, profile)
    return found


def _stays(element: DataElement, profile: Profile) -> bool:
    row = row_of(element.tag)
    act = profile.act(row)[0] if row else "keep"
    empty = element.tag in _OURS or element.value in ("", None, b"", [])
    return act != "remove" and (act != "empty" or empty)
