"""What the lint knows of a value before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from pydantic import BaseModel

from robot_library.model.values import ValueType
from robot_library.parsing.kinds import VALUE_MODELS
from robot_library.parsing.shapes import is_list, is_model, item_of, shape_of


@dataclass(frozen=True, slots=True)
class Known:
    """Types a value may have ((): any), its members (None: not known), and where it comes from.

    `origins` are the sources it was read from (a screen role, "dicom"); `readings` the names of readings
    that nobody has accepted and that it depends on.
    """

    kinds: tuple[ValueType, ...] = ()
    members: Mapping[str, Known] | None = None
    item: Known | None = None
    origins: frozenset[str] = frozenset()
    readings: frozenset[str] = frozenset()
    phi: bool = False
    """Whether it may be a patient's (lint/taint.py)."""
    data: bool = False
    """Plain data with members: an item's inputs, a call's outputs. Never a record read from a screen."""
    maybe_none: bool = False
    """It may be left out: none."""

    def is_a(self, kind: ValueType) -> bool:
        """Certainly of this type."""
        return self.kinds == (kind,)

    def from_readings(self, readings: frozenset[str]) -> Known:
        return replace(self, readings=self.readings | readings) if readings - self.readings else self


ANY = Known()
TEXT = Known(("text",))
NUMBER = Known(("number",))
BOOLEAN = Known(("boolean",))


def data(members: Mapping[str, Known] | None) -> Known:
    """Plain data; None: its members are not known."""
    return Known(members=None if members is None else dict(members), data=True)


@cache
def of_kinds(kinds: tuple[ValueType, ...]) -> Known:
    """A value of these types; members are known where they are the same data for all of them."""
    if len(kinds) == 1:
        for model, kind in VALUE_MODELS.items():
            if kind == kinds[0] and kind != "record":
                return Known(kinds, _members(model))
    if set(kinds) <= {"finding", "abstention"} and kinds:
        both = [_members(model) for model, kind in VALUE_MODELS.items() if kind in kinds]
        return Known(kinds, {name: known for members in both for name, known in members.items()})
    return Known(kinds)


def _members(model: type[BaseModel], depth: int = 0) -> dict[str, Known]:
    return {
        name: _annotated(info.annotation, depth)
        for name, info in model.model_fields.items()
        if not name.startswith("_")
    }


def _annotated(annotation: object, depth: int) -> Known:
    shape = shape_of(annotation)
    if len(shape.options) == 1 and depth < 3:
        option = shape.options[0]
        if is_model(option):
            return Known(shape.wants, _members(option, depth + 1), maybe_none=shape.optional)
        if is_list(option):
            return Known(("list",), item=_annotated(item_of(option), depth + 1), maybe_none=shape.optional)
    return Known(shape.wants, maybe_none=shape.optional)
