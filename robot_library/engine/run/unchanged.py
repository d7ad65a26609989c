"""Whether an item may go on with a workflow that its author has changed under it: all that it has done is the same."""

from __future__ import annotations

import re
from typing import Any

from robot_library.engine.ports import Assembly, StepAhead
from robot_library.engine.records.paths import is_at_or_under
from robot_library.model.workflow import Step

_FIRST = re.compile(r"\d+")
_INNER = re.compile(r"\.(\w+)\.(\d+)")


def changed_before(old: Assembly, new: Assembly, ahead: StepAhead) -> str:
    """What has changed of what is done, in words; "" if nothing has, and the item may go on before this step."""
    if old.workflow.item != new.workflow.item:
        return "the item's inputs have changed"
    called = old.workflows.keys() & new.workflows.keys()
    if any(old.workflows[name].sha256 != new.workflows[name].sha256 for name in called):
        return "a workflow that this one calls has changed"
    if place := _different(old.workflow.steps, new.workflow.steps, ahead.path):
        return place
    for path in ahead.kept:
        index = _number(path) - 1
        before, after = _at(old.workflow.steps, index), _at(new.workflow.steps, index)
        reached = index < _number(ahead.path) - 1 or not (
            index > _number(ahead.path) - 1 or is_at_or_under(path, ahead.path)
        )
        if not reached and not (before and after and same(before, after)):
            return f"step {path} was begun before, and has changed"
    return ""


def same(one: Any, other: Any) -> bool:
    """Whether two steps, or values of their parameters, say the same, wherever they stand in their files."""
    if isinstance(one, Step) and isinstance(other, Step):
        return (one.action, one.bind) == (other.action, other.bind) and same(one.params, other.params)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _different(old: tuple[Step, ...], new: tuple[Step, ...], path: str) -> str:
    """The first step before `path` that is not the same in both; of the blocks around it, all but what is to come."""
    found = _FIRST.match(path)
    assert found is not None
    index, rest = int(found[0]) - 1, path[found.end() :]
    for number in range(index):
        before, after = _at(old, number), _at(new, number)
        if before is None or after is None or not same(before, after):
            return f"step {before.path if before else number + 1} has changed"
    block, now = _at(old, index), _at(new, index)
    if not rest:
        return ""
    inner = _INNER.match(rest)
    if block is None or now is None:
        return "the block that it stands in is gone"
    if inner is None or not isinstance(block.params.get(inner[1]), tuple):  # a loop's pass, or a called workflow
        return "" if same(block, now) else f"step {block.path} is under way, and has changed"
    key = inner[1]
    if (block.action, block.bind) != (now.action, now.bind) or not same(
        {**block.params, key: None}, {**now.params, key: None}
    ):
        return f"step {block.path} is under way, and has changed"
    return _different(block.params[key], now.params.get(key) or (), rest[len(key) + 2 :])


def _at(steps: tuple[Step, ...], index: int) -> Step | None:
    return steps[index] if index < len(steps) else None


def _number(path: str) -> int:
    found = _FIRST.match(path)
    return int(found[0]) if found else 0
