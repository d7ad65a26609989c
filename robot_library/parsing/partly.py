"""Of a workflow that has mistakes, what could be read: for the lint alone, so that every mistake is told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robot_library.errors import AuthoringError
from robot_library.interfaces import Ref
from robot_library.model.workflow import BothSides, Collect, Compare, Declared, Step, Workflow
from robot_library.parsing.build import INVALID
from robot_library.parsing.gaps import Gaps
from robot_library.parsing.library import Library
from robot_library.parsing.nodes import read_text
from robot_library.parsing.shapes import fields_of
from robot_library.parsing.steps import NAME
from robot_library.parsing.workflows import Reading, WorkflowFile, nested, read_file


@dataclass(frozen=True, slots=True)
class Part:
    """Never to be run. `wrong` are the workflows it calls that have mistakes themselves; its steps do not name them."""

    workflow: Workflow
    gaps: Gaps
    wrong: tuple[str, ...]


def readable_part(path: Path, library: Library, file: str) -> Part | None:
    """What could be read of a workflow's file; None if nothing."""
    try:
        reading = read_file(read_text(path, file), file, library)
    except AuthoringError:
        return None
    _missing(reading)
    calls = _Calls(library, reading.gaps, {})
    lists = {key: calls.only_right(steps) for key, steps in reading.lists.items()}
    known = {key: value for key, value in reading.tree.items() if value is not INVALID}
    workflow = Workflow.model_construct(
        name=str(known.get("workflow", path.parent.name)),
        about=str(known.get("about", "")),
        screens=tuple(known.get("screens", ())),
        templates=tuple(known.get("templates", ())),
        skills=tuple(known.get("skills", ())),
        item={key: Declared(**declared) for key, declared in known.get("item", {}).items()},
        outputs=known.get("outputs", {}),
        collect=_collect(known.get("collect", {}), lists),
        compare=_compare(known.get("compare", {}), lists),
        steps=lists.get("steps", ()),
        place=reading.node.place,
    )
    return Part(workflow, reading.gaps, tuple(name for name, wrong in calls.wrong.items() if wrong))


def _missing(reading: Reading) -> None:
    """Note the keys whose value is not known: a wrong one, and any that is not there if a key is misspelt."""
    fields = fields_of(WorkflowFile)
    misspelt = any(key.value not in fields for key, _ in reading.node.items)
    for key in fields:
        if reading.tree.get(key) is INVALID or (misspelt and key not in reading.tree):
            reading.gaps.header.add(key)
        names = reading.tree.get(key) if key in ("screens", "item") else None
        if isinstance(names, list | dict) and not all(map(NAME.fullmatch, names)):
            reading.gaps.header.add(key)


def _collect(tree: Mapping[str, Any], lists: Mapping[str, tuple[Step, ...]]) -> Collect | None:
    if "collect.steps" not in lists:
        return None
    return Collect.model_construct(**{"items": None, "key": "", **tree, "steps": lists["collect.steps"]})


def _compare(tree: Mapping[str, Any], lists: Mapping[str, tuple[Step, ...]]) -> Compare | None:
    if "compare.steps" not in lists:
        return None
    findings = {name: BothSides.model_construct(**both) for name, both in tree.get("findings", {}).items()}
    return Compare.model_construct(**{"signed": None, **tree, "findings": findings, "steps": lists["compare.steps"]})


@dataclass(slots=True)
class _Calls:
    """Takes the names of workflows that have mistakes out of the steps that call them."""

    library: Library
    gaps: Gaps
    wrong: dict[str, bool]

    def only_right(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(map(self._step, steps))

    def _step(self, step: Step) -> Step:
        fields, params = fields_of(self.library.actions[step.action]), {}
        for key, value in step.params.items():
            ref = fields[key].shape.ref if key in fields else None
            if ref == Ref("workflow") and isinstance(value, str) and self._is_wrong(str(value)):
                self.gaps.broken.add(step.path)
                continue
            params[key] = self.only_right(value) if nested(value) else value
        return step.model_copy(update={"params": params})

    def _is_wrong(self, name: str) -> bool:
        if name not in self.wrong and self.library.look("workflow", name) is not None:
            try:
                self.library.workflow(name)
                self.wrong[name] = False
            except AuthoringError:
                self.wrong[name] = True
        return self.wrong.get(name, False)
