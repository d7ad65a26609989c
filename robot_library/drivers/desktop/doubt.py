"""Identifiers that were read from pixels: O and 0, I and 1, B and 8 look alike, and every reader confuses them.

Such a reading counts for who a patient is only where the map's `pattern` leaves no choice: each letter that could be
another one would break the pattern if it were. Otherwise a person reads it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from robot_library.errors import NeedsPerson
from robot_library.model.screen import Target

ALIKE = (
    "O0QD", "Il1|", "B8", "S5", "Z2", "G6", "o0", "rn", "UV", "3E", "4A", "7T", "g9q", "cC", "sS", "xX", "zZ", "vV",
    "wW",
)  # fmt: skip
_MOST = 20_000


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
    """Whether letters exchanged for ones that look like them would still be such an identifier: one or two anywhere,
    or the same letter wherever it stands (`\\d{4}|[A-Z]{4}`: 0118 may be OIIB)."""
    shape = re.compile(pattern)

    def fits(other: str) -> bool:
        found = shape.search(other)
        return found is not None and (found[1] if shape.groups else found[0]) != value

    return any(map(fits, (*_at_places(value), *_everywhere(value))))


def _alike(letter: str) -> str:
    return "".join(dict.fromkeys("".join(others for others in ALIKE if letter in others).replace(letter, "")))


def _at_places(value: str) -> Iterator[str]:
    spots = [(place, other) for place, letter in enumerate(value) for other in _alike(letter)]
    for place, other in spots:
        once = value[:place] + other + value[place + 1 :]
        yield once
        yield from (once[:p] + o + once[p + 1 :] for p, o in spots if p > place)


def _everywhere(value: str) -> Iterator[str]:
    letters = [letter for letter in dict.fromkeys(value) if _alike(letter)]
    choices = itertools.product(*(letter + _alike(letter) for letter in letters))
    for chosen in itertools.islice(choices, _MOST):
        yield value.translate({ord(one): other for one, other in zip(letters, chosen, strict=True)})
