"""What on a screen is nearest to a target that is not there: for whoever mends the map.

Only words that screens are made of are looked at, and none that a patient's own fields show as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from robot_library.model.labels import IDENTITY, meaning
from robot_library.model.screen import Locator

_LONGEST, _ALIKE = 60, 0.65
_TOKEN = re.compile(r"\w{2,}")


def sought_words(ways: Iterable[Locator]) -> list[str]:
    """What locators look for, as it would stand on the screen; nothing that is filled in for each record."""
    said = [text for way in ways
            for text in (way.name, way.label, way.placeholder, way.text, way.title, way.has_text)]  # fmt: skip
    return [word for word in said if word and "{" not in word]


def nearest_words(
    sought: Sequence[str], words: Iterable[str | None], values: Iterable[tuple[str, str]]
) -> str:  # fmt: skip
    """A sentence that names the nearest of these words, for an error's cure; "" if nothing is near. `values`: what
    stands beside each label."""
    private = _tokens(value for label, value in values if meaning(label) in IDENTITY)
    known = {word for word in map(_tidy, words) if _may_be_told(word, private)}
    near = [one for word in sought for one in _near(word, known)]
    return f"Nearest there: {' or '.join(repr(one) for one in dict.fromkeys(near))}." if near else ""


def _near(word: str, known: Iterable[str]) -> Sequence[str]:
    lowered = {one.casefold(): one for one in sorted(known)}
    return [lowered[one] for one in get_close_matches(word.casefold(), lowered, n=2, cutoff=_ALIKE)]


def _may_be_told(word: str, private: frozenset[str]) -> bool:
    return bool(word) and not re.search(r"\d", word) and not private & _tokens([word])


def _tokens(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(token.casefold() for text in texts for token in _TOKEN.findall(text or ""))


def _tidy(word: str | None) -> str:
    text = " ".join((word or "").split())
    return text if len(text) <= _LONGEST else ""
