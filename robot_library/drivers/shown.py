"""What a screen shows, as every driver understands it: text tidied, keys filled in, values in the map's words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from robot_library.errors import (
    BusinessException,
    NeedsPerson,
    OrderChanged,
    OrderHeld,
    ReportExists,
    ScreenNotReached,
    StudyNotFound,
)
from robot_library.model.screen import Target

Where = Mapping[str, str]
HOLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
MEANS: dict[str, type[BusinessException] | type[NeedsPerson]] = {
    "study_not_found": StudyNotFound,
    "order_changed": OrderChanged,
    "order_held": OrderHeld,
    "report_exists": ReportExists,
    "needs_person": NeedsPerson,
}
"""What another answer than a screen means, by the map's word."""
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class Drift:
    """A target was found by a later locator than the first: the map wants mending."""

    screen: str
    target: str
    used: int


def substitute(text: str, where: Where, as_: Callable[[str], str] = str, hole: re.Pattern[str] = HOLE) -> str:
    """`{name}` → the value of `where`, each passed through `as_`. ScreenNotReached names what is missing."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in where:
            raise ScreenNotReached(
                f"The map needs {{{match[1]}}} to find its way.", cure=f"Give {match[1]} in 'where'."
            )
        return as_(where[match[1]])

    return hole.sub(value, text)


def newlines(text: str) -> str:
    """Line ends as \\n, nothing else touched."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def visible_text(text: str) -> str:
    """Text as a person sees it: no zero-width or direction marks, plain spaces, trimmed, composed (NFC)."""
    text = _INVISIBLE.sub("", newlines(text)).replace("\xa0", " ").replace("\u202f", " ")
    return unicodedata.normalize("NFC", text).strip()


def value_of(target: Target, raw: str) -> str | None:
    """What a target shows, tidied by its use, in the map's words; None while its pattern does not match."""
    if target.use == "write":
        return newlines(raw)
    text = visible_text(raw)
    if target.pattern is not None:
        match = re.search(target.pattern, text)
        if match is None:
            return None
        text = (match[1] if match.re.groups else match[0]) or ""
    return target.words.get(text, text)
