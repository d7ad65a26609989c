"""Which steps and branches of a workflow some cases have gone through, and which none has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from robot_library.model.run import RunRecord
from robot_library.model.workflow import Step, Workflow
from robot_library.parsing.library import Library
from robot_library.parsing.workflows import called_by, every_step, nested

_RAN = frozenset({"ok", "failed", "proven", "reused"})


@dataclass(frozen=True)
class Coverage:
    """Of one workflow, those that it calls included. The lists name what no case has gone through, by place."""

    workflow: str
    steps: int
    branches: int
    steps_left: tuple[str, ...]
    branches_left: tuple[str, ...]

    def __str__(self) -> str:
        steps = f"{self.steps - len(self.steps_left)} of {self.steps} steps"
        branches = f", {self.branches - len(self.branches_left)} of {self.branches} branches" if self.branches else ""
        return f"{self.workflow}: {steps}{branches}"


def coverage(workflow: Workflow, library: Library, runs: Iterable[RunRecord]) -> Coverage:
    """What the runs of a workflow went through. A `when` has two branches, taken and not taken."""
    ran = Counter(step.place for run in runs for step in run.steps if step.outcome in _RAN)
    steps = list(_steps_of(workflow, library))
    left = [f"{step.place} {step.action}" for step in steps if not ran[str(step.place)]]
    branches, missed = 0, []
    for step in steps:
        if step.action == "when":
            branches += 2
            missed += [f"{step.place} when {name}" for name in _not_taken(step, ran)]
    return Coverage(workflow.name, len(steps), branches, tuple(left), tuple(missed))


def _not_taken(step: Step, ran: Counter[str]) -> list[str]:
    """'true' and 'false', as far as no run took that way."""
    taken = ran[str(nested(step.params["steps"])[0].place)]
    otherwise = nested(step.params.get("else"))
    instead = ran[str(otherwise[0].place)] if otherwise else ran[str(step.place)] - taken
    return [name for name, times in (("true", taken), ("false", instead)) if times < 1]


def _steps_of(workflow: Workflow, library: Library) -> Iterable[Step]:
    seen: dict[str, Workflow] = {}
    waiting = [workflow]
    while waiting:
        one = waiting.pop(0)
        if one.name not in seen:
            seen[one.name] = one
            waiting += [library.workflow(name) for name in called_by(one)]
    return [step for one in seen.values() for step in every_step(one.steps)]
