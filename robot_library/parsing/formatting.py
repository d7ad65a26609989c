"""One layout for authors' files: two spaces a level, one space after ':' and ',', long flow collections as blocks.

What a file means and says is proven to be the same before and after: the same tree, the same comments in the same
order. Where that cannot be shown the file stays as it is. Quotes, the order of keys and where a blank line stands are
the author's own; so is the column of a comment behind a value, where there is room for it.
"""

from __future__ import annotations

import re

import yaml

from robot_library.errors import AuthoringError
from robot_library.model.diagnostic import Place
from robot_library.parsing.layout import Comment, Written, read_layout
from robot_library.parsing.nodes import ListNode, MapNode, Node, parse_yaml
from robot_library.parsing.problems import single

WIDTH = 120
"""Columns up to which a flow collection stays on one line."""
_ROUNDS = 3
"""Times a text is laid out, at most, until that changes nothing more."""
_DASHES = re.compile(r"(?:\s*- )*\s*")
_INDICATOR = re.compile(r"[0-9]")


def formatted(text: str, file: str) -> str:
    """The text in its canonical layout; its line ends (LF or CRLF) stay what its first one is.

    Laid out once it stays so. AuthoringError if it is no YAML of ours, or (WR011) if its meaning could not be kept or
    its form does not come to rest.
    """
    newline = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    for _ in range(_ROUNDS):
        laid = _laid_anew(plain, file)
        if laid == plain:
            return laid.replace("\n", newline)
        plain = laid
    raise _unusual(file)


def _laid_anew(plain: str, file: str) -> str:
    before = parse_yaml(plain, file)
    root, comments = read_layout(plain)
    laid = _Writer(plain, comments).document(root)
    if not _same(before, comments, laid, file):
        raise _unusual(file)
    return laid


def _unusual(file: str) -> AuthoringError:
    message = "this file cannot be laid out anew without a change of what it says"
    return single(Place(file=file), "WR011", message, "Lay it out by hand: its form is an unusual one.")


def _same(before: Node, comments: list[Comment], laid: str, file: str) -> bool:
    try:
        after = parse_yaml(laid, file)
        _, kept = read_layout(laid)
    except (AuthoringError, yaml.YAMLError):
        return False
    return meaning(after) == meaning(before) and [one.text for one in kept] == [one.text for one in comments]


def meaning(node: Node) -> object:
    """A tree without its places, to compare two texts by."""
    if isinstance(node, MapNode):
        return "map", [(meaning(key), meaning(value)) for key, value in node.items]
    if isinstance(node, ListNode):
        return "list", [meaning(item) for item in node.items]
    return node.value, node.plain, node.quoted


class _Writer:
    """Nodes in, lines out; comments are put back on the way."""

    def __init__(self, text: str, comments: list[Comment]) -> None:
        self._source = text.split("\n")
        self._waiting = list(comments)
        self._comments = comments
        self._starts = [one.start for one in comments]
        self._lines: list[str] = []
        self._column = 0
        """Where what the last line holds begins, its dashes left out."""
        self._keeps = False
        """The last line belongs to a text that keeps the empty lines after it."""

    def document(self, root: Written) -> str:
        """The whole text."""
        self._key_line = root.first
        self._before(root.start, root.first, 0)
        self._node(root, "", 0)
        self._before(None, len(self._source), 0)
        while self._lines and not self._lines[-1] and not self._keeps:
            self._lines.pop()
        return "\n".join(self._lines) + "\n"

    # ---- nodes --------------------------------------------------------------------------------------------

    def _node(self, node: Written, begun: str, column: int) -> None:
        """A node on a line that has begun with `begun` ("  - ", "  key: "); what is below it stands at `column`."""
        if node.kind == "scalar":
            return self._scalar(node, begun, column)
        one = self._on_one_line(node)
        if one is not None and (not node.items or (node.flow and len(begun + one) <= WIDTH)):
            return self._line(begun + one, node.last)
        if node.anchor:
            begun = f"{begun}{node.anchor} "
        if begun and not begun.endswith("- "):
            self._line(begun, self._key_line)
            begun = ""
        return self._entries(node, begun, column)

    def _entries(self, node: Written, begun: str, column: int) -> None:
        """A block's entries, one below the other; the first one stands behind `begun`."""
        entries = node.pairs() if node.kind == "map" else ((None, item) for item in node.items)
        for key, value in entries:
            first = key or value
            if not begun:
                self._before(first.start, first.first, column)
            begun = begun or " " * column
            self._key_line = first.last if key is not None else value.first
            mark = "- " if key is None else f"{key.text}: "
            self._before_inside(first.start, column)
            self._node(value, begun + mark, column + 2)
            begun = ""

    def _scalar(self, node: Written, begun: str, column: int) -> None:
        if node.style in ("|", ">") and not node.text.startswith("&"):
            return self._block_text(node, begun, column)
        first, *more = node.text.split("\n")
        if not more:
            return self._line(begun + first, node.last)
        tidy = [line.strip() if node.style != '"' else line.lstrip() for line in more]
        self._put(begun + (first.rstrip() if node.style != '"' else first))
        for line in tidy[:-1]:
            self._lines.append(" " * column + line if line else "")
        self._lines.append(" " * column + tidy[-1])
        self._behind(node.last)
        return None

    def _block_text(self, node: Written, begun: str, column: int) -> None:
        """A text after '|' or '>', moved to its new column."""
        header, *lines = node.text.split("\n")
        header = _INDICATOR.sub("2", header.partition(" ")[0].strip())
        self._line(begun + header, node.first)
        filled = next((line for line in lines if line.strip()), "")
        means = next((line for line in node.value.split("\n") if line.strip()), "")
        shift = (len(filled) - len(filled.lstrip(" "))) - (len(means) - len(means.lstrip(" ")))
        content = [line[shift:] if line.strip() else line[shift:].rstrip() for line in lines]
        if lines and not lines[-1].strip():
            content.pop()
        self._keeps = "+" in header
        while content and not content[-1].strip() and not self._keeps:
            content.pop()
        self._lines += [" " * column + line if line else "" for line in content]

    def _on_one_line(self, node: Written) -> str | None:
        """A flow collection, or an empty one, on one line; None if something in it needs more."""
        if node.kind == "scalar":
            return None if "\n" in node.text or node.style in ("|", ">") else node.text
        if node.items and not node.flow:
            return None
        if any(node.start <= start < node.end for start in self._starts):
            return None
        parts = [self._on_one_line(item) for item in node.items]
        whole = [part for part in parts if part is not None]
        if len(whole) < len(parts):
            return None
        anchor = f"{node.anchor} " if node.anchor else ""
        if node.kind == "list":
            return f"{anchor}[{', '.join(whole)}]"
        pairs = (f"{key}: {value}" for key, value in zip(whole[::2], whole[1::2], strict=True))
        return f"{anchor}{{{', '.join(pairs)}}}"

    # ---- lines and comments -------------------------------------------------------------------------------

    def _line(self, text: str, source_line: int) -> None:
        self._put(text)
        self._behind(source_line)

    def _put(self, text: str) -> None:
        self._keeps = False
        self._lines.append(text.rstrip())
        dashes = _DASHES.match(text)
        self._column = dashes.end() if dashes is not None else 0

    def _behind(self, source_line: int) -> None:
        """The comment that stood behind this line of the source."""
        if self._waiting and self._waiting[0].line == source_line and not self._waiting[0].own:
            comment = self._waiting.pop(0)
            text = self._lines[-1]
            self._lines[-1] = text.ljust(max(comment.column, len(text) + 2)) + comment.text

    def _before(self, start: int | None, source_line: int, column: int) -> None:
        """Comments and the blank line above what stands at `start` (None: the end of the text)."""
        self._before_inside(start, column)
        if start is not None:
            self._blank(source_line)

    def _before_inside(self, start: int | None, column: int) -> None:
        while self._waiting and (start is None or self._waiting[0].start < start):
            comment = self._waiting.pop(0)
            deeper = comment.own and comment.column > self._source_column(start) and self._column > column
            self._blank(comment.line)
            at, keeps = self._column if deeper else column, self._keeps
            self._lines.append(" " * at + comment.text)
            self._keeps = keeps and not comment.own

    def _source_column(self, start: int | None) -> int:
        if start is None:
            return 0
        for line in self._source:
            if start <= len(line):
                return len(line) - len(line.lstrip(" "))
            start -= len(line) + 1
        return 0

    def _blank(self, source_line: int) -> None:
        """An empty line, where the source has one or more above this line."""
        above = self._source[source_line - 1] if 0 < source_line <= len(self._source) else "-"
        if not above.strip() and self._lines and self._lines[-1] and not self._keeps:
            self._lines.append("")
