"""The declared types a value can have in an author's file, and how text becomes them.

Every scalar arrives as text and is converted here by its *declared* type, never by its looks: the MRN
00123456 stays 00123456, 12:30 stays 12:30, no stays no.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainSerializer

ValueType = Literal[
    "text", "number", "boolean", "date", "duration", "mrn", "accession",
    "study", "image", "stack", "finding", "abstention", "accepted", "report", "record", "list", "secret",
]  # fmt: skip
SCALAR_TYPES = ("text", "number", "boolean", "date", "duration", "mrn", "accession", "secret")
PHI_TYPES = frozenset({"mrn", "accession", "study", "image", "stack", "record", "report"})

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DATE_FORMS = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})"), (3, 2, 1)),
    (re.compile(r"(\d{4})(\d{2})(\d{2})"), (1, 2, 3)),
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED_MONTH = re.compile(rf"(\d{{1,2}})([- ])({'|'.join(_MONTHS)})\2(\d{{4}})", re.IGNORECASE)
_TRUE, _FALSE = {"true", "yes"}, {"false", "no"}


def parse_duration(text: str) -> timedelta:
    """'20 s', '4 h', '1.5 min', '250 ms', '2 d' → timedelta. ValueError if it is none of these."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError("not a duration; write a number and ms, s, min, h or d, as in '20 s'")
    try:
        return timedelta(seconds=float(match[1]) * _UNITS[match[2]])
    except OverflowError:
        raise ValueError("a duration of more years than there are; was the unit meant so?") from None


def parse_date(text: str) -> date:
    """ISO 2021-03-09, DICOM 20210309, 09.03.2021 or 09-Mar-2021, as viewers print it. Slashes are refused: nobody knows
    which is the month."""
    for form, order in _DATE_FORMS:
        if match := form.fullmatch(text.strip()):
            year, month, day = (int(match[i]) for i in order)
            return date(year, month, day)
    if match := _NAMED_MONTH.fullmatch(text.strip()):
        return date(int(match[4]), _MONTHS.index(match[3].lower()) + 1, int(match[1]))
    raise ValueError("not a date; write YYYY-MM-DD")


def parse_boolean(text: str) -> bool:
    """'true'/'yes' or 'false'/'no'."""
    word = text.strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError("neither true nor false")


def parse_number(text: str) -> float:
    """A finite decimal number with a point."""
    try:
        number = Decimal("" if "_" in text else text.strip())  # Python's 1_000 is nobody's
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not number.is_finite():
        raise ValueError("not a finite number")
    return float(number)


def convert(text: str, to: ValueType) -> Any:
    """Text as its declared type. ValueError says what was expected, never what was given."""
    match to:
        case "number":
            return parse_number(text)
        case "boolean":
            return parse_boolean(text)
        case "date":
            return parse_date(text)
        case "duration":
            return parse_duration(text)
        case "text" | "mrn" | "accession" | "secret":
            return text
        case _:
            raise ValueError(f"a {to} cannot be written as text")


def _duration_from_text(value: Any) -> Any:
    return parse_duration(value) if isinstance(value, str) else value


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration_from_text, json_schema_input_type=str),
    PlainSerializer(lambda value: f"{value.total_seconds():g} s", return_type=str),
]
