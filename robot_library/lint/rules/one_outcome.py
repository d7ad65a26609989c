"""A comparison that can only come out one way.

`a != 'x' or a != 'y'` holds for every a, and `a == 'x' and a == 'y'` for none; what `lower(…)` gives is never a text
with capitals. What such a condition is to stop is never stopped.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.expressions import Expression
from robot_library.parsing.expressions.tree import Binary, CallOf, Constant, Member, Name, Tree, Unary, children

_NEGATED = {"==": "!=", "!=": "=="}
_SAID = {
    "==": ("this never holds: nothing is two values at once", "Join the two with 'or'."),
    "!=": ("this always holds: whatever stands there, it is not both values", "Join the two with 'and'."),
}
_CASES = {"lower": (str.lower, "small letters"), "upper": (str.upper, "capitals")}


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every expression of every step, and of what stands around the steps."""
    for expression in subject.expressions():
        for part in expression.parts():
            yield from _both(part, expression)
            yield from _case(part, expression)


def _both(part: Tree, expression: Expression) -> Iterator[Diagnostic]:
    """Two comparisons of one value, of which one always holds (or never both)."""
    if not isinstance(part, Binary) or part.operator not in ("and", "or"):
        return
    sign = "==" if part.operator == "and" else "!="
    last = _compared(part.right, sign)
    for one in _chain(part.left, part.operator):
        before = _compared(one, sign)
        if before is not None and last is not None and before[0] == last[0] and before[1] != last[1]:
            yield note(expression.place_of(part.at), "WR505", *_SAID[sign])
            return


def _chain(tree: Tree, operator: str) -> Iterator[Tree]:
    """a, b, c of `a or b or c`."""
    if isinstance(tree, Binary) and tree.operator == operator:
        yield from _chain(tree.left, operator)
        yield from _chain(tree.right, operator)
    else:
        yield tree


def _compared(tree: Tree, sign: str) -> tuple[object, object] | None:
    """(what, with which written-out value), where a tree compares so; `not a == 'x'` is `a != 'x'`."""
    negated = isinstance(tree, Unary) and tree.operator == "not"
    inner = tree.operand if isinstance(tree, Unary) and negated else tree
    if not isinstance(inner, Binary) or inner.operator not in _NEGATED:
        return None
    if (_NEGATED[inner.operator] if negated else inner.operator) != sign:
        return None
    left, right = (inner.right, inner.left) if isinstance(inner.left, Constant) else (inner.left, inner.right)
    if not isinstance(right, Constant) or isinstance(left, Constant):
        return None
    return _form(left), (type(right.value), right.value)


def _form(tree: Tree) -> object:
    """A tree without where its parts stand: the same for what means the same."""
    match tree:
        case Constant(value=value):
            return type(value), value
        case Name(name=name):
            return name
        case Member(of=of, name=name):
            return _form(of), "part", name
        case CallOf(function=function, arguments=arguments):
            return function, "of", tuple(map(_form, arguments))
        case Unary(operator=operator) | Binary(operator=operator):
            return operator, tuple(map(_form, children(tree)))


def _case(part: Tree, expression: Expression) -> Iterator[Diagnostic]:
    """A text in small letters that is compared with one that has capitals, or the other way round."""
    if isinstance(part, Binary) and part.operator in _NEGATED:
        pairs = [(part.left, part.right), (part.right, part.left)]
    elif isinstance(part, CallOf) and part.function in ("one_of", "contains", "starts_with"):
        pairs = [(part.arguments[0], other) for other in part.arguments[1:]]
    else:
        return
    for made, written in pairs:
        if not isinstance(made, CallOf) or made.function not in _CASES:
            continue
        change, what = _CASES[made.function]
        if isinstance(written, Constant) and isinstance(written.value, str) and change(written.value) != written.value:
            message = f"{made.function}(…) gives {what}, and this text has others: they are never alike"
            yield note(expression.place_of(written.at), "WR505", message, f"Write it in {what}.")


RULE = WorkflowRule("WR505", "workflow", check, "one")
