"""Identifiers that were read from pixels: O and 0, I and 1, B and 8 look alike, and every reader confuses them.

Such a reading counts for who a patient is only where the map's `pattern` leaves no choice: each letter that could be
another one would break the pattern if it were. Otherwise a person reads it.
"""

from __future__ import annotations

import re

from robot_library.errors import NeedsPerson
from robot_library.model.screen import Target

ALIKE = ("O0QD", "Il1|", "B8", "S5", "Z2", "G6", "o0", "rn", "UV")


def check_identifier(target: Target, place: str, value: str) -> None:
    """NeedsPerson if an identifier read from pixels could be another one."""
    if target.use != "identity" and target.type not in ("mrn", "accession"):
        return
    if target.type in ("text", "date") and not any(letter.isdigit() for letter in value):
        return
    if target.pattern is None or _could_differ(target.pattern, value):
        raise NeedsPerson(
            "An identifier was read from pixels, where O and 0, I and 1, B and 8 look alike.",
            cure="Give the target a 'pattern' that says which places are digits, or let a person read it.",
            place=place,
        )


def _could_differ(pattern: str, value: str) -> bool:
    """Whether one letter exchanged for one that looks like it would still be such an identifier."""
    shape = re.compile(pattern)
    for place, letter in enumerate(value):
        for others in ALIKE:
            if letter not in others:
                continue
            for other in others.replace(letter, ""):
                found = shape.search(value[:place] + other + value[place + 1 :])
                if found is not None and (found[1] if shape.groups else found[0]) != value:
                    return True
    return False
