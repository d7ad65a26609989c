"""What an expression is made of. `at` is the offset of a part in the expression's text, from 0."""

from __future__ import annotations

from dataclasses import dataclass

MAX_LENGTH = 1_000
MAX_DEPTH = 40
MAX_TEXT = 1_000_000


class ExpressionError(Exception):
    """Something is wrong at `at`. The message never holds a value."""

    def __init__(self, at: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.at, self.message, self.hint = at, message, hint


@dataclass(frozen=True, slots=True)
class Constant:
    """A text in quotes, a number, true, false or none."""

    value: str | int | float | bool | None
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """A name in scope."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Member:
    """A part of a value: order.accession."""

    of: Tree
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class CallOf:
    """A function with its arguments."""

    function: str
    arguments: tuple[Tree, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Unary:
    """`not x` or `-x`."""

    operator: str
    operand: Tree
    at: int


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and what stands between them."""

    operator: str
    left: Tree
    right: Tree
    at: int


Tree = Constant | Name | Member | CallOf | Unary | Binary


def children(tree: Tree) -> tuple[Tree, ...]:
    """The direct parts of a tree."""
    match tree:
        case Member(of=inner):
            return (inner,)
        case CallOf(arguments=arguments):
            return arguments
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case _:
            return ()
