"""What the lint says of types is what happens: what it refuses fails, and of what it lets by some value works."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from robot_library.errors import AuthoringError
from robot_library.lint.infer import infer
from robot_library.lint.known import Known
from robot_library.model.diagnostic import Place
from robot_library.model.record import Record
from robot_library.model.values import ValueType
from robot_library.parsing.expressions import FUNCTIONS, compile_expression

PLACE = Place(file="f.yaml", line=1, column=1)
RECORD = Record(source="screen:ehr.order", fields={"a": "1"})
VALUES: dict[ValueType, list[Any]] = {
    "text": ["1", "2021-03-09", "20 s", "x"],
    "number": [1, 2.5],
    "boolean": [True],
    "date": [date(2021, 3, 9)],
    "duration": [timedelta(seconds=20)],
    "record": [RECORD],
    "list": [["a"], ["b", "c"]],
}
"""Of each kind, values of which one works wherever the kind does."""
LISTS = {"text": ["a"], "number": [1], "date": [date(2021, 3, 9)], "record": [RECORD]}
"""Lists of each kind."""
OPERATORS = ["==", "!=", "<", ">=", "+", "-", "*", "/", "%", "and", "or"]


def said(text: str, names: dict[str, Known]) -> list[str]:
    """What the lint says."""
    found: list[str] = []
    infer(compile_expression(f"={text}", PLACE).tree, names, lambda _at, _code, message, _hint: found.append(message))
    return found


def works(text: str, values: dict[str, list[Any]]) -> bool:
    """Whether the expression works with any of these values."""
    expression = compile_expression(f"={text}", PLACE)
    for chosen in product(*values.values()):
        try:
            expression.evaluate(dict(zip(values, chosen, strict=True)))
        except AuthoringError:
            continue
        return True
    return False


def agrees(text: str, kinds: dict[str, tuple[Known, list[Any]]]) -> None:
    lint = said(text, {name: known for name, (known, _) in kinds.items()})
    assert (not lint) is works(text, {name: values for name, (_, values) in kinds.items()}), (text, kinds, lint)


@pytest.mark.parametrize("sign", OPERATORS)
def test_operators(sign: str) -> None:
    both = {**VALUES, "boolean": [sign != "or"]}  # so that the right side is asked for as well
    for (left, lefts), (right, rights) in product(both.items(), both.items()):
        agrees(f"a {sign} b", {"a": (Known((left,)), lefts), "b": (Known((right,)), rights)})


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_functions_of_one_and_of_two_values(name: str) -> None:
    function = FUNCTIONS[name]
    if function.fewest == 1:
        for kind, values in VALUES.items():
            if kind != "list" or name not in ("min", "max", "join"):
                agrees(f"{name}(a)", {"a": (Known((kind,)), values)})
    if function.most >= 2:
        for (left, lefts), (right, rights) in product(VALUES.items(), VALUES.items()):
            if name == "contains" and left == "list":
                continue
            agrees(f"{name}(a, b)", {"a": (Known((left,)), lefts), "b": (Known((right,)), rights)})


@pytest.mark.parametrize("kind", sorted(LISTS))
def test_what_a_list_holds(kind: ValueType) -> None:
    of = (Known(("list",), item=Known((kind,))), [LISTS[kind]])
    for other, values in VALUES.items():
        agrees("contains(a, b)", {"a": of, "b": (Known((other,)), values)})


def test_none_is_compared_with_what_may_be_left_out() -> None:
    maybe, never = Known(("text",), maybe_none=True), Known(("text",))
    assert said("a == none", {"a": maybe}) == []
    assert (
        said("a != none", {"a": never}) == said("none == a", {"a": never}) == ["this is never none: it always is text"]
    )
    assert said("a == none", {"a": Known()}) == []
