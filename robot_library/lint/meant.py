"""Text that was meant to name a value: its '=' is missing, or it names the value in braces, as other tools do."""

from __future__ import annotations

import re
from collections.abc import Mapping

from robot_library.lint.infer import infer
from robot_library.lint.known import Known
from robot_library.parsing.expressions.grammar import parse
from robot_library.parsing.expressions.tree import ExpressionError, Member, Name, Tree, children

_CHAIN = r"[A-Za-z]\w*(?:\.\w+)+"
_LOOKS = re.compile(_CHAIN)
_WITHIN = re.compile(rf"\{{\s*({_CHAIN})\s*\}}|(?:^|\s)=\s*({_CHAIN})")
"""{item.order}, ${item.order}, {{ item.order }}; and =item.order with words before it."""


def meant(text: str, names: Mapping[str, Known]) -> tuple[str, str] | None:
    """(message, cure) for a text that would stand there letter by letter, where a value was meant; None for others.

    Only where every name in it is in scope, and has the parts that are asked for: report.pdf is a file.
    """
    if _LOOKS.search(text) is None:
        return None
    if _names_a_value(text, names):
        return f"this is text: the letters '{text[:60]}' are used, not the value", f"Begin it with '=': ={text[:60]}"
    for found in _WITHIN.finditer(text):
        chain = found[1] or found[2]
        if _names_a_value(chain, names):
            message = f"'{chain[:60]}' stands here as letters: text has no places that are filled in"
            return message, f"Join texts with +, as in ='Order ' + {chain[:60]}"
    return None


def _names_a_value(text: str, names: Mapping[str, Known]) -> bool:
    try:
        tree = parse(text)
    except ExpressionError:
        return False
    wrong: list[str] = []
    infer(tree, names, lambda _at, code, *_: wrong.append(code))
    parts = list(_all(tree))
    heads = [one.name for one in parts if isinstance(one, Name)]
    known = all(name in names for name in heads)
    reached = [one for one in parts if isinstance(one, Member)]
    return bool(reached) and known and "WR303" not in wrong and all(_has_members(one, names) for one in reached)


def _all(tree: Tree) -> list[Tree]:
    return [tree, *(part for child in children(tree) for part in _all(child))]


def _has_members(part: Member, names: Mapping[str, Known]) -> bool:
    """What the part is asked of is known to have it, not only to have parts."""
    of = infer(part.of, names, lambda *_: None)
    return of.members is not None and part.name in of.members
