"""A step's parameters, leaf by leaf, with what each is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from robot_library.interfaces import Action
from robot_library.model.diagnostic import Place
from robot_library.model.workflow import Step
from robot_library.parsing.kinds import VALUE_MODELS
from robot_library.parsing.shapes import Shape, fields_of, is_dict, is_list, is_model, item_of, shape_of, value_of


@dataclass(frozen=True, slots=True)
class Leaf:
    """One text, number or expression. `keys` lead to it; `beside` is the mapping it stands in."""

    keys: tuple[str, ...]
    value: Any
    shape: Shape
    place: Place
    beside: Mapping[str, Any]

    @property
    def ref(self) -> str | None:
        """What it names, if it is a name."""
        return self.shape.ref.to if self.shape.ref is not None and isinstance(self.value, str) else None


def leaves(step: Step, action: type[Action]) -> Iterator[Leaf]:
    """Every leaf of a step's own parameters; nested steps are not entered."""
    yield from _model(step.params, action, (), step.place)


def groups(step: Step, action: type[Action]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """The step's parameters and every nested group of them that names a `screen`."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), step.params)]
    while waiting:
        keys, tree = waiting.pop()
        if not isinstance(tree, Mapping):
            continue
        if isinstance(tree.get("screen"), str):
            yield keys, tree
        waiting.extend(((*keys, key), value) for key, value in tree.items())


def place_of(value: Any, otherwise: Place) -> Place:
    """Where a parameter stands."""
    place = getattr(value, "place", None)
    return place if isinstance(place, Place) else otherwise


def _model(tree: Mapping[str, Any], model: type[BaseModel], keys: tuple[str, ...], place: Place) -> Iterator[Leaf]:
    fields = fields_of(model)
    for key, value in tree.items():
        if key in fields:
            yield from _value(value, fields[key].shape, (*keys, key), place, tree)


def _value(value: Any, shape: Shape, keys: tuple[str, ...], place: Place, beside: Mapping[str, Any]) -> Iterator[Leaf]:
    if isinstance(value, tuple):
        return
    if isinstance(value, list):
        lists = [option for option in shape.options if is_list(option)]
        inner = shape_of(item_of(lists[0])) if lists else Shape((Any,), True, None, None)
        for item in value:
            yield from _value(item, inner, keys, place, beside)
    elif isinstance(value, dict):
        models = [option for option in shape.options if is_model(option) and option not in VALUE_MODELS]
        if models:
            yield from _model(value, models[0], keys, place)
            return
        dicts = [option for option in shape.options if is_dict(option)]
        inner = shape_of(value_of(dicts[0])) if dicts else Shape((Any,), True, None, None)
        for key, one in value.items():
            yield from _value(one, inner, (*keys, key), place, value)
    else:
        yield Leaf(keys, value, shape, place_of(value, place), beside)
