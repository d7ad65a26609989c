"""The keys by which screens are opened: a value that stood in a list or a field and then in an address is `{name}`.

Values are compared, never written: what is not known as a key and has a digit in it leads to no address at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from robot_library.authoring.recorder.words import Words

_PLAIN = re.compile(r"[A-Za-z][A-Za-z_.-]{0,23}")
_HOW = frozenset({"name", "views", "view_mode", "view", "limit", "offset", "sort", "tab", "width", "zoom"})
"""What an address says behind ';' of how a list is shown, and not of what is in it."""


@dataclass(frozen=True, repr=False)
class Key:
    """`source`: an input of the item, or what was read on the screen `at` as `target`."""

    name: str
    source: Literal["item", "read"]
    at: str = ""
    target: str = ""
    shape: str = ""
    kind: str = ""
    """What it says of a person, if it does: their mrn, their name."""


class Keys:
    """Values that were seen where they can be taken from, in the order they were seen."""

    def __init__(self, words: Words) -> None:
        self._by_value: dict[str, Key] = {}
        self._seen: dict[str, Key] = {}
        self._words = words

    def see(self, value: str, key: Key) -> None:
        """A value that could be a key later on. The first place where it stood counts."""
        value = value.strip()
        if len(value) >= 3 and any(c.isdigit() for c in value) and "{" not in value:
            self._seen.setdefault(value, key)

    def take(self, value: str) -> Key | None:
        """The key of this value, if it was seen before; from now on it is one."""
        value = value.strip()
        known = self._by_value.get(value) or self._seen.get(value)
        if known is not None and value not in self._by_value:
            taken = {key.name for key in self._by_value.values()}
            if known.name in taken:
                known = replace(known, name=f"{known.name}_{len(taken)}")
            self._by_value[value] = known
            self._words.of_person(value)
        return known

    def use(self, value: str, key: Key) -> Key:
        """This value is a key, whatever it looks like: a name that another system shows."""
        self._seen[value.strip()] = key
        return self.take(value) or key

    def named(self) -> Mapping[str, Key]:
        """name → key, for every value that is one."""
        return {key.name: key for key in self._by_value.values()}

    def of(self, value: str) -> Key | None:
        """The key whose value this is."""
        return self._by_value.get(value.strip())

    def rename(self, new: Callable[[Key], Key]) -> None:
        """Put another key in the place of each."""
        self._by_value = {value: new(key) for value, key in self._by_value.items()}
        self._seen = {value: new(key) for value, key in self._seen.items()}

    def text(self, text: str) -> str | None:
        """A heading or name with keys as `{name}`; None where the rest may not stay."""
        made = text
        for value, key in sorted(self._by_value.items(), key=lambda pair: -len(pair[0])):
            made = re.sub(rf"(?<![\w-]){re.escape(value)}(?![\w-])", f"{{{key.name}}}", made)
        rest = re.sub(r"\{\w+\}", " ", made)
        if not rest.strip(" :,-"):
            return made if made != text else None
        return made if self._words.heads(rest) else None

    def path(self, url: str, *, free: bool) -> str | None:
        """The address below its site with keys as `{name}`; None where a part of it is not known. `free`: it came of a
        press outside any list, or of the author's own start, so that a plain word in its query is the page's own."""
        parts = urlsplit(url)
        made = self._below(parts.path)
        query = []
        for name, value in parse_qsl(parts.query, keep_blank_values=False):
            one = self._part(value, free=free)
            if one is None or not _PLAIN.fullmatch(name):
                return None
            query.append(f"{name}={one}")
        inner, _, how = parts.fragment.partition(";")
        if not {name for name, _ in parse_qsl(how, keep_blank_values=True)} <= _HOW:
            return None
        fragment = self._below(inner)
        if made is None or fragment is None:
            return None
        return made + ("?" + "&".join(query) if query else "") + (f"#{fragment}" if fragment else "")

    def _below(self, path: str) -> str | None:
        """A path with keys in it. Its first part may be an application's name; each other word is a screen's own."""
        made: list[str] = []
        for segment in path.split("/"):
            first = not any(made)
            one = self._part(unquote(segment), free=True) if segment else ""
            own = first or one != segment or not one or self._words.heads(_apart(one)) or self._words.technical(one)
            if one is None or not own:
                return None
            made.append(one)
        return "/".join(made)

    def _part(self, value: str, *, free: bool) -> str | None:
        if key := self.take(value):
            return f"{{{key.name}}}"
        plain = free and _PLAIN.fullmatch(value) and self._words.stays(_apart(value))
        return value if plain else None


def _apart(value: str) -> str:
    return re.sub(r"[._-]", " ", value)


def shape(value: str) -> tuple[str, str]:
    """A pattern that values like this one fit, and a made-up example: REQ005626 → [A-Z]+[0-9]+, ABC123456."""
    digits, letters = "1234567890", "ABCDEFGHJKLMNPQRSTUVWXYZ"
    pattern, example, before = "", "", ""
    for place, c in enumerate(value):
        now = "[0-9]+" if c.isdigit() else "[A-Z]+" if c.isupper() else "[a-z]+" if c.isalpha() else re.escape(c)
        if now != before or now[0] != "[":
            pattern += now
        before = now
        made = letters[place % 24]
        example += digits[place % 10] if c.isdigit() else made if c.isupper() else made.lower() if c.isalpha() else c
    return pattern, example
