"""Nodes to typed data: everything that is wrong is collected, in an author's words, at its place.

Two ways: for files that only hold data (screen maps, bots, manifests) the result is the model itself; for
parameters of steps it is a tree of dict, list, text, numbers, `Expression` and nested steps, which the
binder turns into the action when the step runs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

from pydantic import BaseModel, TypeAdapter, ValidationError

from robot_library.errors import AuthoringError
from robot_library.model.diagnostic import Place
from robot_library.model.workflow import Step
from robot_library.parsing.expressions import Expression, compile_expression, is_expression
from robot_library.parsing.kinds import VALUE_MODELS, WRITABLE, any_of
from robot_library.parsing.nodes import ListNode, MapNode, Node, TextNode, kind_of, parse_yaml, read_text
from robot_library.parsing.problems import Problems, did_you_mean
from robot_library.parsing.shapes import (
    Field,
    Shape,
    fields_of,
    has_place,
    is_dict,
    is_free,
    is_list,
    is_model,
    is_scalar,
    is_steps,
    item_of,
    shape_of,
    value_of,
)
from robot_library.parsing.texts import once
from robot_library.parsing.values import NotThis, Placed, from_text
from robot_library.parsing.wording import in_authors_words

M = TypeVar("M", bound=BaseModel)
INVALID: Any = type("Invalid", (), {"__repr__": lambda self: "INVALID"})()
"""Stands where something wrong has been reported already."""
ReadSteps = Callable[[Node, str], tuple[Step, ...]]


def load_yaml_model(path: Path, model: type[M], shown: str | None = None) -> M:
    """A file as a frozen model. AuthoringError with every diagnostic."""
    name = shown if shown is not None else str(path)
    return model_from_text(read_text(path, name), model, name)


def model_from_text(text: str, model: type[M], file: str) -> M:
    """A YAML text as a frozen model. AuthoringError with every diagnostic."""
    return once(file, model, text, lambda: _built(text, model, file))


def _built(text: str, model: type[M], file: str) -> M:
    problems = Problems()
    built = Builder(problems).model(parse_yaml(text, file), model)
    problems.raise_if_any()
    return cast(M, built)


class Builder:
    """Reads nodes by annotation. With `read_steps`, expressions and nested steps are allowed: parameters."""

    def __init__(
        self,
        problems: Problems,
        read_steps: ReadSteps | None = None,
        fixed: frozenset[str] = frozenset(),
        blocks: frozenset[str] = frozenset(),
    ) -> None:
        self.problems = problems
        self.read_steps = read_steps
        self.fixed = fixed
        """Addresses ("about", "collect.key") below which nothing is an expression."""
        self.blocks = blocks
        """Addresses at which keys and values stand, and no expression for all of them."""
        self.expressions = read_steps is not None
        self.trail: list[str] = []
        """Keys on the way here: nested steps have it as their address."""

    def model(self, node: Node, model: type[BaseModel], thing: str = "this") -> Any:
        """A mapping as a model (or, for parameters, as a dict); INVALID if anything is wrong in it."""
        if not isinstance(node, MapNode):
            self.problems.add(node.place, "WR103", f"{thing} takes keys and values, here is {kind_of(node)}")
            return INVALID
        before = len(self.problems.errors())
        tree = self.fields(node, model)
        if len(self.problems.errors()) > before:
            return INVALID
        return self.checked(tree, model, node)

    def fields(self, node: MapNode, model: type[BaseModel], skip: frozenset[str] = frozenset()) -> dict[str, Any]:
        """A mapping's fields by YAML key; reports unknown and missing keys."""
        fields = fields_of(model)
        tree: dict[str, Any] = {}
        for key, value in node.items:
            if key.value in skip:
                continue
            if key.value not in fields:
                hint = did_you_mean(key.value, fields)
                self.problems.add(key.place, "WR101", f"unknown key '{key.value[:60]}'", hint)
                continue
            tree[key.value] = self.field(value, fields[key.value])
        for field in fields.values():
            if field.required and node.key(field.key) is None:
                self.problems.add(node.place, "WR102", f"'{field.key}' is missing", field.info.description or "")
        if has_place(model):
            tree["place"] = node.place
        return tree

    def field(self, node: Node, field: Field) -> Any:
        """One field's value, its constraints checked where it holds no expression."""
        before = len(self.problems.errors())
        self.trail.append(field.key)
        outside, self.expressions = self.expressions, self.expressions and ".".join(self.trail) not in self.fixed
        value = self.value(node, field.shape, f"'{field.key}'")
        self.expressions = outside
        self.trail.pop()
        if len(self.problems.errors()) > before or value is INVALID:
            return value if isinstance(value, tuple) else INVALID  # of nested steps, what could be read is looked at
        if self.read_steps is not None and is_constant(value):
            try:
                _adapter(field.info.annotation, tuple(field.info.metadata)).validate_python(value)
            except ValidationError as error:
                self.report(error, node, f"'{field.key}'")
                return INVALID
        return value

    def value(self, node: Node, shape: Shape, thing: str) -> Any:
        """A node by its shape; INVALID once reported."""
        if isinstance(node, TextNode):
            if node.missing:
                return self.wrong(node.place, "WR107", f"{thing} has no value", "Write one, or delete the key.")
            if self.expressions and is_expression(node.value):
                return self.expression(node, shape, thing)
            return self.text(node, shape, thing)
        if isinstance(node, ListNode):
            return self.list(node, shape, thing)
        return self.mapping(node, shape, thing)

    def expression(self, node: TextNode, shape: Shape, thing: str) -> Any:
        if shape.ref is not None:
            hint = "Which screens and skills a workflow uses is known before it runs."
            return self.wrong(node.place, "WR105", f"{thing} is a name and cannot be an expression", hint)
        if any(is_steps(option) for option in shape.options):
            return self.wrong(node.place, "WR103", f"{thing} takes a list of steps, here is an expression")
        if ".".join(self.trail) in self.blocks and not any(is_free(option) for option in shape.options):
            return self.wrong(node.place, "WR103", f"{thing} takes {_wanted(shape)}, here is an expression")
        begin = node.place.model_copy(update={"column": node.place.column + 1}) if node.quoted else node.place
        try:
            return compile_expression(node.value, begin, shape.wants)
        except AuthoringError as error:
            self.problems.take(error)
            return INVALID

    def text(self, node: TextNode, shape: Shape, thing: str) -> Any:
        if shape.takes is not None and not set(shape.takes.types) <= WRITABLE:
            message = f"{thing} takes {any_of(shape.takes.types)}, here is text"
            return self.wrong(node.place, "WR104", message, "Begin it with '=' to name a value: =name.")
        if any(is_free(option) for option in shape.options):
            return Placed(node.value, node.place)
        scalars = [option for option in shape.options if is_scalar(option)]
        if not scalars:
            return self.wrong(node.place, "WR103", f"{thing} takes {_wanted(shape)}, here is text", self._cure(shape))
        failures = []
        for option in scalars:
            try:
                return from_text(node.value, option, node.place)
            except NotThis as error:
                failures.append(error)
        return self.wrong(node.place, "WR104", f"{thing} {failures[0].message}", failures[0].hint)

    def list(self, node: ListNode, shape: Shape, thing: str) -> Any:
        lists = [option for option in shape.options if is_list(option)]
        if not lists:
            if any(is_free(option) for option in shape.options):
                return [self.value(item, _FREE, f"a member of {thing}") for item in node.items]
            return self.wrong(node.place, "WR103", f"{thing} takes {_wanted(shape)}, here is a list")
        if is_steps(lists[0]):
            assert self.read_steps is not None
            return self.read_steps(node, ".".join(self.trail))
        inner = shape_of(item_of(lists[0]))
        if shape.takes is not None and inner.takes is None:
            inner = Shape(inner.options, inner.optional, inner.ref, shape.takes)
        values = [self.value(item, inner, f"a member of {thing}") for item in node.items]
        return INVALID if any(value is INVALID for value in values) else values

    def mapping(self, node: MapNode, shape: Shape, thing: str) -> Any:
        models = [option for option in shape.options if is_model(option) and option not in VALUE_MODELS]
        if models:
            return self.model(node, models[0], thing)
        dicts = [option for option in shape.options if is_dict(option)]
        if not dicts and not any(is_free(option) for option in shape.options):
            hint = "Text in {braces} must stand in quotes." if any(map(is_scalar, shape.options)) else ""
            message = f"{thing} takes {_wanted(shape)}, here are keys and values"
            return self.wrong(node.place, "WR103", message, hint or self._cure(shape))
        inner = shape_of(value_of(dicts[0])) if dicts else _FREE
        values = {key.value: self.value(value, inner, f"'{key.value[:60]}'") for key, value in node.items}
        return INVALID if any(value is INVALID for value in values.values()) else values

    def checked(self, tree: dict[str, Any], model: type[BaseModel], node: MapNode) -> Any:
        """Constraints and the model's own rules, as soon as no expression stands in the way."""
        if not is_constant(tree):
            return tree
        try:
            built = model.model_validate(tree)
        except ValidationError as error:
            self.report(error, node, "this")
            return INVALID
        return tree if self.read_steps is not None else built

    def report(self, error: ValidationError, node: Node, thing: str) -> None:
        """Pydantic's findings at their places, in an author's words."""
        for one in error.errors(include_url=False, include_input=False):
            place, name = locate(node, one["loc"])
            self.problems.add(place, "WR104", f"{f'{name!r}' if name else thing} {in_authors_words(one)}")

    def wrong(self, place: Place, code: str, message: str, hint: str = "") -> Any:
        self.problems.add(place, code, message, hint)
        return INVALID

    def _cure(self, shape: Shape) -> str:
        if shape.takes is not None and self.read_steps is not None:
            return "Begin it with '=' to name a value: =name."
        lists = [option for option in shape.options if is_list(option) and not is_steps(option)]
        return "Put it in brackets: […]." if lists else ""


_FREE = Shape((Any,), True, None, None)


@cache
def _adapter_of(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


def _adapter(annotation: Any, metadata: tuple[Any, ...]) -> TypeAdapter[Any]:
    wanted: Any = Annotated[(annotation, *metadata)] if metadata else annotation
    try:
        return _adapter_of(wanted)
    except TypeError:  # unhashable metadata
        return TypeAdapter(wanted)


def is_constant(tree: Any) -> bool:
    """Whether no expression stands in a tree of parameters. Nested steps are not looked into."""
    if isinstance(tree, Expression):
        return False
    if isinstance(tree, dict):
        return all(is_constant(value) for value in tree.values())
    if isinstance(tree, list):
        return all(is_constant(value) for value in tree)
    return True


def locate(node: Node, loc: tuple[int | str, ...]) -> tuple[Place, str]:
    """The place and key of a pydantic location: as deep as the nodes go."""
    place, name = node.place, ""
    for part in loc:
        if isinstance(node, MapNode) and isinstance(part, str):
            inner = node.get(part)
            if inner is None:
                continue
            node, place, name = inner, inner.place, part
        elif isinstance(node, ListNode) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            place = node.place
    return place, name


def _wanted(shape: Shape) -> str:
    if shape.takes is not None:
        return any_of(shape.takes.types)
    words: dict[str, None] = {}
    for option in shape.options:
        if is_steps(option):
            words["a list of steps"] = None
        elif is_list(option):
            words["a list"] = None
        elif is_dict(option) or is_model(option):
            words["keys and values"] = None
        else:
            words[any_of(Shape((option,), False, None, None).wants) or "a value"] = None
    return " or ".join(words)
