"""A keyword's own signature, as plain data: what it takes and gives, and what is wrong with what it was given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from robot_library.parsing.problems import did_you_mean

Way = Literal["positional", "named", "varargs", "kwargs"]
Gives = Literal["text", "number", "boolean", "date", "list", "data", "nothing", "thing", "any"]
"""thing: an object that only its library understands."""


@dataclass(frozen=True)
class Argument:
    """One argument. `refuses` says why a text cannot be converted to its type; "" if it can."""

    name: str
    way: Way
    required: bool
    type: str = ""
    takes: frozenset[str] = frozenset()
    """What it converts from without doubt, as `Gives`; empty: anything."""
    default: Any = None
    refuses: Callable[[Any], str] = field(default=lambda _: "", compare=False, repr=False)

    @property
    def wanted(self) -> str:
        """Its type in words."""
        return "a list of rows" if self.is_table else self.type

    @property
    def is_table(self) -> bool:
        """Whether it takes rpaframework's own tables: rows go in here."""
        return self.type.split(" | ")[0] == "Table"


@dataclass(frozen=True)
class Signature:
    """One keyword, or what a library takes when it is made."""

    name: str
    arguments: tuple[Argument, ...] = ()
    gives: Gives = "any"
    about: str = ""

    def argument(self, name: str) -> Argument | None:
        """The argument that takes a value of this name; of keywords that take any names, the catch-all."""
        found = next((one for one in self.arguments if one.name == name and one.way != "kwargs"), None)
        return found or next((one for one in self.arguments if one.way == "kwargs"), None)

    def names(self) -> list[str]:
        return [one.name for one in self.arguments if one.way != "kwargs"]


@dataclass(frozen=True)
class LibraryInfo:
    """One library: its keywords by folded name."""

    name: str
    keywords: Mapping[str, Signature]
    init: Signature


Wrong = tuple[str | None, str, str]
"""(argument or None, message, hint)"""


def wrong_names(signature: Signature, given: Iterable[str], thing: str) -> list[Wrong]:
    """Arguments that are not there, and required ones that are missing."""
    names, found = list(given), list[Wrong]()
    for name in names:
        if signature.argument(name) is None:
            hint = did_you_mean(name, signature.names()) if signature.names() else "It takes none."
            found.append((name, f"{thing} has no argument '{name[:60]}'", hint))
    for one in signature.arguments:
        if one.required and one.way in ("positional", "named") and one.name not in names:
            kind = f" ({one.type})" if one.type else ""
            found.append((None, f"{thing} needs the argument '{one.name}'{kind}", f"Add it: with: {{{one.name}: …}}."))
    return found


def arranged(signature: Signature, given: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Values by name as positional and named ones. Names were checked."""
    catch = next((one for one in signature.arguments if one.way == "varargs"), None)
    if catch is None or catch.name not in given:
        return [], dict(given)
    named, positional = dict(given), []
    many = named.pop(catch.name)
    for one in signature.arguments:
        if one.way == "positional":
            positional.append(named.pop(one.name, one.default))
    return [*positional, *(many if isinstance(many, list | tuple) else [many])], named
