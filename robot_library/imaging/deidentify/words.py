"""Descriptions that may stay under Clean Descriptors: every word is a medical one of the standard's own code sets.

A text stays whole or goes whole: with a word left out, `without contrast` would say the opposite. A name that is also
such a word is caught only where the object's own header knows it as a name (`echo`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_WORD = re.compile(r"[^\W\d_]+")
_NUMBERED = re.compile(r"\d{1,3}(?:[.,]\d{1,3})?(?:mm|cm|ml|mg|kv|s|ms|sec|min|d|w)?|[a-z]{1,2}\d{1,2}|\d[a-z]{1,3}")
_MORE = frozenset({
    "w", "wo", "with", "without", "and", "or", "of", "the", "in", "on", "to", "for", "from", "at", "by", "no",
    "not", "pre", "post", "ap", "pa", "lat", "lateral", "ct", "mr", "mri", "dx", "cr", "us", "xr", "pet", "nm",
    "rf", "mg", "iv", "kv", "ax", "axial", "cor", "coronal", "sag", "sagittal", "obl", "tra", "transverse", "scout",
    "localizer", "localiser", "topogram", "thin", "thick", "slice", "soft", "bone", "lung", "series", "study",
    "routine", "protocol", "recon", "reconstruction", "contrast", "native", "plain", "ce", "flair", "dwi", "adc",
    "tse", "fse", "gre", "epi", "stir", "tof", "mip", "mpr", "vr", "cine", "dyn", "dynamic", "phase", "arterial",
    "venous", "delayed", "early", "late", "left", "right", "l", "r", "both", "view", "views", "upright", "supine",
    "prone", "decubitus", "portable",
})  # fmt: skip


@cache
def vocabulary() -> frozenset[str]:
    """Lower-case words of the meanings of the codes that pydicom carries."""
    from pydicom.sr._concepts_dict import concepts

    schemes: dict[str, Any] = concepts
    found = set(_MORE)
    for scheme in ("DCM", "SCT", "UCUM", "RADLEX", "FMA", "LN"):
        for codes in schemes[scheme].values():
            for meaning, *_ in codes.values():
                found.update(word.lower() for word in _WORD.findall(meaning))
    return frozenset(found)


_NUMBERS = re.compile(r"(?<![\w.])\d+(?:[\s./,()\-_:]+\d+)+")
"""Numbers in a row: days, telephone and patient numbers written in groups."""
_MONTH = re.compile(r"\d\W*(?:may|oct)\W*\d")
"""Months that are medical words, too."""
_MOST_DIGITS, _MOST_GROUPS = 4, 2


def harmless(text: str) -> bool:
    """Whether every word is in the vocabulary, or a short number or size, and no numbers stand in a row as those of a
    day, a telephone or a person do. Numbers alone say nothing medical."""
    known = vocabulary()
    if not any(map(str.isalpha, text)) or _MONTH.search(text.lower()) or any(map(_row, _NUMBERS.findall(text))):
        return False
    parts = re.findall(r"[^\s/,;:()\[\]+\-_^\\&*=<>.]+(?:\.\d+)?", text.lower())
    return bool(parts) and all(part in known or _NUMBERED.fullmatch(part) for part in parts)


def _row(numbers: str) -> bool:
    groups = re.findall(r"\d+", numbers)
    return len(groups) > _MOST_GROUPS or sum(map(len, groups)) > _MOST_DIGITS
