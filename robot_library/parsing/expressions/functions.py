"""The functions of the language: pure, total in time, and strict about types."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from robot_library.model.values import ValueType, convert, parse_date, parse_number
from robot_library.parsing.expressions.tree import MAX_TEXT
from robot_library.parsing.kinds import in_words, value_type


class WrongValue(Exception):
    """An argument is not what a function takes. The message never holds the value."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function as authors see it. `takes` has the types of each value, the last one's for all that follow; () takes
    anything."""

    call: Callable[..., Any]
    fewest: int
    most: int
    gives: tuple[ValueType, ...]
    example: str
    about: str
    takes: tuple[tuple[ValueType, ...], ...] = ((),)

    def taken(self, index: int) -> tuple[ValueType, ...]:
        """Types that the value at this index may have."""
        return self.takes[min(index, len(self.takes) - 1)]

    def counts(self) -> str:
        """How many values it takes, in words."""
        if self.fewest == self.most:
            return f"{self.fewest} value{'s' if self.fewest > 1 else ''}"
        return f"{self.fewest} to {self.most} values"


def type_name(value: Any) -> str:
    """What a value is, in an author's word."""
    if value is None:
        return "none"
    kind = value_type(value)
    return "data" if kind is None else in_words(kind)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text(value: Any, who: str) -> str:
    if not isinstance(value, str):
        cure = f"; write text(…) around {type_name(value)}" if is_number(value) else ""
        raise WrongValue(f"{who} takes text, here is {type_name(value)}{cure}")
    return value


def _list(value: Any, who: str) -> Sequence[Any]:
    if not isinstance(value, (list, tuple)):
        raise WrongValue(f"{who} takes a list, here is {type_name(value)}")
    return value


def _len(value: Any) -> int:
    return len(_text(value, "len()"))


def _join(values: Any, between: Any = ", ") -> str:
    parts = [_text(part, "join()") for part in _list(values, "join()")]
    if sum(map(len, parts)) + len(parts) * len(_text(between, "join()")) > MAX_TEXT:
        raise WrongValue("join() would make a text that is too long")
    return str(between).join(parts)


def _contains(where: Any, what: Any) -> bool:
    if isinstance(where, str):
        return _text(what, "contains()") in where
    return any(same(member, what) for member in _list(where, "contains()"))


def _number(value: Any) -> float | int:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    try:
        number = parse_number(_text(value, "number()"))
    except ValueError:
        raise WrongValue("number() was given text that is not a number") from None
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _to_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g} s"
    if isinstance(value, date):
        return value.isoformat()
    return _text(value, "text()")


def _date(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return parse_date(_text(value, "date()"))
    except ValueError:
        raise WrongValue("date() was given text that is not a date") from None


def _duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    try:
        return convert(_text(value, "duration()"), "duration")  # type: ignore[no-any-return]
    except (ValueError, OverflowError):
        raise WrongValue("duration() was given text that is not a duration") from None


def _extreme(values: Sequence[Any], who: str, pick: Callable[..., Any]) -> Any:
    members = _list(values[0], who) if len(values) == 1 else values
    if not members:
        raise WrongValue(f"{who} was given an empty list")
    if not (all(map(is_number, members)) or all(isinstance(m, date) for m in members)):
        raise WrongValue(f"{who} takes numbers, or dates")
    return pick(members)


def _round(value: Any, digits: Any = 0) -> float | int:
    if not is_number(value) or type(digits) is not int or not 0 <= digits <= 10:
        raise WrongValue("round() takes a number, and how many digits (0 to 10) to keep")
    if not math.isfinite(value):
        raise WrongValue("round() takes a finite number")
    return float(round(value, digits)) if digits else round(value)


def _first(values: Any) -> Any:
    members = _list(values, "first()")
    if not members:
        raise WrongValue("first() was given an empty list")
    return members[0]


def _empty(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, (list, tuple, dict)):
        return not value
    raise WrongValue(f"empty() takes text or a list, here is {type_name(value)}")


def _one_of(value: Any, *choices: Any) -> bool:
    return any(same(value, choice) for choice in choices)


def same(left: Any, right: Any) -> bool:
    """Equality of two plain values of one kind; WrongValue for unlike kinds, none excepted."""
    if left is None or right is None:
        return left is right
    kinds: tuple[Callable[[Any], bool], ...] = (
        lambda v: isinstance(v, bool),
        is_number,
        lambda v: isinstance(v, str),
        lambda v: isinstance(v, timedelta),
        lambda v: isinstance(v, date),
    )
    if any(kind(left) and kind(right) for kind in kinds):
        return bool(left == right)
    raise WrongValue(f"{type_name(left)} and {type_name(right)} cannot be compared{_conversion(left, right)}")


def _conversion(left: Any, right: Any) -> str:
    if not (isinstance(left, str) or isinstance(right, str)):
        return ""
    other = right if isinstance(left, str) else left
    if isinstance(other, bool) or not isinstance(other, (int, float, date, timedelta)):
        return ""
    name = "number" if is_number(other) else "date" if isinstance(other, date) else "duration"
    return f"; write {name}(…) around the text"


_T: tuple[ValueType, ...] = ("text",)
_L: tuple[ValueType, ...] = ("list",)
_N: tuple[ValueType, ...] = ("number",)
_SAID: tuple[ValueType, ...] = ("text", "number", "boolean", "date", "duration")

FUNCTIONS: dict[str, Function] = {
    "len": Function(_len, 1, 1, _N, "len(order.accession)", "How many characters a text has.", (_T,)),
    "lower": Function(
        lambda t: _text(t, "lower()").lower(), 1, 1, _T, "lower(order.ward)", "In small letters.", (_T,)
    ),
    "upper": Function(
        lambda t: _text(t, "upper()").upper(), 1, 1, _T, "upper(order.status)", "In capitals.", (_T,)
    ),
    "trim": Function(
        lambda t: _text(t, "trim()").strip(), 1, 1, _T, "trim(order.ward)", "No blanks around.", (_T,)
    ),
    "join": Function(_join, 1, 2, _T, "join(names, '; ')", "The texts of a list as one.", (_L, _T)),
    "contains": Function(
        _contains, 2, 2, ("boolean",), "contains(order.procedure, 'chest')", "Whether a text or list holds something.",
        (("text", "list"), ()),
    ),
    "starts_with": Function(
        lambda t, b: _text(t, "starts_with()").startswith(_text(b, "starts_with()")),
        2, 2, ("boolean",), "starts_with(order.accession, 'A')", "Whether a text begins so.", (_T,),
    ),
    "one_of": Function(
        _one_of, 2, 30, ("boolean",), "one_of(order.status, 'requested', 'planned')", "Whether a value is one of these."
    ),
    "empty": Function(
        _empty, 1, 1, ("boolean",), "empty(order.ward)", "Whether it is none, blank or an empty list.",
        (("text", "list"),),
    ),
    "number": Function(_number, 1, 1, _N, "number(order.images)", "Text as a number.", (("text", "number"),)),
    "text": Function(
        _to_text, 1, 1, _T, "text(count(rows))", "A value as text.", (_SAID,)
    ),
    "date": Function(_date, 1, 1, ("date",), "date(order.birth_date)", "Text as a date.", (("text", "date"),)),
    "duration": Function(
        _duration, 1, 1, ("duration",), "duration('20 s')", "Text as a duration.", (("text", "duration"),)
    ),
    "min": Function(
        lambda *v: _extreme(v, "min()", min), 1, 30, ("number", "date"), "min(a, b)", "The least.",
        (("number", "date", "list"),),
    ),
    "max": Function(
        lambda *v: _extreme(v, "max()", max), 1, 30, ("number", "date"), "max(a, b)", "The greatest.",
        (("number", "date", "list"),),
    ),
    "round": Function(_round, 1, 2, _N, "round(reading.score, 2)", "A number with so many digits.", (_N,)),
    "first": Function(_first, 1, 1, (), "first(rows)", "The first of a list.", (_L,)),
    "count": Function(lambda v: len(_list(v, "count()")), 1, 1, _N, "count(rows)", "How many a list holds.", (_L,)),
}  # fmt: skip
