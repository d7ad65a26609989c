"""Evaluates a tree over data. Nothing but data can be reached: no attribute, no call, no import."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel

from robot_library.model.record import Record
from robot_library.parsing.expressions.functions import FUNCTIONS, WrongValue, is_number, same, type_name
from robot_library.parsing.expressions.tree import (
    MAX_TEXT,
    Binary,
    CallOf,
    Constant,
    ExpressionError,
    Member,
    Name,
    Tree,
    Unary,
)
from robot_library.parsing.problems import did_you_mean

_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_ARITHMETIC = {"-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": operator.mod}


def evaluate(tree: Tree, scope: Mapping[str, Any]) -> Any:
    """The value. ExpressionError with the offset of what is wrong."""
    match tree:
        case Constant(value=value):
            return value
        case Name(name=name, at=at):
            if name not in scope:
                raise ExpressionError(at, f"there is no '{name}' here", did_you_mean(name, scope))
            return scope[name]
        case Member(of=of, name=name, at=at):
            return member(evaluate(of, scope), name, at)
        case CallOf(function=function, arguments=arguments, at=at):
            return _call(function, [evaluate(argument, scope) for argument in arguments], at)
        case Unary():
            return _unary(tree, evaluate(tree.operand, scope))
        case Binary(operator="and" | "or"):
            return _logic(tree, scope)
        case Binary():
            return _binary(tree, evaluate(tree.left, scope), evaluate(tree.right, scope))


def members(value: Any) -> Mapping[str, Any] | None:
    """What of a value can be reached by name; None if it has no members."""
    if isinstance(value, Record):
        return value.fields
    if isinstance(value, dict):
        return value
    if isinstance(value, BaseModel) and type(value).model_config.get("frozen"):
        return {name: getattr(value, name) for name in type(value).model_fields if not name.startswith("_")}
    return None


def member(value: Any, name: str, at: int) -> Any:
    """One member. ExpressionError with did-you-mean if there is none."""
    reachable = members(value)
    if reachable is None:
        raise ExpressionError(at, f"'.{name}' asks for a part, but {type_name(value)} has no parts")
    if name not in reachable:
        known = [key for key in reachable if isinstance(key, str)]
        raise ExpressionError(at, f"there is no '{name}' in it", did_you_mean(name, known))
    return reachable[name]


def _call(name: str, arguments: list[Any], at: int) -> Any:
    try:
        return FUNCTIONS[name].call(*arguments)
    except WrongValue as wrong:
        raise ExpressionError(at, str(wrong)) from None
    except (OverflowError, ValueError):
        raise ExpressionError(at, f"{name}() cannot work with this value") from None


def _unary(tree: Unary, value: Any) -> Any:
    if tree.operator == "not":
        return not _truth(value, "not", tree.at)
    if not is_number(value):
        raise ExpressionError(tree.at, f"'-' takes a number, here is {type_name(value)}")
    return -value


def _truth(value: Any, word: str, at: int) -> bool:
    if not isinstance(value, bool):
        raise ExpressionError(at, f"'{word}' takes true or false, here is {type_name(value)}", "Compare it first.")
    return value


def _logic(tree: Binary, scope: Mapping[str, Any]) -> bool:
    left = _truth(evaluate(tree.left, scope), tree.operator, tree.at)
    if left is (tree.operator == "or"):
        return left
    return _truth(evaluate(tree.right, scope), tree.operator, tree.at)


def _binary(tree: Binary, left: Any, right: Any) -> Any:
    sign = tree.operator
    if sign in ("==", "!="):
        try:
            return same(left, right) is (sign == "==")
        except WrongValue as wrong:
            raise ExpressionError(tree.at, str(wrong)) from None
    if sign in _ORDER:
        return _ordered(tree, left, right)
    if sign == "+":
        return _added(tree, left, right)
    return _arithmetic(tree, left, right)


def _ordered(tree: Binary, left: Any, right: Any) -> bool:
    alike = (is_number(left) and is_number(right)) or any(
        isinstance(left, kind) and isinstance(right, kind) for kind in (date, timedelta)
    )
    if not alike:
        message = f"'{tree.operator}' takes two numbers, dates or durations, here are "
        hint = "Write number(…) or date(…) around text." if str in (type(left), type(right)) else ""
        raise ExpressionError(tree.at, f"{message}{type_name(left)} and {type_name(right)}", hint)
    return bool(_ORDER[tree.operator](left, right))


def _added(tree: Binary, left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        if len(left) + len(right) > MAX_TEXT:
            raise ExpressionError(tree.at, "'+' would make a text that is too long")
        return left + right
    if str in (type(left), type(right)):
        message = f"'+' takes two numbers or two texts, here are {type_name(left)} and {type_name(right)}"
        raise ExpressionError(tree.at, message, "Write text(…) or number(…) around one of them.")
    return _finite(tree, *_numbers(tree, left, right), operator.add)


def _arithmetic(tree: Binary, left: Any, right: Any) -> Any:
    numbers = _numbers(tree, left, right)
    if tree.operator in "/%" and numbers[1] == 0:
        raise ExpressionError(tree.at, "a division by zero", "Check for it with `when` first.")
    return _finite(tree, *numbers, _ARITHMETIC[tree.operator])


def _numbers(tree: Binary, left: Any, right: Any) -> tuple[Any, Any]:
    if not (is_number(left) and is_number(right)):
        hint = "Write number(…) around text." if str in (type(left), type(right)) else ""
        message = f"'{tree.operator}' takes two numbers, here are {type_name(left)} and {type_name(right)}"
        raise ExpressionError(tree.at, message, hint)
    return left, right


def _finite(tree: Binary, left: Any, right: Any, operate: Any) -> Any:
    try:
        result = operate(left, right)
        if math.isfinite(result) and abs(result) < 1e300:
            return result
    except OverflowError:
        pass
    raise ExpressionError(tree.at, f"the result of '{tree.operator}' is too large")
