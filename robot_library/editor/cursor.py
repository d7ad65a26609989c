"""Where the cursor stands in a text that may be half written: the keys that lead there, and the word under it.

A mark is put at the cursor and looked for in the tree: of the whole text, else of what stands before the cursor with
its brackets closed, else of the last section of that alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from robot_library.parsing.nodes import ListNode, MapNode, Node, TextNode, tree_of

MARK = "\ue0f1"
"""A character of private use: nobody writes it."""
_WORD = re.compile(r"[\w.-]*")
_ONLY_A_WORD = re.compile(r"\s*(?:- +)*[\w.-]*\Z")
_CLOSES = {"[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Cursor:
    """`keys` lead to the word; `word` is the whole of it, `before` what stands before the cursor. `holders` are the
    mappings and lists around it, outermost first. `is_key`: it is, or could become, a key."""

    root: Node
    keys: tuple[str | int, ...]
    holders: tuple[Node, ...]
    word: str
    before: str
    is_key: bool

    def beside(self, key: str, up: int = 0) -> Node | None:
        """The value of another key of the nearest mapping, or of one further out."""
        maps = [one for one in self.holders if isinstance(one, MapNode)]
        return maps[-1 - up].get(key) if len(maps) > up else None


def cursor_at(text: str, offset: int) -> Cursor | None:
    """The cursor at an offset; None where nothing can be read."""
    for attempt in _attempts(text, offset):
        root = tree_of(attempt)
        if root is not None and (found := _find(root, root, (), ())):
            return found
    return None


def _attempts(text: str, offset: int) -> Iterator[str]:
    rest = _WORD.match(text, offset)
    end = rest.end() if rest else offset
    before, word, after = text[:offset], text[offset:end], text[end:]
    line = before[before.rfind("\n") + 1 :]
    endings = ["", ":"]
    if _ONLY_A_WORD.match(line) and not after.lstrip(" ").startswith(":"):
        endings.reverse()  # on a line of its own a word continues the text above it, unless it is a key
    for ending in endings:
        yield f"{before}{MARK}{word}{ending}{after}"
    for ending in endings:
        yield f"{before}{MARK}{word}{ending}{_closing(before)}\n"
    lines = before.split("\n")
    for first in range(len(lines) - 1, 0, -1):  # the nearest section that begins at the margin
        if re.match(r"[a-z_]+:", lines[first]):
            cut = "\n" * first + "\n".join(lines[first:])
            for ending in endings:
                yield f"{cut}{MARK}{word}{ending}{_closing(cut)}\n"
            break


def _closing(text: str) -> str:
    """What closes the quote and the brackets that are open at the end of a text."""
    opened: list[str] = []
    quote = ""
    previous = "\n"
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"" and (previous in " \n[{,:("):
            quote = character
        elif character in _CLOSES and (opened or previous in " [{"):
            opened.append(_CLOSES[character])
        elif opened and character == opened[-1]:
            opened.pop()
        elif character == "\n" and not opened:
            quote = ""
        previous = character
    return quote + "".join(reversed(opened))


def _find(node: Node, root: Node, keys: tuple[str | int, ...], holders: tuple[Node, ...]) -> Cursor | None:
    match node:
        case TextNode():
            return _cursor(node, root, keys, holders, False) if MARK in node.value else None
        case ListNode():
            for index, item in enumerate(node.items):
                if found := _find(item, root, (*keys, index), (*holders, node)):
                    return found
        case MapNode():
            for key, value in node.items:
                if MARK in key.value:
                    return _cursor(key, root, keys, (*holders, node), True)
                if found := _find(value, root, (*keys, key.value), (*holders, node)):
                    return found
    return None


def _cursor(node: TextNode, root: Node, keys: tuple[str | int, ...], holders: tuple[Node, ...], is_key: bool) -> Cursor:
    before, _, after = node.value.partition(MARK)
    return Cursor(root, keys, holders, before + after, before, is_key)
