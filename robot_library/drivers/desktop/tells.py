"""What a program tells assistive technology of itself: which of its things a locator finds, and what each shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from robot_library.drivers.desktop.capture import Box
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.nodes import Absent, Node, Tree
from robot_library.drivers.desktop.roles import roles
from robot_library.drivers.desktop.thing import Thing, Wanted, same, wanted_text
from robot_library.drivers.desktop.windows import Window
from robot_library.drivers.shown import Where
from robot_library.model.screen import Locator

if TYPE_CHECKING:
    from robot_library.drivers.desktop.look import Look

_TYPED = ("text", "entry", "password text", "spin button", "paragraph", "terminal")
_TOP = ("frame", "dialog", "alert", "window", "file chooser")
_MOST_CELLS = 600
_FRAME = 200
"""Pixels by which a window's four sides, put together, may lie off what its program says: frames and shadows."""


class Tells:
    """The things of a program's trees, at this look."""

    def __init__(self, desk: Desk, look: Look) -> None:
        self._desk, self._look = desk, look

    def found(self, spec: Locator, where: Where) -> list[tuple[Tree, Node]]:
        """What the program tells of that the locator finds."""
        found = list(self._held(spec, where))
        if spec.near is None or not found:
            return found
        return self._look.nearest([(box, each) for each in found for box in self._boxes(each[1])], spec.near, where)

    def _boxes(self, node: Node) -> list[Box]:
        try:
            return [Box(*self._desk.accessibility.place(node))]
        except Absent:
            return []

    def things(self, tree: Tree, node: Node) -> list[Thing]:
        """The thing, or nothing if it has gone meanwhile."""
        try:
            return [self.thing(tree, node)]
        except Absent:
            return []

    def _held(self, spec: Locator, where: Where) -> Iterator[tuple[Tree, Node]]:
        for tree in self._look.trees:
            within = self._within(tree, spec, where)
            for node in self._candidates(tree, spec, where, within):
                if within is not None and not any(holder.path in within for holder in tree.above(node)):
                    continue
                if spec.visible and not node.shown:
                    continue
                if self._holds(tree, node, spec, where):
                    yield tree, node

    def _within(self, tree: Tree, spec: Locator, where: Where) -> set[str] | None:
        if spec.inside is None:
            return None
        found = {node.path for _, node in self.found(spec.inside, where)}
        return found if len(found) == 1 else set()

    def _candidates(self, tree: Tree, spec: Locator, where: Where, within: set[str] | None) -> Iterator[Node]:
        if spec.label is not None:
            yield from self._labelled(tree, wanted_text(spec.label, spec, where))
        elif spec.text is not None:
            wanted = wanted_text(spec.text, spec, where)
            yield from (n for n in tree if n.role not in _TYPED and same(wanted, n.name))
        elif spec.role is not None:
            kinds = roles(spec.role)
            name = None if spec.name is None else wanted_text(spec.name, spec, where)
            for node in tree:
                if node.role in kinds and (name is None or same(name, node.name)):
                    yield node
            if "table cell" in kinds:
                grids = [node for node in tree if within is None or _in(tree, node, within)]
                yield from self._cells(grids, name)

    def _labelled(self, tree: Tree, wanted: Wanted) -> Iterator[Node]:
        """What a label names, and what has such a name itself."""
        seen: set[str] = set()
        for node in tree:
            if not same(wanted, node.name):
                continue
            named = self._ask(self._desk.accessibility.label_for, node) if node.role == "label" else [node.path]
            for path in named:
                if path not in seen and (found := tree.at(path)) is not None:
                    seen.add(path)
                    yield found

    def _cells(self, nodes: Sequence[Node], name: Wanted | None) -> Iterator[Node]:
        """Cells of this name in the tables that are shown, as far as a person would look."""
        told = self._desk.accessibility
        for table in nodes:
            if "Table" not in table.interfaces or not table.shown:
                continue
            rows, columns = told.size(table)
            for cell in told.cells(table, range(min(rows, _MOST_CELLS // max(1, columns))), range(columns)):
                if name is None or same(name, cell.name):
                    yield told.whole(cell)

    def _holds(self, tree: Tree, node: Node, spec: Locator, where: Where) -> bool:
        if spec.has_text is None:
            return True
        wanted = wanted_text(spec.has_text, spec, where)
        return any(same(wanted, each.name) for each in (node, *tree.below(node)))

    def thing(self, tree: Tree, node: Node) -> Thing:
        """A thing of the program's tree as it stands now."""
        told = self._desk.accessibility
        writable = node.has("editable") and not node.has("read_only")
        typed = node.role in _TYPED
        return Thing(
            Box(*told.place(node)), self.window_of(tree, node), self.text(tree, node), node,
            disabled=not node.has("sensitive"), read_only=typed and not writable,
        )  # fmt: skip

    def text(self, tree: Tree, node: Node) -> str:
        """What it shows: its text, the chosen entry of a list, whether a box is ticked, else its name."""
        told = self._desk.accessibility
        if node.role in ("check box", "radio button", "toggle button"):
            return "yes" if node.has("checked") else "no"
        if node.role == "combo box":
            entry = next((each for each in tree.below(node) if each.role in _TYPED), None)
            return told.text(entry) if entry is not None else node.name
        if node.role in _TYPED and "Text" in node.interfaces:
            return told.text(node)
        return node.name

    def window_of(self, tree: Tree, node: Node) -> int:
        """The X window that a node stands in: by its title, and by its place where several or none have it."""
        outermost = top(tree, node)
        if outermost is None:
            return 0
        titled = [window for window in self._look.windows if window.title == outermost.name]
        if len(titled) == 1:
            return titled[0].id
        box = Box(*self._desk.accessibility.place(outermost))
        near = sorted((_apart(window, box), window.id) for window in titled or self._look.windows)
        return near[0][1] if near and (titled or near[0][0] <= _FRAME) else 0

    def _ask(self, question: Any, node: Node) -> list[str]:
        try:
            return list(question(node))
        except Absent:
            return []


def top(tree: Tree, node: Node) -> Node | None:
    """The outermost frame or dialog that holds a thing."""
    tops = [holder for holder in (node, *tree.above(node)) if holder.role in _TOP]
    return tops[-1] if tops else None


def _in(tree: Tree, node: Node, within: set[str]) -> bool:
    return any(holder.path in within for holder in (node, *tree.above(node)))


def _apart(window: Window, box: Box) -> int:
    """Pixels between the sides of a window and a box, put together."""
    sides = (window.x - box.x, window.y - box.y, window.x + window.width - box.x - box.width)
    return sum(map(abs, (*sides, window.y + window.height - box.y - box.height)))
