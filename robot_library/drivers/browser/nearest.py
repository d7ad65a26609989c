"""What on a page is nearest to a target that is not there: for whoever mends the map.

Only words that screens are made of are looked at, and none that a patient's own fields show as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from playwright.async_api import Page

from robot_library.drivers.browser.scripts import script
from robot_library.drivers.browser.tidy import glance
from robot_library.model.labels import IDENTITY, meaning
from robot_library.model.screen import Locator

_LONGEST, _ALIKE = 60, 0.65
_TOKEN = re.compile(r"\w{2,}")


async def nearest(page: Page, ways: Iterable[Locator]) -> str:
    """A sentence that names the nearest thing that stands there, for the error's cure; "" if nothing is near."""
    sought = [word for way in ways for word in _words(way)]
    if not sought:
        return ""
    found = await glance(page.evaluate(script("words")), {"words": [], "values": []}, "a look")
    private = _tokens(value for label, value in found["values"] if meaning(label) in IDENTITY)
    known = {word for word in map(_tidy, found["words"]) if _may_be_told(word, private)}
    near = [one for word in sought for one in _near(word, known)]
    return f"Nearest there: {' or '.join(repr(one) for one in dict.fromkeys(near))}." if near else ""


def _words(way: Locator) -> list[str]:
    """What a locator looks for, as it would stand on the page; nothing that is filled in for each record."""
    said = (way.name, way.label, way.placeholder, way.text, way.title, way.has_text)
    return [word for word in said if word and "{" not in word]


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
