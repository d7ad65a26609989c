"""Places of ours (lines as YAML breaks them, columns in characters) and positions of an editor, and back.

Editors break lines at \\n, \\r\\n and \\r only, count from 0, and measure columns in the units agreed on, usually
UTF-16: a character beyond the basic plane is two of them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Literal

Encoding = Literal["utf-8", "utf-16", "utf-32"]
_YAML = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_EDITOR = re.compile("\r\n|\n|\r")
_TOKEN = re.compile(r"""=[^,\]}#\n\r]*|"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\n\r]|'')*'|[^\s,\[\]{}#:]+(?::[^\s,\[\]{}#:]+)*""")
_IN_EXPRESSION = re.compile(r"\w+")


class Lines:
    """One text, as both sides count it."""

    def __init__(self, text: str, encoding: Encoding = "utf-16") -> None:
        self.text = text
        self.encoding = encoding
        self._yaml = [0, *(found.end() for found in _YAML.finditer(text))]
        self._editor = [0, *(found.end() for found in _EDITOR.finditer(text))]

    def offset_of_place(self, line: int, column: int) -> int:
        """Offset in the text of a place of ours; the nearest one where there is no such place."""
        line = max(1, min(line, len(self._yaml)))
        end = self._yaml[line] if line < len(self._yaml) else len(self.text)
        return min(self._yaml[line - 1] + max(column - 1, 0), end)

    def position(self, offset: int) -> tuple[int, int]:
        """(line, character) of an offset."""
        line = bisect_right(self._editor, offset) - 1
        return line, self._units(self.text[self._editor[line] : offset])

    def offset(self, line: int, character: int) -> int:
        """Offset of a position; what lies beyond a line is its end, as the protocol says."""
        if line >= len(self._editor):
            return len(self.text)
        at = self._editor[line]
        end = self._editor[line + 1] if line + 1 < len(self._editor) else len(self.text)
        while at < end and self.text[at] not in "\r\n" and character > 0:
            character -= self._units(self.text[at])
            at += 1
        return at

    def token(self, line: int, column: int) -> tuple[int, int]:
        """From where to where, as offsets, the word reaches that stands at a place of ours; never nothing, if the text
        has anything."""
        begin = self.offset_of_place(line, column)
        inside = begin > 0 and self.text[begin - 1] not in " \t\n\r[{,'\"-"
        found = (_IN_EXPRESSION if inside else _TOKEN).match(self.text, begin)
        if found is not None:
            return begin, begin + len(found[0].rstrip())
        after = begin + 1 if begin < len(self.text) and self.text[begin] not in "\r\n" else begin
        return (begin, after) if after > begin or begin == 0 else (begin - 1, begin)

    def _units(self, piece: str) -> int:
        if self.encoding == "utf-32" or piece.isascii():
            return len(piece)
        return len(piece.encode("utf-8", "replace")) if self.encoding == "utf-8" else len(piece) + sum(
            ord(one) > 0xFFFF for one in piece
        )  # fmt: skip
