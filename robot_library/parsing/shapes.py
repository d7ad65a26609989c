"""What an annotation asks of an author: the bridge between typed models and untyped nodes."""

from __future__ import annotations

import types
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from robot_library.interfaces import Ref, Takes
from robot_library.model.diagnostic import Place
from robot_library.model.values import ValueType
from robot_library.model.workflow import Step
from robot_library.parsing.kinds import VALUE_MODELS

_SCALARS: dict[Any, ValueType] = {
    str: "text",
    int: "number",
    float: "number",
    bool: "boolean",
    date: "date",
    timedelta: "duration",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One annotation, unwrapped: `options` are its alternatives without None."""

    options: tuple[Any, ...]
    optional: bool
    ref: Ref | None
    takes: Takes | None

    @property
    def wants(self) -> tuple[ValueType, ...]:
        """Value types an expression here must give; () for any."""
        if self.takes is not None:
            return self.takes.types
        found = [kinds for option in self.options for kinds in (_wants(option),)]
        return () if () in found else tuple(dict.fromkeys(kind for kinds in found for kind in kinds))


def shape_of(annotation: Any, metadata: Sequence[Any] = ()) -> Shape:
    """Unwrap Annotated, Optional and Union."""
    found = list(metadata)
    options: list[Any] = []
    optional = False
    waiting = [annotation]
    while waiting:
        one = waiting.pop(0)
        origin = get_origin(one)
        if origin is Annotated:
            one, *more = get_args(one)
            found.extend(more)
            waiting.insert(0, one)
        elif origin is Union or origin is types.UnionType:
            waiting = [*get_args(one), *waiting]
        elif one is None or one is type(None):
            optional = True
        else:
            options.append(one)
    ref = next((one for one in found if isinstance(one, Ref)), None)
    takes = next((one for one in found if isinstance(one, Takes)), None)
    return Shape(tuple(options), optional, ref, takes)


def _wants(option: Any) -> tuple[ValueType, ...]:
    if option in _SCALARS:
        return (_SCALARS[option],)
    if get_origin(option) is Literal:
        return ("text",)
    if is_list(option):
        return ("list",)
    if is_model(option) and option in VALUE_MODELS:
        return (VALUE_MODELS[option],)
    return ()


def is_model(option: Any) -> bool:
    return isinstance(option, type) and issubclass(option, BaseModel)


def is_scalar(option: Any) -> bool:
    return option in _SCALARS or get_origin(option) is Literal


def is_list(option: Any) -> bool:
    return (get_origin(option) or option) in (list, tuple, set, frozenset)


def is_dict(option: Any) -> bool:
    return (get_origin(option) or option) is dict


def is_free(option: Any) -> bool:
    return option is Any or option is object


def is_steps(option: Any) -> bool:
    """tuple[Step, ...]."""
    return is_list(option) and Step in get_args(option)


def item_of(option: Any) -> Any:
    """What a list holds."""
    arguments = [one for one in get_args(option) if one is not ...]
    return arguments[0] if arguments else Any


def value_of(option: Any) -> Any:
    """What a dict holds."""
    arguments = get_args(option)
    return arguments[1] if len(arguments) == 2 else Any


@dataclass(frozen=True, slots=True)
class Field:
    """A model's field as an author writes it."""

    key: str
    name: str
    info: FieldInfo
    shape: Shape

    @property
    def required(self) -> bool:
        return self.info.is_required()


@cache
def fields_of(model: type[BaseModel]) -> dict[str, Field]:
    """A model's author-written fields by YAML key."""
    fields = {}
    for name, info in model.model_fields.items():
        shape = shape_of(info.annotation, info.metadata)
        if Place not in shape.options:  # a place is filled by the parser
            key = info.alias or name
            fields[key] = Field(key, name, info, shape)
    return fields


@cache
def has_place(model: type[BaseModel]) -> bool:
    """Whether the parser fills in where it stands."""
    info = model.model_fields.get("place")
    return info is not None and Place in shape_of(info.annotation).options
