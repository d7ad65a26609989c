"""workflows/<name>/workflow.yaml → Workflow, with every sub-workflow it calls."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from robot_library.errors import AuthoringError
from robot_library.interfaces import Condition, Ref, Steps, Takes
from robot_library.model.base import Frozen
from robot_library.model.workflow import BothSides, Collect, Compare, Declared, Step, Workflow
from robot_library.parsing.build import INVALID, Builder
from robot_library.parsing.gaps import Gaps
from robot_library.parsing.library import Library, shown
from robot_library.parsing.nodes import ListNode, MapNode, Node, TextNode, kind_of, parse_yaml, read_text
from robot_library.parsing.problems import Problems, single
from robot_library.parsing.shapes import fields_of, is_steps
from robot_library.parsing.steps import NAME, StepReader, name_problem

_ADDRESS = {"steps": "", "collect.steps": "collect", "compare.steps": "compare"}
"""Paths of top-level steps are plain numbers."""
_FIXED = frozenset({"workflow", "about", "screens", "templates", "skills", "item", "collect.key"})
"""What is known before anything runs holds no expressions."""
_BLOCKS = frozenset({"outputs", "collect", "collect.take", "compare", "compare.findings"})


class CollectSection(Frozen):
    """How the queue is filled."""

    steps: Steps = Field(description="Steps that end with a list on a screen.")
    items: Annotated[Any, Takes(("list",))] = Field(description="The list: an expression.")
    key: str = Field(description="The column that tells items apart.")
    take: dict[str, Any] = Field(
        default={}, description="item input: expression over `row`. Left out, inputs take the columns of their names."
    )
    only: Condition | None = Field(
        default=None,
        description="True for a `row` that is this bot's work; the others are left alone. Left out, all are.",
    )


class FindingSection(Frozen):
    """One finding, as we and as they have it."""

    ours: Condition = Field(description="True if we have found it; names are the item's own.")
    theirs: Condition = Field(description="True if they have, by what the steps of `compare` have read.")


class CompareSection(Frozen):
    """How a shadow's items are compared afterwards with what a person has signed."""

    steps: Steps = Field(description="Steps that read the signed record of `item` and change nothing.")
    signed: Condition = Field(description="True once a person has signed.")
    findings: dict[str, FindingSection] = Field(min_length=1, description="name: ours and theirs.")
    reported: Condition | None = Field(
        default=None, description="True if any report stands there, signed or not: read for `wetread reconcile`."
    )
    as_typed: Condition | None = Field(
        default=None, description="True if what stands there is still what the item typed; names are the item's own."
    )


class WorkflowFile(Frozen):
    """A workflow as its author writes it."""

    workflow: str = Field(pattern=r"^[a-z][a-z0-9-]*$", description="Its name: the name of its folder.")
    about: str = Field(min_length=1, description="What it does, in a sentence.")
    screens: tuple[str, ...] = Field(
        default=(), description="Screen roles, as in [ehr, pacs]; a bot says who plays them."
    )
    templates: tuple[str, ...] = Field(default=(), description="Report templates it uses.")
    skills: tuple[str, ...] = Field(default=(), description="Skills it uses.")
    item: dict[str, Declared] = Field(default={}, description="Inputs of one item.")
    outputs: dict[str, Any] = Field(default={}, description="name: expression, for the workflow that calls this one.")
    collect: CollectSection | None = Field(default=None, description="How the queue is filled.")
    compare: CompareSection | None = Field(
        default=None, description="What a person has signed: read for `wetread shadow compare`."
    )
    steps: Steps = Field(min_length=1, description="The steps for one item.")


def load_workflow(path: Path, library: Library | None = None, name: str | None = None) -> Workflow:
    """A workflow with its steps read by `library.actions`; `name` is how diagnostics call the file.

    AuthoringError with every diagnostic of it and of the workflows it calls.
    """
    library = library or Library.find(start=path.parent)
    file = name or shown(path)
    return workflow_from_text(read_text(path, file), file, library)


@dataclass(frozen=True, slots=True)
class Reading:
    """A workflow's file as far as it could be read: INVALID stands in `tree` for what could not. `lists` are the steps
    of each section by its key (steps, collect.steps, compare.steps), even where the section is wrong elsewhere."""

    node: MapNode
    tree: dict[str, Any]
    lists: dict[str, tuple[Step, ...]]
    gaps: Gaps
    problems: Problems


def read_file(text: str, file: str, library: Library) -> Reading:
    """Everything of a workflow's own text; AuthoringError where it is no YAML, or no mapping."""
    node = parse_yaml(text, file)
    problems = Problems()
    if not isinstance(node, MapNode):
        raise single(node.place, "WR103", f"a workflow takes keys and values, here is {kind_of(node)}")
    reader = StepReader(library.actions, problems)
    lists: dict[str, tuple[Step, ...]] = {}

    def steps_of(steps: Node, at: str) -> tuple[Step, ...]:
        lists[at] = reader.steps(steps, _ADDRESS.get(at, at))
        return lists[at]

    tree = Builder(problems, steps_of, _FIXED, _BLOCKS).fields(node, WorkflowFile)
    _check_names(node, problems)
    return Reading(node, tree, lists, reader.gaps, problems)


def workflow_from_text(text: str, file: str, library: Library) -> Workflow:
    """The same from text."""
    reading = read_file(text, file, library)
    node, tree, problems = reading.node, reading.tree, reading.problems
    called = _load_called(tree, library, problems)
    problems.raise_if_any()
    collect, compare = tree.get("collect"), tree.get("compare")
    return Workflow.model_construct(  # every part has been checked, and its texts know their places
        name=tree["workflow"],
        about=tree["about"],
        screens=tuple(tree.get("screens", ())),
        templates=tuple(tree.get("templates", ())),
        skills=tuple(tree.get("skills", ())),
        item={key: Declared(**declared) for key, declared in tree.get("item", {}).items()},
        outputs=tree.get("outputs", {}),
        collect=Collect.model_construct(**collect) if collect else None,
        compare=_compare(compare) if compare else None,
        steps=tree["steps"],
        place=node.place,
        sha256=_sha256(text, called, tree, library),
    )


def _compare(tree: dict[str, Any]) -> Compare:
    findings = {name: BothSides.model_construct(**both) for name, both in tree["findings"].items()}
    return Compare.model_construct(
        steps=tree["steps"], signed=tree["signed"], findings=findings, reported=tree.get("reported"),
        as_typed=tree.get("as_typed"),
    )  # fmt: skip


def every_step(steps: tuple[Step, ...]) -> Iterator[Step]:
    """All steps, nested ones after the step that holds them."""
    for step in steps:
        yield step
        for value in step.params.values():
            yield from every_step(nested(value))


def called_by(workflow: Workflow) -> list[str]:
    """Names of the workflows that a workflow's steps call, each once."""
    collect = workflow.collect.steps if workflow.collect is not None else ()
    compare = workflow.compare.steps if workflow.compare is not None else ()
    names = [step.params.get("workflow") for step in every_step((*collect, *compare, *workflow.steps))]
    return list(dict.fromkeys(str(name) for name in names if isinstance(name, str)))


def nested(value: Any) -> tuple[Step, ...]:
    """The value if it is nested steps, else ()."""
    return value if isinstance(value, tuple) and value and isinstance(value[0], Step) else ()


def _check_names(node: MapNode, problems: Problems) -> None:
    roles = node.get("screens")
    for role in roles.items if isinstance(roles, ListNode) else ():
        if isinstance(role, TextNode) and not NAME.fullmatch(role.value):
            problems.add(role.place, "WR112", f"'{role.value[:60]}' {name_problem(role.value)}")
    for section in ("item", "outputs"):
        names: Node | None = node.get(section)
        for key, _ in names.items if isinstance(names, MapNode) else ():
            if not NAME.fullmatch(key.value):
                problems.add(key.place, "WR112", f"'{key.value[:60]}' {name_problem(key.value)}")


def _load_called(tree: dict[str, Any], library: Library, problems: Problems) -> dict[str, str]:
    """sha256 by name of the workflows that steps name; reports those missing, wrong or calling in a circle."""
    own = str(tree.get("workflow", ""))
    called: dict[str, str] = {}
    library.loading.append(own)
    try:
        for step in _all_steps(tree):
            for key, field in fields_of(library.actions[step.action]).items():
                target = step.params.get(key)
                if field.shape.ref != Ref("workflow") or not isinstance(target, str) or target in called:
                    continue
                place = getattr(target, "place", step.place)
                if target in library.loading:
                    message = f"workflow '{target}' would call itself"
                    problems.add(place, "WR121", message, "Use `for_each`, or split it in two.")
                    continue
                try:
                    called[str(target)] = library.workflow(target, place).sha256
                except AuthoringError as error:
                    problems.take(error)
    finally:
        library.loading.pop()
    return called


def _all_steps(tree: dict[str, Any]) -> Iterator[Step]:
    sections = (tree.get("collect"), tree.get("compare"))
    for part in (tree.get("steps"), *(one.get("steps") for one in sections if isinstance(one, dict))):
        if part is not None and part is not INVALID:
            yield from every_step(part)


def _sha256(text: str, called: dict[str, str], tree: dict[str, Any], library: Library) -> str:
    digest = hashlib.sha256(text.encode())
    for name, sha256 in sorted(called.items()):
        digest.update(f"workflow {name} {sha256};".encode())
    for name in sorted(map(str, tree.get("templates", ()))):
        if path := library.look("template", name):
            digest.update(f"template {name} {hashlib.sha256(path.read_bytes()).hexdigest()};".encode())
    return digest.hexdigest()


__all__ = ["WorkflowFile", "every_step", "is_steps", "load_workflow", "nested", "workflow_from_text"]
