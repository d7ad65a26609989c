"""What programs tell assistive technology on Windows: UI Automation, behind the same interface as AT-SPI (`telling`).

It speaks AT-SPI's words for roles and states, so that one map finds the same things on both. No Windows machine has run
it yet: it is held to its contract by a tree put together after Windows' documentation
(tests/desktop/test_ui_automation.py).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from robot_library.drivers.desktop.nodes import STATES, Absent, Node, Tree
from robot_library.drivers.desktop.roles import UI_AUTOMATION
from robot_library.errors import SetupError

T = TypeVar("T")
Element = Any
"""One thing, as the `uiautomation` package hands it out (its `Control`)."""
INVOKE, VALUE, EXPAND, GRID, WINDOW, SELECT, TABLE, TEXT, TOGGLE = (
    10000, 10002, 10005, 10006, 10009, 10010, 10012, 10014, 10015,
)  # fmt: skip
"""Numbers of its patterns: what can be done with a thing."""
_ON = 1
_TYPED = ("text", "password text", "spin button", "combo box")


class UiAutomation:
    """See `Telling`. `root`: the desktop's element; `gone`: what is raised by an element whose program has let go of
    it. Both come from the `uiautomation` package where they are not given."""

    def __init__(self, root: Element | None = None, gone: type[Exception] | None = None) -> None:
        self._thread: Any = None
        if root is None or gone is None:
            self._thread, root, gone = _of_windows()
        self._root, self._gone = root, gone
        self._elements: dict[str, Element] = {}

    def listen(self) -> None:
        """Programs tell whoever asks."""

    def close(self) -> None:
        """See Telling."""
        self._elements.clear()
        if self._thread is not None:
            self._thread.Uninitialize()

    # ---- programs ----------------------------------------------------------------------------------------

    def buses(self, pids: set[int]) -> list[str]:
        """See Telling: a program's address is its process."""
        return [*dict.fromkeys(str(top.ProcessId) for top in self._root.GetChildren() if top.ProcessId in pids)]

    def tree(self, bus: str) -> Tree:
        """See Telling. The windows of a process, one after the other, each thing before what it holds."""
        self._elements = {path: one for path, one in self._elements.items() if str(one.ProcessId) != bus}
        waiting = [(top, "") for top in reversed(self._root.GetChildren()) if str(top.ProcessId) == bus]
        nodes: list[Node] = []
        while waiting:
            element, parent = waiting.pop()
            try:
                node = self._kept(element, bus, parent)
                if "Table" not in node.interfaces:  # a grid's cells are asked for by row and column
                    waiting += [(child, node.path) for child in reversed(element.GetChildren())]
            except self._gone:
                continue
            nodes.append(node)
        return Tree(nodes)

    def _kept(self, element: Element, bus: str, parent: str, role: str = "") -> Node:
        path = "-".join(map(str, element.GetRuntimeId()))
        self._elements[path] = element
        role = role or _role(element)
        named = _value(element) if role == "combo box" else None
        return Node(
            bus, path, parent, role, element.Name if named is None else named, _states(element), _faces(element)
        )

    # ---- one thing ---------------------------------------------------------------------------------------

    def states(self, node: Node) -> int:
        """See Telling."""
        return self._ask(node, _states)

    def name(self, node: Node) -> str:
        """See Telling."""
        return self._ask(node, lambda element: str(element.Name))

    def place(self, node: Node) -> tuple[int, int, int, int]:
        """See Telling."""
        box = self._ask(node, lambda element: element.BoundingRectangle)
        if box.right <= box.left or box.bottom <= box.top:
            raise Absent("It is not on the screen.")
        return box.left, box.top, box.right - box.left, box.bottom - box.top

    def text(self, node: Node) -> str:
        """See Telling."""
        found = self._ask(node, _value)
        if found is None:
            raise Absent("It holds no text.")
        return found

    def length(self, node: Node) -> int:
        """See Telling. Windows does not tell how long a password is."""
        return len(self.text(node))

    def set_text(self, node: Node, text: str) -> bool:
        """See Telling."""
        return bool(self._pattern(node, VALUE, lambda value: value.SetValue(text)))

    def select_all(self, node: Node) -> None:
        """See Telling."""
        self._pattern(node, TEXT, lambda text: text.DocumentRange.Select())

    def focus(self, node: Node) -> bool:
        """See Telling."""
        return self._ask(node, lambda element: bool(element.SetFocus()))

    def act(self, node: Node) -> bool:
        """See Telling."""
        for number, way in _CLICKS.items():
            pattern = self._ask(node, lambda element, number=number: element.GetPattern(number))  # type: ignore[misc]
            if pattern is not None:
                return self._ask(node, lambda _, way=way, pattern=pattern: bool(way(pattern)))  # type: ignore[misc]
        return False

    def labelled_by(self, node: Node) -> list[str]:
        """See Telling."""
        return [path for path in [self._ask(node, _label)] if path in self._elements]

    def label_for(self, node: Node) -> list[str]:
        """See Telling: what names it as its label, and fields that are called as it is: most programs tell no more."""
        called = self.name(node)
        found = []
        for path, element in self._elements.items():
            try:
                field = path != node.path and element.ProcessId == int(node.bus) and _role(element) in _TYPED
                if field and (_label(element) == node.path or (called and element.Name == called)):
                    found.append(path)
            except self._gone:
                continue
        return found

    # ---- grids -------------------------------------------------------------------------------------------

    def size(self, table: Node) -> tuple[int, int]:
        """See Telling."""
        return self._pattern(table, GRID, lambda grid: (int(grid.RowCount), int(grid.ColumnCount)))

    def cells(self, table: Node, rows: range, columns: Sequence[int]) -> Iterator[Node]:
        """See Telling. What the program no longer has is left out."""
        for row in rows:
            for column in columns:
                try:
                    cell = self._pattern(table, GRID, lambda grid, at=(row, column): grid.GetItem(*at))  # type: ignore[misc]
                    if cell is None:
                        continue
                    node = self._kept(cell, table.bus, table.path, "table cell")
                    held = node.name or _value(cell) or ""
                except (self._gone, Absent):
                    continue
                yield Node(node.bus, node.path, node.parent, node.role, held, 0, frozenset())

    def whole(self, bare: Node) -> Node:
        """See Telling."""
        faces = self._ask(bare, _faces)
        return Node(bare.bus, bare.path, bare.parent, bare.role, bare.name, self.states(bare), faces)

    def header(self, table: Node, column: int) -> str:
        """See Telling."""
        found = self._pattern(table, TABLE, lambda told: told.GetColumnHeaders())
        return str(found[column].Name) if column < len(found) else ""

    # ---- asking ------------------------------------------------------------------------------------------

    def _ask(self, node: Node, question: Callable[[Element], T]) -> T:
        element = self._elements.get(node.path)
        if element is None:
            raise Absent("The program no longer has this.")
        try:
            return question(element)
        except self._gone:
            raise Absent("The program no longer has this.") from None

    def _pattern(self, node: Node, number: int, question: Callable[[Any], T]) -> T:
        def ask(element: Element) -> T:
            if (pattern := element.GetPattern(number)) is None:
                raise Absent("It never knew this question.")
            return question(pattern)

        return self._ask(node, ask)


_CLICKS: dict[int, Callable[[Any], object]] = {
    INVOKE: lambda one: one.Invoke(),
    TOGGLE: lambda one: one.Toggle(),
    SELECT: lambda one: one.Select(),
    EXPAND: lambda one: one.Expand(),
}
"""What a click does, by what a thing can do."""


def _of_windows() -> tuple[Any, Element, type[Exception]]:
    if sys.platform != "win32":
        raise SetupError("UI Automation is Windows' own.", cure="On Linux programs tell by AT-SPI.")
    try:
        import comtypes
        import uiautomation
    except ImportError:
        raise SetupError("UI Automation's package is not installed.", cure="pip install uiautomation") from None
    thread = uiautomation.UIAutomationInitializerInThread()  # a desk is used by one thread
    return thread, uiautomation.GetRootControl(), comtypes.COMError


def _role(element: Element) -> str:
    kind = UI_AUTOMATION.get(element.ControlTypeName, "unknown")
    if kind == "text" and element.IsPassword:
        return "password text"
    if kind == "push button" and element.GetPattern(TOGGLE) is not None:
        return "toggle button"
    if kind == "frame" and (window := element.GetPattern(WINDOW)) is not None and window.IsModal:
        return "dialog"
    return kind


def _states(element: Element) -> int:
    value, toggle, choice = (element.GetPattern(number) for number in (VALUE, TOGGLE, SELECT))
    enabled, shown = bool(element.IsEnabled), not element.IsOffscreen
    true = {
        "enabled": enabled, "sensitive": enabled, "showing": shown, "visible": shown,
        "focusable": bool(element.IsKeyboardFocusable), "focused": bool(element.HasKeyboardFocus),
        "editable": value is not None and not value.IsReadOnly, "read_only": value is not None and value.IsReadOnly,
        "checked": toggle is not None and toggle.ToggleState == _ON,
        "selected": choice is not None and bool(choice.IsSelected),
    }  # fmt: skip
    return sum(1 << STATES[name] for name, holds in true.items() if holds)


def _faces(element: Element) -> frozenset[str]:
    has = {number for number in (VALUE, TEXT, GRID, *_CLICKS) if element.GetPattern(number) is not None}
    faces = {
        "Component": True, "Text": bool(has & {VALUE, TEXT}), "EditableText": VALUE in has, "Table": GRID in has,
        "Action": bool(has & set(_CLICKS)),
    }  # fmt: skip
    return frozenset(name for name, known in faces.items() if known)


def _value(element: Element) -> str | None:
    """Its text; None where it holds none. A rich text's lines end as Windows writes them."""
    if (value := element.GetPattern(VALUE)) is not None:
        return str(value.Value)
    if (text := element.GetPattern(TEXT)) is not None:
        return str(text.DocumentRange.GetText(-1))
    return None


def _label(element: Element) -> str:
    """The path of what the program names as its label."""
    label = element.Element.CurrentLabeledBy
    return "-".join(map(str, label.GetRuntimeId())) if label else ""
