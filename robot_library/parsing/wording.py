"""Pydantic's findings in an author's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WORDS = {
    "string_pattern_mismatch": "takes another spelling ({pattern})",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "too_short": "needs at least {min_length}",
    "too_long": "takes at most {max_length}",
    "string_too_short": "must not be empty",
    "string_too_long": "takes at most {max_length} characters",
    "string_type": "takes text",
    "int_type": "takes a whole number",
    "int_parsing": "takes a whole number",
    "int_from_float": "takes a whole number",
    "float_type": "takes a number",
    "float_parsing": "takes a number",
    "finite_number": "takes a finite number",
    "bool_type": "takes true or false",
    "bool_parsing": "takes true or false",
    "list_type": "takes a list",
    "tuple_type": "takes a list",
    "dict_type": "takes keys and values",
    "model_type": "takes keys and values",
    "model_attributes_type": "takes keys and values",
    "missing": "is missing",
    "extra_forbidden": "is an unknown key",
    "none_required": "must be left out",
    "literal_error": "must be one of {expected}",
}


_PATTERNS = {r"^[a-z][a-z0-9-]*$": "takes small letters, digits and '-', a letter first"}


def in_authors_words(finding: Mapping[str, Any]) -> str:
    """What is wrong, to follow the thing's name. Never the value, never a class name."""
    context = finding.get("ctx", {})
    kind = str(finding["type"])
    if kind in ("value_error", "assertion_error"):
        return f"is not right: {str(finding['msg']).partition(', ')[2]}"
    if words := _PATTERNS.get(str(context.get("pattern"))) or _WORDS.get(kind):
        return words.format_map(_Context(context))
    if kind.startswith(("date", "time")):
        return "takes a date" if kind.startswith("date") else "takes a duration"
    if kind.startswith(("is_instance", "model", "dataclass")):
        return "takes another kind of value"
    return "is not what is needed here"


class _Context(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"
