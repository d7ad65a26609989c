"""The form of a bot, made from its workflow's inputs, and what is wrong with what was written into it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from robot_library.attended.startable import Startable
from robot_library.model.values import SCALAR_TYPES, convert
from robot_library.model.workflow import Declared
from robot_library.web.words import Words

_LONGEST = 200
_BOXES = {"date": "date", "number": "text", "secret": "password"}


@dataclass(frozen=True)
class Box:
    """One field of the form. `kind` is the input's type in HTML; `wrong` what is wrong with `value`, in words."""

    name: str
    label: str
    kind: str
    hint: str
    example: str
    pattern: str
    optional: bool
    boolean: bool
    value: str = ""
    wrong: str = ""


def boxes(bot: Startable, values: Mapping[str, str], words: Words, wrong: Mapping[str, str] | None = None) -> list[Box]:
    """The fields, in the workflow's order; inputs that films are dropped for have none."""
    films = {name for name, key in bot.attended.drop.items() if key == "objects"}
    return [
        Box(
            name, _label(name, words), _BOXES.get(how.type, "text"), how.about, how.example, how.pattern, how.optional,
            how.type == "boolean", values.get(name, ""), (wrong or {}).get(name, ""),
        )
        for name, how in bot.workflow.item.items()
        if name not in films and how.type in SCALAR_TYPES
    ]  # fmt: skip


def checked(bot: Startable, given: Mapping[str, str], words: Words) -> tuple[dict[str, str], dict[str, str]]:
    """What was written, without blanks around it, and what is wrong with it, by field. Never says what was written."""
    values, wrong = {}, {}
    for name, how in bot.workflow.item.items():
        text = given.get(name, "").strip()
        if said := _wrong(text, how, words):
            wrong[name] = said
        if text:
            values[name] = text
    return values, wrong


def _wrong(text: str, how: Declared, words: Words) -> str:
    if not text:
        return "" if how.optional else words("form.missing")
    if len(text) > _LONGEST or not text.isprintable():
        return words("form.long", most=_LONGEST)
    if how.pattern and not re.fullmatch(how.pattern, text):
        return words("form.pattern_example", example=how.example) if how.example else words("form.pattern")
    try:
        given = convert(text, how.type)
    except ValueError:
        return words(f"form.{how.type}" if f"form.{how.type}" in words else "form.pattern")
    return words("form.far") if isinstance(given, date) and not 1850 < given.year < 2200 else ""


def _label(name: str, words: Words) -> str:
    return words(f"input.{name}") if f"input.{name}" in words else name.replace("_", " ").capitalize()


def from_film(bot: Startable, fields: Mapping[str, str]) -> dict[str, str]:
    """What the header of a dropped film says, for the form's fields."""
    return {name: fields.get(key, "") for name, key in bot.attended.drop.items() if key != "objects"}


def takes_films(bot: Startable) -> bool:
    """Whether films can be dropped on its form."""
    return bool(bot.attended.drop)


def film_input(bot: Startable) -> str | None:
    """The input that dropped films go to, if there is one."""
    return next((name for name, key in bot.attended.drop.items() if key == "objects"), None)


def recent_first(bots: Sequence[Startable], favourite: Sequence[str], often: Sequence[str]) -> list[Startable]:
    """Favourites first, then what is started most, then by title."""

    def place(bot: Startable) -> tuple[int, int, str]:
        rank = often.index(bot.name) if bot.name in often else len(often)
        return (0 if bot.name in favourite else 1, rank, bot.title)

    return sorted(bots, key=place)
