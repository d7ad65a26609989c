"""A workflow as written: named steps, typed inputs. Every node keeps its place."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from robot_library.model.base import Frozen
from robot_library.model.diagnostic import Place
from robot_library.model.pattern import NoPattern, pattern
from robot_library.model.values import ValueType


class Declared(Frozen):
    """A declared input or output."""

    type: ValueType = "text"
    phi: bool = False
    about: str = ""
    optional: bool = False
    pattern: str = ""
    """A regular expression that the whole of it fits, where it is typed or scanned."""
    example: str = ""
    """One made-up value, shown to whoever types it."""
    place: Place | None = Field(default=None, exclude=True)

    @model_validator(mode="after")
    def _fits_itself(self) -> Declared:
        try:
            wanted = pattern(self.pattern)
        except NoPattern as no:
            raise ValueError(f"'pattern' is no regular expression: {no}") from None
        if self.pattern and self.example and not wanted.fullmatch(self.example):
            raise ValueError("'example' does not fit 'pattern'")
        return self


class Step(Frozen):
    """One action with its parameters.

    `params` is a tree of dict, list, `parsing.expressions.Expression`, nested `Step` tuples and text;
    `path` is the step's address ("3", "9.steps.2"), the same in every run of this workflow text.
    """

    action: str
    params: dict[str, Any]
    path: str
    place: Place
    bind: str | None = None
    """The name given by `as`; assigned once."""


class Collect(Frozen):
    """How the queue is filled: steps that end with a list; `key` names the column that tells items apart."""

    steps: tuple[Step, ...]
    items: Any
    """Expression of a list of records."""
    key: str
    take: dict[str, Any] = {}
    """item input → expression over `row`; left out: inputs take the columns of the same name."""
    only: Any = None
    """Expression over `row` that is true for rows that become items; None: all do."""


class BothSides(Frozen):
    """One finding: an expression that is true if we have found it, and one that is true if they have."""

    ours: Any
    theirs: Any


class Compare(Frozen):
    """How a shadow's items are compared afterwards with what a person has signed."""

    steps: tuple[Step, ...]
    signed: Any
    """Expression that is true once a person has signed."""
    findings: dict[str, BothSides]
    reported: Any = None
    """Expression that is true if any report stands there, signed or not: read by the daily reconciliation."""
    as_typed: Any = None
    """Expression that is true if what stands there is still what we typed."""


class Workflow(Frozen):
    """The steps for one item, and how items are collected.

    `screens` are roles (ehr, pacs); the bot says which system plays each.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    about: str
    screens: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    item: dict[str, Declared] = {}
    outputs: dict[str, Any] = {}
    collect: Collect | None = None
    compare: Compare | None = None
    steps: tuple[Step, ...]
    place: Place
    sha256: str = ""
    """Hash of the text and of every sub-workflow's: the same items resume only with the same workflow."""
