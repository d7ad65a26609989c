"""The parts of a program's windows as it tells them to assistive technology, with everything covered that the map does
not say itself; and which of them is nearest to a target that is not there.

Of a remote window there are only lines that stand written: those that the map says itself are told, others are counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.nodes import Absent, Node, Tree
from robot_library.drivers.near import nearest_words, sought_words
from robot_library.drivers.shown import COVERED, folded
from robot_library.model.screen import Locator

_MOST, _MOST_LABELS = 400, 40
_STATES = ("checked", "selected", "focused")
_HOLDERS = frozenset(
    {"filler", "panel", "unknown", "separator", "scroll pane", "viewport", "split pane", "application"}
)
"""They say nothing by themselves."""
_TYPED = frozenset({"text", "entry", "password text", "spin button", "paragraph"})
_CONTROLS = frozenset(
    {"push button", "toggle button", "menu", "menu item", "page tab", "check box", "radio button", "link"}
    | {"column header", "table column header", "combo box"}
)


def outlined(look: Look, harmless: set[str]) -> str:
    """One part a line. `harmless`: whole texts that may be told, folded."""
    if look.desk.remote:
        written = look.written
        told = [f'text "{text}"' for text in written if folded(text) in harmless]
        lines = [*told, f"… and {len(written) - len(told)} texts that are covered"]
    else:
        lines = [line for tree in look.trees for line in _lines(look, tree, harmless)]
    more = [f"… and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    return "\n".join([*lines[:_MOST], *more])


def _lines(look: Look, tree: Tree, harmless: set[str]) -> Iterator[str]:
    for node in tree:
        if not node.shown or (node.role in _HOLDERS and not node.name):
            continue
        depth = sum(holder.role not in _HOLDERS for holder in tree.above(node))
        name = f' "{node.name if folded(node.name) in harmless else COVERED}"' if node.name else ""
        states = "".join(f" [{state}]" for state in _STATES if node.has(state))
        off = "" if node.has("sensitive") else " [disabled]"
        yield f"{'  ' * depth}{node.role}{name}{states}{off}{_held(look, node)}"


def _held(look: Look, node: Node) -> str:
    """Whether something stands in a box, and how large a grid is."""
    try:
        if node.role in _TYPED and "Text" in node.interfaces:
            return f": {COVERED}" if look.told.length(node) else ""
        if "Table" in node.interfaces:
            rows, columns = look.told.size(node)
            return f": {rows} rows, {columns} columns"
    except Absent:
        pass
    return ""


def nearest(look: Look, ways: Iterable[Locator]) -> str:
    """A sentence that names the nearest thing that stands there, for the error's cure; "" if nothing is near, or where
    only pixels come: nobody knows then which of the words are a patient's."""
    sought = sought_words(ways)
    if not sought or look.desk.remote:
        return ""
    words: list[str | None] = []
    values: list[tuple[str, str]] = []
    for tree in look.trees:
        words += [node.name for node in tree if node.shown and node.role in _CONTROLS]
        for label in [node for node in tree if node.role == "label" and node.shown][:_MOST_LABELS]:
            beside = _beside(look, tree, label)
            values += [(label.name, text) for text in beside]
            words += [label.name] if beside or label.name.rstrip().endswith(":") else []
    return nearest_words(sought, words, values)


def _beside(look: Look, tree: Tree, label: Node) -> list[str]:
    """What stands in the boxes that a label names."""
    found = []
    try:
        for path in look.told.label_for(label):
            node = tree.at(path)
            found += [look.tells.text(tree, node)] if node is not None else []
    except Absent:
        pass
    return found
