"""A YAML text as a model of data, every mistake at the line where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from robot_library.errors import AuthoringError
from robot_library.model.diagnostic import Place
from robot_library.parsing.nodes import ListNode, MapNode, Node, TextNode, parse_yaml
from robot_library.parsing.problems import Problems, did_you_mean, in_order

M = TypeVar("M", bound=BaseModel)
Path_ = tuple[str | int, ...]


def read_placed(text: str, file: str, model: type[M], what: str) -> tuple[M, Mapping[Path_, Place]]:
    """The text as `model`, and the place of each of its keys. Raises AuthoringError with all diagnostics.

    what: how messages call the whole, e.g. "the manifest".
    """
    places: dict[Path_, Place] = {}
    tree = _tree(parse_yaml(text, file), (), places)
    problems = Problems()
    try:
        return model.model_validate(tree), places
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            _note(problems, problem, places, Place(file=file), model, what)
        raise AuthoringError(in_order(problems.found)) from None


def texts(node: Node, path: Path_ = ()) -> dict[Path_, TextNode]:
    """Every scalar of a tree by its path."""
    if isinstance(node, TextNode):
        return {path: node}
    parts = enumerate(node.items) if isinstance(node, ListNode) else ((key.value, item) for key, item in node.items)
    return {where: found for key, item in parts for where, found in texts(item, (*path, key)).items()}


def _tree(node: Node, path: Path_, places: dict[Path_, Place]) -> Any:
    """Nodes as dict, list and text, noting the place of every key and value."""
    places.setdefault(path, node.place)
    if isinstance(node, MapNode):
        tree = {}
        for key, value in node.items:
            places[(*path, key.value)] = key.place
            tree[key.value] = _tree(value, (*path, key.value), places)
        return tree
    if isinstance(node, ListNode):
        return [_tree(value, (*path, index), places) for index, value in enumerate(node.items)]
    return {} if node.missing else node.value


def _note(
    problems: Problems, error: Any, places: Mapping[Path_, Place], whole: Place, model: type[BaseModel], what: str
) -> None:
    """One pydantic error as a diagnostic at the deepest node that is written in the file."""
    loc: Path_ = tuple(error["loc"])
    known = loc
    while known and known not in places:
        known = known[:-1]
    place = places.get(known, whole)
    where = ".".join(str(part) for part in loc) or what
    if error["type"] == "extra_forbidden":
        hint = did_you_mean(str(loc[-1]), fields_at(model, loc[:-1]))
        problems.add(place, "SK001", f"{where}: there is no such key", hint)
    elif error["type"] == "missing":
        problems.add(place, "SK002", f"{where} is missing")
    elif error["type"] in ("model_type", "dict_type"):
        problems.add(place, "SK003", f"{where}: keys and values belong here, as in key: value")
    else:
        problems.add(place, "SK003", f"{where}: {error['msg'].removeprefix('Value error, ')}")


def fields_at(model: type[BaseModel], path: Path_) -> list[str]:
    """The keys that may stand at a path of a model (list indices are skipped)."""
    for part in path:
        if isinstance(part, int):
            continue
        found = _inner(model.model_fields[part].annotation) if part in model.model_fields else None
        if found is None:
            return []
        model = found
    return sorted(model.model_fields)


def _inner(annotation: Any) -> type[BaseModel] | None:
    """The model inside X, X | None, tuple[X, ...]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _inner(part))), None)
