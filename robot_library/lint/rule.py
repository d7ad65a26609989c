"""What a rule is, and where the rules are found."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Generic, Literal, TypeVar

from robot_library.lint.subject import Subject
from robot_library.model.bot import BotSpec
from robot_library.model.case import Case
from robot_library.model.diagnostic import Diagnostic
from robot_library.model.screen import ScreenMap
from robot_library.model.site import Site
from robot_library.model.workflow import Workflow
from robot_library.parsing.library import Library
from robot_library.parsing.nodes import MapNode

S = TypeVar("S")
Judges = Literal["one", "step", "all"]
"""What a rule must know to be right about a workflow of which something could not be read: one value, or where one step
stands; a step with all its parameters; or the whole workflow."""
On = Literal["workflow", "screen", "bot", "site", "case"]


@dataclass(frozen=True, slots=True)
class MapSubject:
    """A screen map and the nodes it was made from, for places; `pictures` are the folders that its pictures are in."""

    map: ScreenMap
    node: MapNode
    pictures: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class BotSubject:
    """A bot with what it names; None where that is missing or wrong, which is reported elsewhere."""

    bot: BotSpec
    node: MapNode
    library: Library
    workflow: Workflow | None
    maps: dict[str, ScreenMap]


@dataclass(frozen=True, slots=True)
class SiteSubject:
    """site.yaml, the nodes it was made from, and the files around it."""

    site: Site
    node: MapNode
    library: Library


@dataclass(frozen=True, slots=True)
class CaseSubject:
    """A case with what its bot is made of; None, or `maps_missing`, where that is wrong (reported elsewhere)."""

    case: Case
    node: MapNode
    workflow: Workflow | None
    maps: dict[str, ScreenMap]
    maps_missing: bool


@dataclass(frozen=True)
class Rule(Generic[S]):
    """One rule: its code, what files it is about, and the check. Its module's docstring is its reference entry."""

    code: str
    on: On
    check: Callable[[S], Iterable[Diagnostic]]
    judges: Judges = "all"
    hangs_on: frozenset[str] = frozenset()
    """Of rules that judge the whole workflow: actions and effects of the only steps that could make a finding wrong."""

    @property
    def doc(self) -> str:
        return inspect.cleandoc(inspect.getmodule(self.check).__doc__ or "")

    @property
    def title(self) -> str:
        return self.doc.partition("\n")[0]


WorkflowRule = Rule[Subject]
ScreenRule = Rule[MapSubject]
BotRule = Rule[BotSubject]
SiteRule = Rule[SiteSubject]
CaseRule = Rule[CaseSubject]


@cache
def rules() -> tuple[Rule[object], ...]:
    """Every rule of rules/, by code."""
    from robot_library.lint import rules as package

    found = [
        import_module(f"{package.__name__}.{module.name}").RULE for module in pkgutil.iter_modules(package.__path__)
    ]
    return tuple(sorted(found, key=lambda rule: rule.code))


@cache
def rules_on(kind: On) -> tuple[Rule[object], ...]:
    """The rules about one kind of file."""
    return tuple(rule for rule in rules() if rule.on == kind)
