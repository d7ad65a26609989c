"""The things that a program tells of, at one moment: whatever it is that told them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from robot_library.errors import DriverLost

STATES = {
    "active": 1, "busy": 3, "checked": 4, "defunct": 6, "editable": 7, "enabled": 8, "focusable": 11,
    "focused": 12, "modal": 16, "multi_line": 17, "selected": 23, "sensitive": 24, "showing": 25, "visible": 30,
    "has_popup": 42, "read_only": 43,
}  # fmt: skip
"""Which bit of a set of states is which: AT-SPI's numbers."""


class Absent(DriverLost):
    """What was asked about is gone, or never knew that question: look again."""


@dataclass(frozen=True)
class Node:
    """One thing of a program's tree. Its name may be a patient's: never printed."""

    bus: str
    path: str
    parent: str
    role: str
    name: str = field(repr=False)
    states: int = field(repr=False)
    interfaces: frozenset[str] = field(repr=False)

    def has(self, state: str) -> bool:
        """Whether it was in this state when it was looked at."""
        return has(self.states, state)

    @property
    def shown(self) -> bool:
        """It is on the screen, as far as its program knows."""
        return self.has("showing") and self.has("visible")


def has(states: int, state: str) -> bool:
    """Whether a set of states has this one."""
    return bool(states >> STATES[state] & 1)


class Tree(Sequence[Node]):
    """A program's things at one moment, in the order the program keeps them."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = list(nodes)
        self._by_path = {node.path: node for node in nodes}

    def __len__(self) -> int:
        return len(self._nodes)

    def __getitem__(self, index: Any) -> Any:
        return self._nodes[index]

    def at(self, path: str) -> Node | None:
        """The thing with this path."""
        return self._by_path.get(path)

    def above(self, node: Node) -> Iterator[Node]:
        """What holds it, the nearest first."""
        seen = {node.path}
        while (found := self._by_path.get(node.parent)) is not None and found.path not in seen:
            seen.add(found.path)
            yield found
            node = found

    def below(self, node: Node) -> list[Node]:
        """What it holds, itself not among it."""
        return [each for each in self._nodes if any(holder.path == node.path for holder in self.above(each))]
