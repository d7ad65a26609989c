"""Names and their values while a workflow runs: assigned once, inner ones do not leak, doubt sticks.

A value that comes from an unaccepted reading is *doubtful*, and so is whatever is computed from it. Nothing
doubtful may be typed, saved or decide whether something is: that is checked where a write runs, whatever
way the value took.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from robot_library.errors import AuthoringError
from robot_library.model.finding import Abstention, Finding


class Scope:
    """One level of names. Looks outward for what it does not hold; binding never reaches outward."""

    def __init__(self, names: Mapping[str, Any] | None = None, outer: Scope | None = None) -> None:
        self._outer = outer
        self._names: dict[str, Any] = {}
        self._doubtful: set[str] = set()
        for name, value in (names or {}).items():
            self.bind(name, value)

    def bind(self, name: str, value: Any, *, doubtful: bool = False) -> None:
        """Give a value a name; AuthoringError if the name is taken here or further out."""
        if name in self:
            raise AuthoringError(f"the name {name!r} is assigned a second time.")
        self._names[name] = value
        if doubtful or is_doubtful(value):
            self._doubtful.add(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names or (self._outer is not None and name in self._outer)

    def doubts(self, name: str) -> bool:
        """Whether this name's value hangs on an unaccepted reading."""
        if name in self._names:
            return name in self._doubtful
        return self._outer is not None and self._outer.doubts(name)

    def own(self) -> dict[str, Any]:
        """The names bound at this level."""
        return dict(self._names)

    def visible(self) -> dict[str, Any]:
        """Every name that can be seen from here."""
        return {**(self._outer.visible() if self._outer else {}), **self._names}

    def doubtful(self) -> list[str]:
        """Every visible name that is doubtful, sorted."""
        return sorted(name for name in self.visible() if self.doubts(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self.visible())


def is_doubtful(value: Any) -> bool:
    """Whether a value is, or holds, a reading that nobody has accepted."""
    match value:
        case Finding() | Abstention():
            return True
        case Mapping():
            return any(is_doubtful(member) for member in value.values())
        case list() | tuple() | set() | frozenset():
            return any(is_doubtful(member) for member in value)
        case _:
            return False
