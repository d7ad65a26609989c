"""A reading target that was found by a fall-back: the locator that found it comes first in its map, if a person agrees.

Only the order of the target's own ways changes; every other letter of the file stays. What is typed into or pressed is
never healed: such a target is found by its first locator, or the item stops.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robot_library.errors import AuthoringError
from robot_library.model.screen import Target

HEALS = frozenset({"read", "navigate", "search"})
"""Uses of targets whose ways may change places."""
_LINE = re.compile(r"\S+ was found by its locator number (\d+)")


@dataclass(frozen=True)
class Proposal:
    """Move the way number `used` (from 1) of `screen.target` in the map at `path` to the first place. `why_not`: it is
    for a person to mend by hand."""

    path: Path
    screen: str
    target: str
    used: int
    count: int
    ways: tuple[str, ...] = ()
    why_not: str = ""


def number_of(line: str) -> int:
    """Which locator a line about drift names; 0 if none."""
    found = _LINE.match(line)
    return int(found[1]) if found else 0


def proposed(path: Path, screen: str, name: str, target: Target | None, used: int, count: int) -> Proposal:
    """What to do about a target that was found by its way number `used`."""
    if target is None:
        return Proposal(path, screen, name, used, count, why_not="the map has no such target any more")
    ways = tuple(way.model_dump_json(exclude_defaults=True) for way in target.find)
    if target.use not in HEALS:
        why = (
            f"its use is '{target.use}': what is typed or pressed is never healed; look at the screen and mend the map"
        )
        return Proposal(path, screen, name, used, count, ways, why)
    if not 1 < used <= len(ways):
        return Proposal(path, screen, name, used, count, ways, "the map has other ways by now: it was mended since")
    return Proposal(path, screen, name, used, count, ways)


def healed(text: str, proposal: Proposal) -> str:
    """The map's text with that way first. AuthoringError where the file is written so that this cannot be done."""
    import yaml

    keys = ("screens", proposal.screen, "targets", proposal.target, "find")
    try:
        before = _unshared(yaml.safe_load(text))
        ways = _inner(yaml.compose(text), keys).value
        spans = [(one.start_mark.index, _end(one)) for one in ways]
        order = [proposal.used - 1, *(n for n in range(len(ways)) if n != proposal.used - 1)]
        pieces = [text[start:end] for start, end in spans]
        after, at = "", 0
        for (start, end), source in zip(spans, order, strict=True):
            after, at = after + text[at:start] + pieces[source], end
        after += text[at:]
        found = _at(before, keys)
        found[:] = [found[number] for number in order]
        same = yaml.safe_load(after) == before
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, StopIteration, IndexError):
        same = False
    if not same:
        where = f"'{proposal.screen}.{proposal.target}'"
        raise AuthoringError(
            f"{proposal.path.name} is written so that {where} cannot be changed by itself; "
            f"move its way number {proposal.used} to the first place by hand."
        )
    return after


def _inner(node: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        node = next(value for name, value in node.value if name.value == key)
    return node


def _at(tree: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        tree = tree[key]
    return tree


def _unshared(tree: Any) -> Any:
    """The tree with every alias as a copy of its own: what one target says is not changed for another."""
    if isinstance(tree, dict):
        return {key: _unshared(value) for key, value in tree.items()}
    return [_unshared(value) for value in tree] if isinstance(tree, list) else tree


def _end(node: Any) -> int:
    """Where a node's own text ends: a block's mark lies behind the comments that follow it."""
    if isinstance(node.value, list) and node.value and not node.flow_style:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)
