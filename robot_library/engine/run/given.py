"""What a step was given, once its expressions have values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from robot_library.engine.records.paths import ANSWER, marked
from robot_library.engine.run.scope import is_doubtful
from robot_library.errors import AuthoringError
from robot_library.interfaces import Action, PersonAnswer
from robot_library.model.finding import Accepted
from robot_library.model.workflow import Step

if TYPE_CHECKING:
    from robot_library.engine.run.context import StepContext


def inputs_of(ctx: StepContext, action: Action) -> str:
    """A keyed hash of what a step works on."""
    values = {name: getattr(action, name) for name in type(action).model_fields}
    try:
        return ctx.run.sealer.digest(values)
    except TypeError:
        return ctx.run.sealer.digest(action.model_dump(mode="json"))


def refuse_doubt(ctx: StepContext, action: Action) -> None:
    """Nothing that hangs on an unaccepted reading leaves the engine."""
    if ctx.doubtful or any(is_doubtful(value) for value in _members(action)):
        raise AuthoringError(
            f"{ctx.action.key!r} would write what comes from a reading that nobody has accepted; `accept` it first."
        )


def accepted_in(value: Any) -> Iterator[Accepted]:
    """Every accepted finding inside a value or an action's parameters."""
    if isinstance(value, Accepted):
        yield value
    elif not isinstance(value, Step):
        for member in _members(value):
            yield from accepted_in(member)


def _members(value: Any) -> Iterator[Any]:
    match value:
        case BaseModel():
            yield from (getattr(value, name) for name in type(value).model_fields)
        case dict():
            yield from value.values()
        case list() | tuple() | set() | frozenset():
            yield from value


def reviewed(records: Mapping[str, Any]) -> bool:
    """Whether a person has answered about a finding: that it is the patient is no review."""
    answers = (records[f"{path}{ANSWER}"] for path in marked(records, ANSWER))
    return any(isinstance(answer, PersonAnswer) and answer.about == "finding" for answer in answers)
