"""What is asked of programs about themselves, whoever answers: AT-SPI on Linux, UI Automation on Windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from robot_library.drivers.desktop.nodes import Node, Tree


class Telling(Protocol):
    """A connection to what programs tell. Used by one thread at a time. Whatever has gone meanwhile, or never knew a
    question, is Absent."""

    def listen(self) -> None:
        """Make programs tell of themselves; to be called before one starts."""

    def close(self) -> None:
        """Leave it."""

    def buses(self, pids: set[int]) -> list[str]:
        """Addresses of the programs that these processes are."""

    def tree(self, bus: str) -> Tree:
        """A program's things as they are now, without the cells of its grids."""

    def states(self, node: Node) -> int:
        """Its states now; see `nodes.has`."""

    def name(self, node: Node) -> str:
        """Its name now."""

    def place(self, node: Node) -> tuple[int, int, int, int]:
        """Left, top, width and height on the screen, in pixels."""

    def text(self, node: Node) -> str:
        """All text it holds."""

    def length(self, node: Node) -> int:
        """How many characters it holds."""

    def set_text(self, node: Node, text: str) -> bool:
        """Exchange its whole text; whether the program says it did."""

    def select_all(self, node: Node) -> None:
        """Select its whole text."""

    def focus(self, node: Node) -> bool:
        """Give it the keys, inside its window."""

    def act(self, node: Node) -> bool:
        """Do what a click does; whether the program says it did."""

    def labelled_by(self, node: Node) -> list[str]:
        """Paths of the labels that name it."""

    def label_for(self, node: Node) -> list[str]:
        """Paths of what it names as a label."""

    def size(self, table: Node) -> tuple[int, int]:
        """Rows and columns."""

    def cells(self, table: Node, rows: range, columns: Sequence[int]) -> Iterator[Node]:
        """The bare cells (no states, no faces) of these rows and columns, row by row."""

    def whole(self, bare: Node) -> Node:
        """A bare cell with its states and faces."""

    def header(self, table: Node, column: int) -> str:
        """What stands over a column."""
