"""Which declared type a value at run time has, and how authors call it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel

from robot_library.model.finding import Abstention, Accepted, Finding
from robot_library.model.record import Record
from robot_library.model.report import Report
from robot_library.model.study import Image, Stack, Study
from robot_library.model.values import ValueType

VALUE_MODELS: dict[type[BaseModel], ValueType] = {
    Record: "record",
    Finding: "finding",
    Abstention: "abstention",
    Accepted: "accepted",
    Study: "study",
    Image: "image",
    Stack: "stack",
    Report: "report",
}
"""Data that only running steps make; an author's file can name such a value but never spell one out."""

WRITTEN_AS_TEXT: frozenset[ValueType] = frozenset({"text", "mrn", "accession", "secret"})
WRITABLE: frozenset[ValueType] = WRITTEN_AS_TEXT | {"number", "date", "duration"}
_SCALARS: tuple[tuple[type, ValueType], ...] = (
    (bool, "boolean"),
    (int, "number"),
    (float, "number"),
    (str, "text"),
    (timedelta, "duration"),
    (date, "date"),
    (list, "list"),
    (tuple, "list"),
)
_WORDS: dict[ValueType, str] = {"text": "text", "boolean": "true or false", "accepted": "an accepted finding"}


def value_type(value: Any) -> ValueType | None:
    """The declared type of a value; None if it has none, such as data that an author spelled out.

    A record is what was read from a screen, never a mapping that looks like one: it says whose it is.
    """
    for kind, name in _SCALARS:
        if isinstance(value, kind):
            return name
    return next((name for model, name in VALUE_MODELS.items() if isinstance(value, model)), None)


def in_words(kind: ValueType) -> str:
    """'a finding', 'an image', 'text'."""
    article = "an" if kind[0] in "aeiou" else "a"
    return _WORDS.get(kind, f"{article} {kind}")


def any_of(kinds: Iterable[ValueType]) -> str:
    """'a record or a study'."""
    words = list(dict.fromkeys(in_words("text" if kind in WRITTEN_AS_TEXT else kind) for kind in kinds))
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1] if words else "")))


def fits(kind: ValueType, wants: Iterable[ValueType]) -> bool:
    """Whether a value of this type can go where these are wanted. Identifiers are text everywhere."""
    wanted = set(wants)
    return not wanted or kind in wanted or (kind in WRITTEN_AS_TEXT and bool(wanted & WRITTEN_AS_TEXT))
