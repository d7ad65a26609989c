"""What of a report template can be known without laying it out: whether it is text, and which fields it has."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from robot_library.parsing.nodes import MAX_BYTES, read_file
from robot_library.parsing.texts import meanwhile

_FIELD_TAGS = frozenset({"input", "textarea", "select"})


class NoTemplate(Exception):
    """Why a file is none, in words."""


def template_fields(path: Path) -> frozenset[str] | None:
    """Ids of the fields of a template; None where that is not known before it is drafted from. NoTemplate for a file
    that no report could be drafted from."""
    return meanwhile(("template", path), lambda: _fields(path))


def _fields(path: Path) -> frozenset[str] | None:
    try:
        text = read_file(path, 2 * MAX_BYTES).decode("utf-8-sig")
    except OSError:
        raise NoTemplate("cannot be read") from None
    except UnicodeDecodeError:
        raise NoTemplate("is not UTF-8 text") from None
    reader = _Reader()
    try:
        reader.feed(text)
        reader.close()
    except AssertionError:  # how the standard library says that a declaration is odd
        return None
    if not reader.found:
        raise NoTemplate("has no input, textarea or select")
    return frozenset(reader.found)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _FIELD_TAGS:
            given = dict(attrs)
            radio = (given.get("type") or "").lower() == "radio"  # a group of them is one field
            names = (given.get("name"), given.get("id")) if radio else (given.get("id"), given.get("name"))
            if name := names[0] or names[1]:
                self.found.add(name)
