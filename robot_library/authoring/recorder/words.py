"""Which words of a page may be written down. In doubt none: a screen's own words stay, a person's never do.

A name of a control stays if it has no digit and no word that stands in a field which names a person, or that was typed.
A heading changes from record to record, so it needs more: each of its words is one that screens are made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.resources import files

from robot_library.authoring.recording import folded
from robot_library.model.heard import Field, Sight
from robot_library.model.labels import IDENTITY, STATE, is_state, meaning

_WORD = re.compile(r"[^\W_]+")
_SCREENS = frozenset((files("robot_library.authoring.recorder") / "words.txt").read_text(encoding="utf-8").split())
"""Words that screens are made of, and that nobody is called by."""


class Words:
    """Learns while it is shown pages; says at the end what may stay."""

    def __init__(self) -> None:
        self._person: set[str] = set()
        self._typed: set[str] = set()
        self._page: set[str] = set()

    def learn(self, sight: Sight) -> None:
        """Every word of the fields that name a person or an order is theirs; those of labels are the page's."""
        for field in sight.fields:
            kind = meaning(field.label)
            named = kind in IDENTITY and kind != "issuer"
            if named or (kind in STATE and not is_state(field.value)):
                self._person |= _telling(field.value)
        self._page |= {folded(word) for text in sight.words for word in _WORD.findall(text)}

    def of_person(self, value: str) -> None:
        """These words identify somebody, or an order."""
        self._person |= _telling(value)

    def typed(self, value: str) -> None:
        """These were typed: what stood on the page before, the page may go on saying."""
        self._typed |= _telling(value) - self._page - _SCREENS

    def stays(self, text: str) -> bool:
        """Whether a control's name, a label or a header may be written down."""
        found = [folded(word) for word in _WORD.findall(text)]
        if not found or any(c.isdigit() for c in text) or len(text) > 60:
            return False
        return not any(word in self._person or word in self._typed for word in found)

    def plain(self, css: str) -> bool:
        """Whether a selector names nothing of a person."""
        return not any(folded(word) in self._person for word in _WORD.findall(css))

    def heads(self, text: str) -> bool:
        """Whether a heading may be: it stays, and all its words are such as screens are made of."""
        known = _SCREENS | self._page
        return self.stays(text) and all(folded(word) in known for word in _WORD.findall(text))

    def technical(self, text: str) -> bool:
        """Whether this is a dotted name such as `gnuhealth.patient`, each part of which is, or is made with, a word of
        screens: what programs call their own things, and nobody is called."""
        parts = text.split(".")
        if len(parts) < 2 or text != text.lower() or not self.stays(text):
            return False
        words = [word for part in parts for word in part.split("_")]
        return all(word in _SCREENS or any(len(one) > 4 and one in word for one in _SCREENS) for word in words)

    def told(self, text: str) -> list[str]:
        """Words of a finished file that are somebody's: there must be none. (Not said to anybody.)"""
        return [word for word in _WORD.findall(text) if folded(word) in self._person - _SCREENS]


def _telling(value: str) -> set[str]:
    """Folded words that tell something by themselves: a lone letter or digit does not."""
    return {folded(word) for word in _WORD.findall(value) if len(word) > 1 and word not in ("and", "of", "the")}


def slug(text: str, otherwise: str, taken: Iterable[str] = ()) -> str:
    """A name for a map, of a text that may stay: 'Imaging request' → imaging_request; numbered where it is taken."""
    plain = re.sub(r"[^a-z0-9]+", "_", "".join(_ascii(c) for c in text.casefold())).strip("_")
    name = plain if plain and plain[0].isalpha() else otherwise
    name, taken = name[:40].strip("_"), set(taken)
    made = name
    for number in range(2, 1000):
        if made not in taken:
            break
        made = f"{name}_{number}"
    return made


def _ascii(c: str) -> str:
    return {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "à": "a", "ó": "o"}.get(c, c)


def labelled(sight: Sight, *kinds: str) -> list[Field]:
    """Fields of a page whose label means one of these."""
    return [field for field in sight.fields if meaning(field.label) in kinds]
