"""A compiled expression that knows where it stands and what its parameter wants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from robot_library.errors import AuthoringError
from robot_library.model.diagnostic import Place
from robot_library.model.values import ValueType
from robot_library.parsing.expressions.evaluate import evaluate
from robot_library.parsing.expressions.grammar import parse
from robot_library.parsing.expressions.tree import ExpressionError, Name, Tree, children
from robot_library.parsing.problems import single


def is_expression(text: str) -> bool:
    """A value that begins with '=' is an expression, anything else is text."""
    return text.startswith("=")


@dataclass(frozen=True, slots=True)
class Expression:
    """`text` is as written, without the leading '='. Equal text is equal, wherever it stands."""

    text: str
    place: Place = field(compare=False)
    tree: Tree = field(compare=False, repr=False)
    wants: tuple[ValueType, ...] = field(default=(), compare=False)
    """Types the parameter takes; () takes anything. Set by the parser, followed by the lint, held at run time."""

    def wanting(self, types: tuple[ValueType, ...]) -> Expression:
        """The same for a parameter of these types."""
        return replace(self, wants=types)

    def names(self) -> frozenset[str]:
        """Every name it reads from scope."""
        return frozenset(part.name for part in self.parts() if isinstance(part, Name))

    def parts(self) -> Iterator[Tree]:
        """Every part of its tree."""
        waiting: list[Tree] = [self.tree]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(children(part))

    def place_of(self, at: int) -> Place:
        """Where offset `at` of the text stands; right for text written in one line."""
        return place_at(self.place, at)

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """The value over a scope of data. AuthoringError (WR210) with place and cure, never a value."""
        try:
            return evaluate(self.tree, scope)
        except ExpressionError as error:
            raise self.error(error.message, error.hint, error.at) from None
        except (TypeError, ValueError, OverflowError, RecursionError):
            raise self.error("this cannot be worked out with the values at hand") from None

    def error(self, message: str, hint: str = "", at: int = 0) -> AuthoringError:
        """An AuthoringError about this expression."""
        return single(self.place_of(at), "WR210", f"in '={_short(self.text)}': {message}", hint)


def place_at(place: Place, at: int) -> Place:
    return place.model_copy(update={"column": place.column + 1 + at})


def compile_expression(text: str, place: Place, wants: tuple[ValueType, ...] = ()) -> Expression:
    """`text` begins with '='; `place` is where that '=' stands. AuthoringError (WR201) if it is no expression."""
    body = text.removeprefix("=")
    try:
        return Expression(body, place, parse(body), wants)
    except ExpressionError as error:
        message = f"in '={_short(body)}': {error.message}"
        raise single(place_at(place, error.at), "WR201", message, error.hint) from None


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
