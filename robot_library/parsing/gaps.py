"""What of a workflow could not be read: the rest is looked at, and nothing is said that only follows from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from robot_library.parsing.nodes import ListNode, MapNode, Node

_WORD = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(slots=True)
class Gaps:
    """`broken`: paths of steps of which something is wrong; what is left of them is kept. `lost`: whether steps are
    missing altogether. `names`: every word in either that may be a name they give; `unnamed`: one has an `as` that is
    no name, and might have given any. `header`: keys of the workflow whose value is not known."""

    broken: set[str] = field(default_factory=set)
    lost: bool = False
    names: set[str] = field(default_factory=set)
    unnamed: bool = False
    header: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.broken or self.lost or self.header)

    def lose(self, node: Node) -> None:
        """A step, or a list of them, that nothing can be made of."""
        self.lost = True
        self.names.update(_words(node))

    def step_broken(self, path: str, node: Node) -> None:
        """Something in a step is wrong: `as` may be misspelt as well."""
        self.broken.add(path)
        self.names.update(_words(node))


def _words(node: Node) -> Iterator[str]:
    if isinstance(node, MapNode):
        for _, value in node.items:
            yield from _words(value)
    elif isinstance(node, ListNode):
        for value in node.items:
            yield from _words(value)
    else:
        yield from _WORD.findall(node.value)
