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
from robot_library.model.run import Looked
from robot_library.model.screen import Locator, ScreenMap, Target

Where = Mapping[str, str]
COVERED = "•••"
"""Stands for a text that may not be told."""
HOLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
MEANS: dict[str, type[BusinessException] | type[NeedsPerson]] = {
    "study_not_found": StudyNotFound,
    "order_changed": OrderChanged,
    "order_held": OrderHeld,
    "report_exists": ReportExists,
    "needs_person": NeedsPerson,
}
"""What another answer than a screen means, by the map's word."""
_WAYS = ("test_id", "label", "placeholder", "text", "title", "css", "image")
_INVISIBLE = re.compile("[\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class Drift:
    """A target was found by a later locator than the first: the map wants mending."""

    screen: str
    target: str
    used: int


def spoken(spec: Locator) -> str:
    """A locator in words, as the map has it: its holes are not filled in."""
    said = next((f'{name} "{text}"' for name in _WAYS if (text := getattr(spec, name))), "an area")
    if spec.role is not None:
        said = f'{spec.role} "{spec.name}"' if spec.name else spec.role
    if spec.has_text is not None:
        said += f' with "{spec.has_text}"'
    if spec.near is not None:
        said += f" near {spoken(spec.near)}"
    return said if spec.inside is None else f"{said} in {spoken(spec.inside)}"


def looked(
    role: str, screens: ScreenMap, found: Mapping[tuple[str, str], int],
    scores: Mapping[tuple[str, str], float | None] | None = None,
) -> list[Looked]:  # fmt: skip
    """What was found, (screen, target) → number of the locator from 0, for the timeline. What is no target of the map
    (a table's next page) is left out. `scores`: how well, where it was found in a picture."""
    told = []
    for (screen, name), number in found.items():
        target = screens.screens[screen].targets.get(name) if screen in screens.screens else None
        if target is not None and number < len(target.find):
            by = spoken(target.find[number])
            score = (scores or {}).get((screen, name))
            at = f"{role}.{screen}.{name}"
            told.append(Looked(target=at, by=by, way=number + 1, ways=len(target.find), score=score))
    return told


def substitute(text: str, where: Where, as_: Callable[[str], str] = str, hole: re.Pattern[str] = HOLE) -> str:
    """`{name}` → the value of `where`, each passed through `as_`. ScreenNotReached names what is missing."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in where:
            raise ScreenNotReached(
                f"The map needs {{{match[1]}}} to find its way.", cure=f"Give {match[1]} in 'where'."
            )
        return as_(where[match[1]])

    return hole.sub(value, text)


_JOINS = r"[\w\u00c0-\u1fff\u2010-\u2015\u2c00-\ufaff-]"
"""Letters (of browsers' own words those of ASCII alone), digits and hyphens: a key goes on with them."""
_BEFORE = rf"(?<!{_JOINS})(?<!{_JOINS}[/+])(?<!\d\.)"
_BEHIND = rf"(?!{_JOINS}|[./+]{_JOINS}|:\d)"


def holding(text: str, where: Where) -> str:
    """A regular expression for what holds this text, keys filled in; a key is no part of a longer one: A-1 is not in
    A-10, nor in A-1/2."""
    parts = HOLE.split(text)  # words, a key, words, a key, … words
    pattern = _words(parts[0])
    for key, before, after in zip(parts[1::2], parts[:-1:2], parts[2::2], strict=True):
        left = "" if before and not before[-1].isspace() else _BEFORE
        right = "" if after and not after[0].isspace() else _BEHIND
        pattern += f"{left}{re.escape(substitute(f'{{{key}}}', where))}{right}{_words(after)}"
    return pattern


def _words(text: str) -> str:
    return r"\s+".join(map(re.escape, re.split(r"\s+", text)))


def newlines(text: str) -> str:
    """Line ends as \\n, nothing else touched."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def visible_text(text: str) -> str:
    """Text as a person sees it: no soft hyphens, no zero-width or direction marks, plain spaces,
    trimmed, composed (NFC)."""
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


def said_by_map(screens: ScreenMap) -> set[str]:
    """What the map itself says stands on its screens: names, labels, headers; nothing with a key in it. Folded."""
    texts: set[str] = set()

    def note(spec: Locator | None) -> None:
        while spec is not None:
            for text in (spec.name, spec.label, spec.text, spec.title, spec.has_text):
                if text and "{" not in text:
                    texts.add(folded(text))
            spec = spec.inside

    for screen in screens.screens.values():
        for spec in (*screen.seen_by, *(s for t in screen.targets.values() for s in t.find)):
            note(spec)
        for table in screen.tables.values():
            texts.update(folded(c.header) for c in table.columns.values() if c.header)
    for interruption in screens.interruptions:
        note(interruption.seen_by)
        note(interruption.click)
    return texts


def folded(text: str) -> str:
    """A text as it is compared: small letters, single blanks, no colon or star behind it."""
    return re.sub(r"\s*[:*]$", "", re.sub(r"\s+", " ", unicodedata.normalize("NFC", text).lower()).strip())
