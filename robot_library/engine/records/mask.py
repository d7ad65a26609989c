"""Takes out of a line of text whatever the item's own values say about a patient, also where it is written otherwise:
in other case, without its accents, with other signs or a new line between its words, escaped for an address or JSON.

Actions write their lines without such values; this is the second net, for plug-ins, error messages and authors' words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from robot_library.model.person import Identity
from robot_library.model.record import Record
from robot_library.model.study import Study

HIDDEN = "•••"
_SHORTEST, _SURE = 3, 4
"""Letters of a value that is looked for; of a part of a name that is looked for in small letters, too: `An`, `The` and
`Son` are names, and words."""
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2})+|(?:\\u[0-9A-Fa-f]{4})+")
_WORD = re.compile(r"[^\W_]+")
_EDGES = r"(?<![^\W_]){}(?![^\W_])"
"""Whole words, where blanks part them: in other letters a name is found inside a longer run, too."""
Told = tuple[Literal["value", "number", "name"], str]
Span = tuple[int, int]


class _Sought(NamedTuple):
    """Looked for in folded letters or in those that are written, where what it begins with stands there at all."""

    begins: str
    pattern: str
    fold: bool


def mask(text: str, names: Mapping[str, Any]) -> str:
    """`text` with every value of the item's payload, records and studies hidden; whole words only."""
    if not text:
        return text
    read = {fold: _read(text, fold=fold) for fold in (False, True)}
    spans: list[Span] = []
    for one in _sought(frozenset(_told(names))):
        letters, places = read[one.fold]
        if one.begins in letters:
            found = (match.span() for match in re.finditer(one.pattern, letters))
            spans += [(places[at][0], places[end - 1][1]) if places else (at, end) for at, end in found]
    return _without(text, spans) if spans else text


def _without(text: str, spans: list[Span]) -> str:
    made, done = "", 0
    for begin, end in sorted(spans):
        if begin >= done:
            made += text[done:begin] + HIDDEN
        done = max(done, end)
    return made + text[done:]


def _read(text: str, *, fold: bool) -> tuple[str, list[Span]]:
    """The letters that a text is made of, and where each stands in it; no places where each stands at its number."""
    if text.isascii() and not _ESCAPED.search(text):
        return text.lower() if fold else text, []
    letters, places = "", list[Span]()
    for piece, span in _pieces(text):
        if fold and unicodedata.combining(piece) and places:
            places[-1] = (places[-1][0], span[1])
        some = _folded(piece) if fold else piece
        letters += some
        places += [span] * len(some)
    return letters, places


def _pieces(text: str) -> Iterator[tuple[str, Span]]:
    """Letter by letter; what is escaped as what it stands for, all of it at the place of the whole."""
    at = 0
    while at < len(text):
        if (escaped := _ESCAPED.match(text, at)) is None:
            yield text[at], (at, at + 1)
            at += 1
            continue
        sign = escaped[0]
        if sign[0] == "%":
            said = bytes.fromhex(sign.replace("%", "")).decode("utf-8", "replace")
        else:
            said = bytes.fromhex(sign.replace("\\u", "")).decode("utf-16-be", "replace")
        yield from ((letter, escaped.span()) for letter in said)
        at = escaped.end()


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()


@lru_cache(32)
def _sought(told: frozenset[Told]) -> list[_Sought]:
    """All that is looked for, where anybody has been told these values."""
    return [one for kind, text in told for one in _forms(kind, text)]


def _forms(kind: str, text: str) -> Iterator[_Sought]:
    folded = _folded(text)
    words = _WORD.findall(folded)
    if kind == "name" and folded.isascii() and len(folded) < _SURE:
        bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
        for one in {text, bare, text.upper(), bare.upper()}:
            if len(one) > 1:
                yield _Sought(one, _EDGES.format(re.escape(one)), fold=False)
    elif not words or (len(folded) < _SHORTEST and folded.isascii()):
        return
    elif kind == "value" and text.isascii() and text.isalpha():
        # A word of the system's own, maybe: `Draft` is none of "draft report".
        yield _Sought(text, _EDGES.format(re.escape(text)), fold=False)
    else:
        parts = map(re.escape, folded.split()) if kind == "value" else words
        pattern = {"value": r"[\s+]+", "name": r"[\W_]+", "number": r"[\W_]*"}[kind].join(parts)
        yield _Sought(words[0], _EDGES.format(pattern) if folded.isascii() else pattern, fold=True)


def _told(value: Any) -> Iterator[Told]:
    match value:
        case str():
            yield "value", value.strip()
        case date():
            yield from _day(value)
        case Mapping():
            for name, member in value.items():
                if name != "site":
                    yield from _told(member)
        case Record():
            yield from _told({name: text for name, text in value.fields.items() if name not in value.plain})
            yield from _person(value.identity)
        case Study():
            yield from (("number", value.accession), ("number", value.study_uid))
            yield from _person(value.identity)
        case Identity():
            yield from _person(value)
        case list() | tuple():
            for member in value:
                yield from _told(member)


def _person(identity: Identity | None) -> Iterator[Told]:
    if identity is None:
        return
    for number in (*identity.ids, *identity.merged_ids):
        yield "number", number.value
    for name in (*identity.names, *identity.aliases):
        yield from (("name", part) for part in (name.family, name.given, name.middle) if part)
    if isinstance(identity.birth_date, date):
        yield from _day(identity.birth_date)


def _day(day: date) -> Iterator[Told]:
    """Year first, day first, month first; with any signs between."""
    yield from (("number", day.strftime(order)) for order in ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y"))
