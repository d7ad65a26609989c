"""What goes into a keyword, and what comes out of it as plain data that can be kept."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any

from robot_library.model.record import Record
from robot_library.model.report import Report


class NotData(Exception):
    """An object that only its library understands."""


def given(value: Any) -> Any:
    """A value of a workflow as keywords take it: records as mappings, reports as text; parser's texts as plain text."""
    match value:
        case str():
            return str(value)
        case Record():
            return dict(value.fields)
        case Report():
            return value.text
        case Mapping():
            return {str(key): given(one) for key, one in value.items()}
        case list() | tuple():
            return [given(one) for one in value]
        case _:
            return value


def plain(value: Any) -> Any:
    """What a keyword gave as text, number, boolean, date, list or mapping. NotData for anything else."""
    match value:
        case float() if not math.isfinite(value):
            return None  # an empty cell of a spreadsheet that was read by pandas
        case None | bool() | int() | float() | str() | timedelta():
            return value
        case Enum():
            return plain(value.value)
        case datetime():
            return value.date() if value.time() == time() else value.isoformat(sep=" ")
        case date():
            return value
        case Decimal():
            return float(value)
        case PurePath() | time():
            return str(value)
        case bytes():
            raise NotData("bytes")
        case Mapping():
            return _mapping(value)
        case list() | tuple() | set() | frozenset():
            return _many(value)
    return _object(value)


def _mapping(value: Mapping[Any, Any]) -> Any:
    """Members that are no data are left out, as the message object beside a mail's parts."""
    made: dict[str, Any] = {}
    if value and list(value) == list(range(1, len(value) + 1)):
        return [plain(one) for one in value.values()]  # pages by number
    for key, one in value.items():
        try:
            made[str(key)] = plain(one)
        except NotData:
            continue
    return made


def _many(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return {key: plain(one) for key, one in value._asdict().items()}
    return [plain(one) for one in value]


def _object(value: Any) -> Any:
    if type(value).__name__ == "Table" and hasattr(value, "iter_dicts"):
        return [plain(row) for row in value.iter_dicts(with_index=False)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if hasattr(value, "item") and type(value).__module__ == "numpy":
        return value.item()
    raise NotData(type(value).__name__)
