"""The step that runs: expressions evaluated in scope, then the action itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from robot_library.errors import AuthoringError
from robot_library.interfaces import Action
from robot_library.model.diagnostic import Place
from robot_library.model.values import ValueType, convert, parse_date, parse_duration, parse_number
from robot_library.model.workflow import Declared, Step
from robot_library.parsing.expressions import Expression
from robot_library.parsing.kinds import WRITTEN_AS_TEXT, any_of, fits, in_words, value_type
from robot_library.parsing.problems import Problems, did_you_mean
from robot_library.parsing.wording import in_authors_words

A = TypeVar("A", bound=Action)
_FROM_TEXT: dict[ValueType, Callable[[str], Any]] = {
    "number": parse_number,
    "date": parse_date,
    "duration": parse_duration,
}


def bind(step: Step, action_class: type[A], scope: Mapping[str, Any]) -> A:
    """The action with its parameters as they are now. `scope` maps names to data.

    Expressions are evaluated and must give what their parameter wants; nested steps pass through as they are.
    AuthoringError with the step's or the expression's place; never a value in it.
    """
    values = {key: evaluate_tree(value, scope) for key, value in step.params.items()}
    try:
        return action_class.model_validate(values)
    except ValidationError as error:
        raise _explained(step, error) from None


def evaluate_tree(tree: Any, scope: Mapping[str, Any]) -> Any:
    """A tree of parameters with every expression replaced by its value. Nested steps (tuples) stay."""
    if isinstance(tree, Expression):
        return conform(tree.evaluate(scope), tree)
    if isinstance(tree, dict):
        return {key: evaluate_tree(value, scope) for key, value in tree.items()}
    if isinstance(tree, list):
        return [evaluate_tree(value, scope) for value in tree]
    return tree


def typed_inputs(declared: Mapping[str, Declared], given: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """A work item's (or a call's) inputs by their declared types: text becomes a number, date, duration or boolean.

    An optional input that is not given is None. AuthoringError (WR212), at `place`, for one that is missing,
    unknown or not what is declared; never a value in it.
    """
    problems = Problems()
    values: dict[str, Any] = {}
    for name, how in declared.items():
        value = given.get(name)
        if value is None:
            if not how.optional:
                problems.add(place, "WR212", f"the input '{name}' is missing")
        elif isinstance(value, str) and how.type not in WRITTEN_AS_TEXT:
            value = _declared(value, name, how, place, problems)
        elif not _is_declared(value, how.type):
            kind = value_type(value)
            here = "data" if kind is None else in_words(kind)
            problems.add(place, "WR212", f"the input '{name}' must be {in_words(how.type)}, here is {here}")
        values[name] = value
    for name in given:
        if name not in declared:
            problems.add(place, "WR212", f"there is no input '{name[:60]}'", did_you_mean(name, declared))
    problems.raise_if_any()
    return values


def _is_declared(value: Any, wanted: ValueType) -> bool:
    kind = value_type(value)
    return fits(kind, (wanted,)) if kind is not None else wanted == "record"


def _declared(value: str, name: str, how: Declared, place: Place, problems: Problems) -> Any:
    try:
        return convert(value, how.type)
    except (ValueError, OverflowError):
        problems.add(place, "WR212", f"the input '{name}' must be {in_words(how.type)}, its text is not")
        return None


def conform(value: Any, expression: Expression) -> Any:
    """A value as its parameter wants it: text from a screen becomes a number, date or duration; else types must fit."""
    wants = expression.wants
    kind = value_type(value)
    if not wants or value is None or (kind is not None and fits(kind, wants)):
        return value
    if kind == "list" and all(fits_item(member, wants) for member in value):
        return value
    if kind == "text":
        return _from_text(value, expression)
    given = "data" if kind is None else in_words(kind)
    hint = "Write text(…) around it." if "text" in wants and kind in ("number", "date", "duration", "boolean") else ""
    raise expression.error(f"{any_of(wants)} is needed here, this gives {given}", hint)


def fits_item(member: Any, wants: tuple[ValueType, ...]) -> bool:
    kind = value_type(member)
    return kind is not None and fits(kind, wants)


def _from_text(value: str, expression: Expression) -> Any:
    for wanted, read in _FROM_TEXT.items():
        if wanted in expression.wants:
            try:
                return read(value)
            except (ValueError, OverflowError):
                raise expression.error(f"the text is not {in_words(wanted)}") from None
    raise expression.error(f"{any_of(expression.wants)} is needed here, this gives text")


def _explained(step: Step, error: ValidationError) -> AuthoringError:
    problems = Problems()
    for one in error.errors(include_url=False, include_input=False):
        names = [part for part in one["loc"] if isinstance(part, str) and part in _keys(step.params)]
        thing = f"'{names[-1]}' of '{step.action}'" if names else f"'{step.action}'"
        place = _place(step, one["loc"])
        problems.add(place, "WR211", f"{thing} {in_authors_words(one)}")
    return AuthoringError(list(dict.fromkeys(problems.found)))


def _keys(tree: Any) -> set[str]:
    if isinstance(tree, dict):
        return set(tree) | {key for value in tree.values() for key in _keys(value)}
    if isinstance(tree, list):
        return {key for value in tree for key in _keys(value)}
    return set()


def _place(step: Step, loc: tuple[int | str, ...]) -> Any:
    tree: Any = step.params
    place = step.place
    for part in loc:
        if isinstance(tree, dict):
            tree = tree.get(part)
        elif isinstance(tree, list):
            tree = tree[part] if isinstance(part, int) and part < len(tree) else None
        place = getattr(tree, "place", place)
    return place
