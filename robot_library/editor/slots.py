"""What may stand at a place of a file: the definitions that check it, followed along the keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from robot_library.interfaces import Action
from robot_library.parsing.schema import field_docs, model_of
from robot_library.parsing.shapes import (
    Field,
    Shape,
    fields_of,
    is_dict,
    is_list,
    is_model,
    is_steps,
    item_of,
    shape_of,
    value_of,
)


@dataclass(frozen=True, slots=True)
class Slot:
    """`model`: keys of it may stand here. `step`: an action. `shape`: a value. `field` is the key it belongs to."""

    model: type[BaseModel] | None = None
    shape: Shape | None = None
    field: Field | None = None
    owner: type[BaseModel] | None = None
    step: bool = False

    @property
    def action(self) -> type[Action] | None:
        """The action whose parameters stand here."""
        return self.model if self.model is not None and issubclass(self.model, Action) else None

    def choices(self) -> list[str]:
        """Words that may stand here, where only some may."""
        options = self.shape.options if self.shape is not None else ()
        words = [str(one) for option in options if get_origin(option) is Literal for one in get_args(option)]
        return words + (["true", "false"] if bool in options else [])

    def about(self) -> str:
        """What its key is for."""
        if self.field is None or self.owner is None:
            return ""
        return self.field.info.description or field_docs(self.owner).get(self.field.name, "")


def slot_at(kind: str, keys: tuple[str | int, ...], actions: Mapping[str, type[Action]]) -> Slot | None:
    """What the definitions ask for where these keys lead; None where they know nothing."""
    slot: Slot | None = Slot(model=model_of(kind))
    for key in keys:
        if slot is None:
            return None
        slot = _deeper(slot, key, actions)
    return slot


def _deeper(slot: Slot, key: str | int, actions: Mapping[str, type[Action]]) -> Slot | None:
    if slot.step:
        action = actions.get(str(key))
        if action is None:
            return None
        main = next((one for one in fields_of(action).values() if one.name == action.main), None)
        return Slot(model=action, shape=main.shape if main else None, field=main, owner=action)
    if isinstance(key, str):
        return _key(slot, key)
    return _item(slot)


def _key(slot: Slot, key: str) -> Slot | None:
    if slot.model is not None:
        field = fields_of(slot.model).get(key)
        return _of(field, slot.model) if field is not None else None
    for option in slot.shape.options if slot.shape is not None else ():
        if is_dict(option):
            return _held(shape_of(value_of(option)), slot)
    return None


def _item(slot: Slot) -> Slot | None:
    for option in slot.shape.options if slot.shape is not None else ():
        if is_steps(option):
            return Slot(step=True)
        if is_list(option):
            inner = shape_of(item_of(option))
            return _held(Shape(inner.options, inner.optional, inner.ref, inner.takes or slot.shape.takes), slot)  # type: ignore[union-attr]
    return None


def _of(field: Field, owner: type[BaseModel]) -> Slot:
    return Slot(model=_model(field.shape), shape=field.shape, field=field, owner=owner)


def _held(shape: Shape, of: Slot) -> Slot:
    return Slot(model=_model(shape), shape=shape, field=of.field, owner=of.owner)


def _model(shape: Shape) -> type[BaseModel] | None:
    found: list[Any] = [option for option in shape.options if is_model(option)]
    return found[0] if found else None
