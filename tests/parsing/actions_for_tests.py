"""A small registry, so that the parser is tested without the real actions."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from robot_library.interfaces import Action, Condition, NewName, RoleRef, ScreenRef, Steps, Takes, WorkflowRef
from robot_library.model.finding import Accepted, Finding
from robot_library.model.record import Record
from robot_library.model.report import Report
from robot_library.model.study import Study
from robot_library.model.values import Duration, parse_duration


class Look(Action):
    """Looks at a screen."""

    key, effect, main, gives = "look", "read", "screen", ("record",)
    screen: ScreenRef
    where: dict[str, str] = {}
    fields: tuple[str, ...] = ()


class Inner(BaseModel):
    """Nested parameters."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    from_: str = Field(alias="from")
    times: int = Field(default=1, ge=1, le=5)


class Everything(Action):
    """One parameter of every kind."""

    key, effect, gives = "everything", "compute", ("list",)
    model_config = ConfigDict(populate_by_name=True)
    text: str = ""
    number: float = 0.0
    whole: int = Field(default=1, ge=1)
    flag: bool = False
    day: date | None = None
    patience: Duration = parse_duration("1 s")
    choice: Literal["a", "b"] = "a"
    anything: Any = None
    finding: Annotated[Finding | None, Takes(("finding",))] = None
    accepted: Annotated[tuple[Accepted, ...] | Accepted | None, Takes(("accepted",))] = None
    values: Annotated[Report | dict[str, str], Takes(("report",))] = {}
    person: Annotated[Record | Study | None, Takes(("record", "study"))] = None
    inner: Inner | None = None
    one_or_more: str | tuple[str, ...] = ()


class If(Action):
    """A block."""

    key, effect = "if_so", "block"
    model_config = ConfigDict(populate_by_name=True)
    condition: Condition = Field(alias="is")
    steps: Steps
    otherwise: Steps = Field(default=(), alias="else")


class Each(Action):
    """A loop."""

    key, effect = "each", "block"
    model_config = ConfigDict(populate_by_name=True)
    name: NewName
    members: list[Any] = Field(alias="in")
    steps: Steps


class Sign(Action):
    """Signs in."""

    key, effect, main = "sign_in", "session", "app"
    app: RoleRef


class Run(Action):
    """Runs a workflow."""

    key, effect, gives = "call", "block", ("record",)
    model_config = ConfigDict(populate_by_name=True)
    workflow: WorkflowRef
    inputs: dict[str, Any] = Field(default={}, alias="with")


ACTIONS: dict[str, type[Action]] = {one.key: one for one in (Look, Everything, If, Each, Sign, Run)}
