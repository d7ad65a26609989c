"""The `=` language: names, members of data, comparison, arithmetic, and/or/not, a few pure functions. Closed."""

from robot_library.parsing.expressions.expression import Expression, compile_expression, is_expression
from robot_library.parsing.expressions.functions import FUNCTIONS, Function

__all__ = ["FUNCTIONS", "Expression", "Function", "compile_expression", "is_expression"]
