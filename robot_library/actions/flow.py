"""Blocks and decisions: what runs, how often, and what stops an item."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from pydantic import ConfigDict, Field

from robot_library.errors import (
    ApplicationException,
    ItemError,
    NeedsPerson,
    PatientMismatch,
    StudyShared,
    Timeout,
    TooFewIdentifiers,
)
from robot_library.interfaces import Action, Condition, Context, NewName, Steps, WorkflowRef
from robot_library.model.values import Duration, ValueType, parse_duration
from robot_library.plugins import action


@action("when")
class When(Action):
    """Run steps only if a condition holds, others if not."""

    effect: ClassVar = "block"
    model_config = ConfigDict(populate_by_name=True)
    condition: Condition = Field(alias="is", description="An expression that is true or false.")
    steps: Steps = Field(description="Steps for true.")
    otherwise: Steps = Field(default=(), alias="else", description="Steps for false.")

    async def run(self, ctx: Context) -> None:
        if self.condition:
            await ctx.run_steps(self.steps, segment="steps")
        else:
            await ctx.run_steps(self.otherwise, segment="else")


@action("for_each")
class ForEach(Action):
    """Run steps once for each member of a list. Nothing final may be pressed inside: use work items for that."""

    effect: ClassVar = "block"
    model_config = ConfigDict(populate_by_name=True)
    name: NewName = Field(description="The name each member has inside.")
    members: list[Any] = Field(alias="in", description="The list.")
    steps: Steps = Field(description="The steps.")

    async def run(self, ctx: Context) -> None:
        for index, member in enumerate(self.members, start=1):
            await ctx.run_steps(self.steps, segment=f"[{index}].steps", names={self.name: member})


@action("retry")
class Retry(Action):
    """Run steps again when the application fails them (a slow page, a lost connection), never for a wrong item."""

    effect = "block"
    times: int = Field(default=3, ge=1, le=20, description="Tries in all.")
    wait: Duration = Field(default=parse_duration("1 s"), description="Pause between tries.")
    steps: Steps = Field(description="The steps.")

    async def run(self, ctx: Context) -> None:
        for attempt in range(1, self.times + 1):
            try:
                await ctx.run_steps(self.steps, segment=f"try{attempt}.steps")
            except ApplicationException:
                if attempt == self.times:
                    raise
                await asyncio.sleep(self.wait.total_seconds())
            else:
                return


@action("timeout")
class Within(Action):
    """Give steps only so much time; then the item fails here."""

    effect = "block"
    after: Duration = Field(description="The time, as in `20 s`.")
    steps: Steps = Field(description="The steps.")

    async def run(self, ctx: Context) -> None:
        try:
            async with asyncio.timeout(self.after.total_seconds()):
                await ctx.run_steps(self.steps, segment="steps")
        except TimeoutError:
            raise Timeout(f"not finished after {self.after.total_seconds():g} s.", cure="Allow more time.") from None


_NEVER_PASSED_OVER = (PatientMismatch, TooFewIdentifiers, StudyShared)


@action("on_error")
class OnError(Action):
    """Run steps; if they fail, run others that see `error.code` and `error.reason`.

    A doubt about whose record or study this is stops the item all the same, after the others have run; and so does
    what `stop` and `check` in these steps have given to a person.
    """

    effect = "block"
    steps: Steps = Field(description="The steps.")
    do: Steps = Field(description="What to do when they fail.")

    async def run(self, ctx: Context) -> None:
        try:
            await ctx.run_steps(self.steps, segment="steps")
        except ItemError as failure:
            names = {"error": {"code": failure.code, "reason": failure.message}}
            await ctx.run_steps(self.do, segment="do", names=names)
            if isinstance(failure, _NEVER_PASSED_OVER) or (isinstance(failure, NeedsPerson) and failure.decided):
                raise


@action("call")
class Call(Action):
    """Run another workflow with explicit inputs; its declared outputs come back as one record."""

    effect: ClassVar = "block"
    gives: ClassVar[tuple[ValueType, ...]] = ("record",)
    model_config = ConfigDict(populate_by_name=True)
    workflow: WorkflowRef = Field(description="Name of the workflow.")
    inputs: dict[str, Any] = Field(default={}, alias="with", description="input: value.")

    async def run(self, ctx: Context) -> dict[str, Any]:
        return await ctx.run_workflow(self.workflow, self.inputs)

    def title(self) -> str:
        return f"run workflow {self.workflow}"


@action("compute")
class Compute(Action):
    """Give a value a name."""

    effect = "compute"
    main = "value"
    gives: ClassVar[tuple[ValueType, ...]] = ("text", "number", "boolean", "date", "duration", "list", "record")
    value: Any = Field(description="An expression.")

    async def run(self, ctx: Context) -> Any:
        return self.value


@action("check")
class Check(Action):
    """Go on only if a condition holds; otherwise the item goes to a person with the reason."""

    effect = "read"
    that: Condition = Field(description="An expression that is true or false.")
    otherwise: str = Field(description="The reason a person is shown. No patient data.")

    async def run(self, ctx: Context) -> None:
        if not self.that:
            raise NeedsPerson(self.otherwise, decided=True)
        ctx.verified("the check holds")


@action("stop")
class Stop(Action):
    """Give the item to a person with a reason."""

    effect = "read"
    main = "reason"
    reason: str = Field(description="The reason a person is shown. No patient data.")

    async def run(self, ctx: Context) -> None:
        raise NeedsPerson(self.reason, decided=True)
