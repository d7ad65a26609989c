"""Text of an author's file as the value its annotation declares. Never by its looks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal, get_args, get_origin

from robot_library.model.diagnostic import Place
from robot_library.model.values import parse_boolean, parse_date, parse_duration, parse_number
from robot_library.parsing.problems import nearest


class Placed(str):
    """Text from an author's file that knows where it stands."""

    __slots__ = ("place",)
    place: Place

    def __new__(cls, text: str, place: Place) -> Placed:
        made = super().__new__(cls, text)
        made.place = place
        return made

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)


class NotThis(Exception):
    """Text is not what was declared. Says what was expected, never what was given."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def from_text(text: str, option: Any, place: Place) -> Any:
    """Text as one scalar option (str, int, float, bool, date, timedelta, Literal[…]); NotThis if it is not."""
    if get_origin(option) is Literal:
        choices = [str(choice) for choice in get_args(option)]
        if text in choices:
            return get_args(option)[choices.index(text)]
        raise NotThis(f"must be one of {', '.join(choices)}", nearest(text, choices))
    if option is str:
        return Placed(text, place)
    try:
        return _converted(text, option)
    except (ValueError, OverflowError) as error:
        raise NotThis(_EXPECTED.get(option, str(error)), "") from None


_EXPECTED: dict[Any, str] = {
    int: "must be a whole number",
    float: "must be a number",
    bool: "must be true or false",
    date: "must be a date, as in 2021-03-09",
    timedelta: "must be a duration: a number and ms, s, min, h or d, as in '20 s'",
}


def _converted(text: str, option: Any) -> Any:
    if option is bool:
        return parse_boolean(text)
    if option is date:
        return parse_date(text)
    if option is timedelta:
        return parse_duration(text)
    number = parse_number(text)
    if option is int:
        if not number.is_integer():
            raise ValueError
        return int(number)
    return number
