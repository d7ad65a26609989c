"""JSON Schema of authors' files, from the definitions that check them; made for editors.

A step is one object with a property for each action: editors complete and explain it without trying fifty branches.
Scalars are text in these files, so a number, a word or an expression fits where text may stand.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from robot_library.interfaces import Action
from robot_library.parsing.kinds import WRITABLE
from robot_library.parsing.shapes import (
    Field,
    Shape,
    fields_of,
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

KINDS = ("workflow", "screen", "bot", "skill", "site", "case")
Schema = dict[str, Any]
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_EXPRESSION: Schema = {"type": "string", "pattern": "^=", "description": "An expression: =name, =order.accession, …"}
_PATTERNS: Mapping[Any, str] = {
    timedelta: r"^\s*\d+(\.\d+)?\s*(ms|s|min|h|d)\s*$",
    date: r"^\d{4}-?\d{1,2}-?\d{1,2}$|^\d{1,2}\.\d{1,2}\.\d{4}$",
}


def json_schema(kind: str, actions: Mapping[str, type[Action]] | None = None) -> Schema:
    """The schema of `workflow`, `screen`, `bot`, `skill`, `site` or `case`. ValueError for another kind."""
    if actions is None:
        from robot_library import plugins

        actions = plugins.actions()
    maker = _Maker(actions, parameters=kind == "workflow")
    body = maker.model(model_of(kind))
    if kind == "screen":
        _may_stand_in_a_base(body, maker.defs)
    return {"$schema": _DRAFT, "title": f"wetread {kind}", **body, "$defs": dict(sorted(maker.defs.items()))}


def _may_stand_in_a_base(body: Schema, defs: dict[str, Schema]) -> None:
    """A map that `extends` another need not say again what that one says; `wetread check` says whether all is there."""
    body["required"] = [key for key in body["required"] if key != "screens"]
    defs["Screen"].pop("required", None)


def model_of(kind: str) -> type[BaseModel]:
    """The model that a kind of file is read by."""
    from robot_library.model.bot import BotSpec
    from robot_library.model.case import Case
    from robot_library.model.screen import ScreenMap
    from robot_library.model.site import Site
    from robot_library.model.skill import SkillManifest
    from robot_library.parsing.workflows import WorkflowFile

    models: dict[str, type[BaseModel]] = {
        "workflow": WorkflowFile,
        "screen": ScreenMap,
        "bot": BotSpec,
        "skill": SkillManifest,
        "site": Site,
        "case": Case,
    }
    if kind not in models:
        raise ValueError(f"no schema for {kind!r}: one of {', '.join(KINDS)}")
    return models[kind]


class _Maker:
    """Collects `$defs` while it goes. With `parameters`, expressions may stand for values."""

    def __init__(self, actions: Mapping[str, type[Action]], parameters: bool) -> None:
        self.actions = actions
        self.parameters = parameters
        self.defs: dict[str, Schema] = {}

    def model(self, model: type[BaseModel]) -> Schema:
        """An object with the model's keys."""
        fields = fields_of(model)
        schema: Schema = {
            "type": "object",
            "description": inspect.cleandoc(model.__doc__ or ""),
            "properties": {key: self.field(field, model) for key, field in fields.items()},
            "additionalProperties": False,
        }
        if required := [key for key, field in fields.items() if field.required]:
            schema["required"] = required
        return schema

    def field(self, field: Field, model: type[BaseModel]) -> Schema:
        schema = self.shape(field.shape)
        for rule in field.info.metadata:
            schema = _constrained(schema, rule)
        if about := field.info.description or field_docs(model).get(field.name):
            schema = {**schema, "description": about}
        default = field.info.default
        if default is not PydanticUndefined and isinstance(default, (str, int, float, bool)):
            schema = {**schema, "default": default}
        return schema

    def shape(self, shape: Shape) -> Schema:
        options = [self.option(option, shape) for option in shape.options if not _only_at_run_time(option)]
        takes_text = shape.takes is None or set(shape.takes.types) <= WRITABLE
        if not takes_text:
            options = [option for option in options if option.get("type") != "boolean"]
        steps = any(is_steps(option) for option in shape.options)
        if self.parameters and shape.ref is None and not steps and _expression_adds(options):
            options.append(_EXPRESSION)
        if any(option == {} for option in options):
            return {}
        unique = [option for index, option in enumerate(options) if option not in options[:index]]
        return unique[0] if len(unique) == 1 else {"anyOf": unique}

    def option(self, option: Any, shape: Shape) -> Schema:
        if is_scalar(option):
            return _scalar(option)
        if is_steps(option):
            self.steps()
            return {"$ref": "#/$defs/steps"}
        if is_list(option):
            inner = shape_of(item_of(option))
            if shape.takes is not None and inner.takes is None:
                inner = Shape(inner.options, inner.optional, inner.ref, shape.takes)
            return {"type": "array", "items": self.shape(inner)}
        if is_dict(option):
            return {"type": "object", "additionalProperties": self.shape(shape_of(value_of(option)))}
        if is_model(option):
            return self.named(option)
        assert is_free(option), option
        return {}

    def named(self, model: type[BaseModel]) -> Schema:
        if model.__name__ not in self.defs:
            self.defs[model.__name__] = {}  # a model may hold itself
            self.defs[model.__name__] = self.model(model)
        return {"$ref": f"#/$defs/{model.__name__}"}

    def steps(self) -> None:
        """`steps` and `step`: one property for each action."""
        if "steps" in self.defs:
            return
        self.defs["steps"] = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}}
        self.defs["step"] = {}
        self.defs["step"] = {
            "type": "object",
            "description": "One action with its parameters.",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
            "properties": {key: self.action(action) for key, action in self.actions.items()},
        }

    def action(self, action: type[Action]) -> Schema:
        """What stands behind an action's key: its parameters, or the short form."""
        schema = self.model(action)
        about = schema.pop("description")
        fields = fields_of(action)
        if action.gives and "as" not in fields:
            schema["properties"]["as"] = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$", "description": "Its name."}
        forms = [schema]
        required = schema.get("required", [])
        main = next((field for field in fields.values() if field.name == action.main), None)
        if main is not None and set(required) <= {main.key}:
            short = self.field(main, action)
            forms.append({key: value for key, value in short.items() if key != "default"})
        if not required:
            forms.append({"type": "null"})
        return {"description": about, "anyOf": forms} if len(forms) > 1 else {"description": about, **schema}


@cache
def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """The docstrings under a model's fields, inherited ones too, where its source is at hand."""
    bases = [base for base in model.__bases__ if issubclass(base, BaseModel) and base is not BaseModel]
    docs = {name: text for base in bases for name, text in field_docs(base).items()}
    try:
        body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    except (OSError, TypeError, SyntaxError):
        return docs
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for statement, following in pairwise(statements):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            text = following.value if isinstance(following, ast.Expr) else None
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                docs[statement.target.id] = " ".join(inspect.cleandoc(text.value).split())
    return docs


def _only_at_run_time(option: Any) -> bool:
    from robot_library.parsing.kinds import VALUE_MODELS

    return is_model(option) and option in VALUE_MODELS


def _expression_adds(options: list[Schema]) -> bool:
    """Plain text already lets an expression through."""
    return not any(option.get("type") == ["string", "number", "boolean"] for option in options)


def _scalar(option: Any) -> Schema:
    if get_origin(option) is Literal:
        return {"enum": list(get_args(option))}
    if option is bool:
        return {"enum": [True, False, "true", "false", "yes", "no"]}
    if option in (int, float):
        return {"type": "integer" if option is int else "number"}
    if option in _PATTERNS:
        return {"type": "string", "pattern": _PATTERNS[option]}
    return {"type": ["string", "number", "boolean"]}


def _constrained(schema: Schema, rule: Any) -> Schema:
    words = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
    for name, word in words.items():
        if (limit := getattr(rule, name, None)) is not None and schema.get("type") in ("integer", "number"):
            schema = {**schema, word: limit}
    if (pattern := getattr(rule, "pattern", None)) is not None and schema.get("type") == [
        "string",
        "number",
        "boolean",
    ]:
        schema = {**schema, "type": "string", "pattern": pattern}
    least = getattr(rule, "min_length", None)
    if least is not None and schema.get("type") == "array":
        schema = {**schema, "minItems": least}
    if least is not None and schema.get("type") == "object":
        schema = {**schema, "minProperties": least}
    return schema
