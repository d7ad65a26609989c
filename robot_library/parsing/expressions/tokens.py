"""An expression's text as tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, cast

from robot_library.parsing.expressions.tree import ExpressionError

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>==|!=|<=|>=|[<>+\-*/%().,])""",
    re.VERBOSE,
)
_CURES = {
    "=": "To compare, write '=='.",
    "!": "Write 'not' or '!='.",
    "&": "Write 'and'.",
    "|": "Write 'or'.",
    "[": "For the first of a list write first(list).",
    "{": "Name the value: item.order, without braces.",
    "$": "Name the value: item.order, without '$'.",
    "\xa0": "This is a no-break space, often pasted: put a plain blank in its place.",
    "\u202f": "This is a no-break space, often pasted: put a plain blank in its place.",
    "‘": "Use straight quotes: '.",
    "’": "Use straight quotes: '.",
    "“": "Use straight quotes: '.",
    "”": "Use straight quotes: '.",
}  # fmt: skip


Kind = Literal["name", "number", "text", "sign", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """kind: name | number | text | sign | end. `text` is what was written; of a text, what is between the quotes."""

    kind: Kind
    text: str
    at: int


def tokens(text: str) -> list[Token]:
    """All tokens, then one of kind `end`. ExpressionError at what cannot be read."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        if text[at] in "'\"":
            token, at = _quoted(text, at)
            found.append(token)
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(at, f"'{text[at]}' is not part of the language", _CURES.get(text[at], ""))
        kind = match.lastgroup
        if kind in ("name", "number", "sign"):
            found.append(Token(cast(Kind, kind), match[0], at))
        at = match.end()
    found.append(Token("end", "", len(text)))
    _check_numbers(found)
    return found


def _quoted(text: str, at: int) -> tuple[Token, int]:
    """A quote inside is written twice."""
    quote, parts, begin = text[at], "", at + 1
    while True:
        end = text.find(quote, begin)
        if end < 0:
            raise ExpressionError(at, "a quote is opened here and never closed", f"Close it with {quote}.")
        parts += text[begin:end]
        if text[end + 1 : end + 2] != quote:
            return Token("text", parts, at), end + 1
        parts, begin = parts + quote, end + 2


def _check_numbers(found: list[Token]) -> None:
    for token, following in pairwise(found):
        if token.kind != "number":
            continue
        if following.kind in ("name", "number") and following.at == token.at + len(token.text):
            raise ExpressionError(token.at, "a number and a name run together", "Put text in quotes.")
        if len(token.text) > 1 and token.text[0] == "0" and token.text[1] != ".":
            raise ExpressionError(token.at, "a number begins with 0", "If it is an identifier, put it in quotes.")
        if len(token.text) > 15:
            raise ExpressionError(
                token.at, "a number of more than 15 digits", "If it is an identifier, put it in quotes."
            )
