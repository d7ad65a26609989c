"""Where a workflow is cut: the part is the unit of replay.

A part ends after a top-level step that holds a commit, and before each wait. After a crash or an answer
it runs again from its first step, in a fresh view, with the names that the part before it left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from robot_library.errors import AuthoringError
from robot_library.interfaces import Action, Ref
from robot_library.model.run import Effect
from robot_library.model.workflow import Step, Workflow


@dataclass(frozen=True)
class Part:
    """Consecutive top-level steps; `key` is the path of the first."""

    key: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Catalogue:
    """What steps can name: actions by key, workflows by name."""

    actions: Mapping[str, type[Action]]
    workflows: Mapping[str, Workflow]

    def action(self, step: Step) -> type[Action]:
        """The step's action; AuthoringError if there is none of this key."""
        try:
            return self.actions[step.action]
        except KeyError:
            raise AuthoringError(f"there is no action {step.action!r}.", place=str(step.place)) from None

    def effect(self, step: Step) -> Effect:
        """What this step changes: its action's effect, unless its parameters say more."""
        return self.action(step).effect_of(step.params)

    def workflow(self, name: str) -> Workflow:
        """A workflow by name."""
        try:
            return self.workflows[name]
        except KeyError:
            raise AuthoringError(f"there is no workflow {name!r}.") from None

    def holds(self, step: Step, effect: str, seen: frozenset[str] = frozenset()) -> bool:
        """Whether the step, or any step inside it (called workflows too), has this effect."""
        if self.effect(step) == effect:
            return True
        if any(self.holds(inner, effect, seen) for inner in steps_in(step.params)):
            return True
        called = self._called(step) - seen
        return any(self.holds(inner, effect, seen | called) for name in called for inner in self.workflow(name).steps)

    def _called(self, step: Step) -> frozenset[str]:
        fields = self.action(step).model_fields
        names = {field.alias or name for name, field in fields.items() if Ref("workflow") in field.metadata}
        return frozenset(value for name in names if isinstance(value := step.params.get(name), str))


def steps_in(params: Any) -> Iterator[Step]:
    """The steps that stand directly inside a step's parameters."""
    match params:
        case Step():
            yield params
        case Mapping():
            for value in params.values():
                yield from steps_in(value)
        case tuple() | list():
            for value in params:
                yield from steps_in(value)


def cut(steps: tuple[Step, ...], catalogue: Catalogue) -> tuple[Part, ...]:
    """The parts of a workflow's top-level steps, in order. Never empty parts."""
    parts: list[Part] = []
    current: list[Step] = []

    def close() -> None:
        if current:
            parts.append(Part(current[0].path, tuple(current)))
            current.clear()

    for step in steps:
        if catalogue.effect(step) == "wait":
            close()
        current.append(step)
        if catalogue.holds(step, "commit"):
            close()
    close()
    return tuple(parts)
