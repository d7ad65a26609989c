"""What programs tell assistive technology about their windows: AT-SPI over D-Bus, by jeepney alone.

A program's whole tree comes in one call (its cells of tables not among it: those are asked for by row and column).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from robot_library.drivers.desktop.display import Display
from robot_library.drivers.desktop.roles import ROLES
from robot_library.errors import DriverLost, SetupError

_A11Y = "org.a11y.atspi."
_ROOT = "/org/a11y/atspi/accessible/root"
_CALL_S = 10.0
_STATES = {
    "active": 1, "busy": 3, "checked": 4, "defunct": 6, "editable": 7, "enabled": 8, "focusable": 11,
    "focused": 12, "modal": 16, "multi_line": 17, "selected": 23, "sensitive": 24, "showing": 25, "visible": 30,
    "read_only": 43,
}  # fmt: skip
_LABEL_FOR, _LABELLED_BY = 1, 2
_SCREEN = 0


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
    return bool(states >> _STATES[state] & 1)


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


class Accessibility:
    """A connection to a display's accessibility bus. Used by one thread at a time."""

    def __init__(self, display: Display) -> None:
        try:
            from jeepney import DBusAddress
            from jeepney.io.blocking import open_dbus_connection
        except ImportError:
            raise SetupError("The desktop extra is not installed.", cure="pip install 'wetread[desktop]'") from None
        bus = display.env.get("DBUS_SESSION_BUS_ADDRESS")
        if not bus:
            raise SetupError("This desktop has no session bus.", cure="Use 'display: private', or OCR and images only.")
        session = open_dbus_connection(bus)
        try:
            self._link = session
            door = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
            address = self._ask(door, "GetAddress")[0]
            status = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.freedesktop.DBus.Properties")
            self._ask(status, "Set", "ssv", ("org.a11y.Status", "IsEnabled", ("b", True)))
        finally:
            session.close()
        self._link = open_dbus_connection(address)
        self._kinds: dict[tuple[str, str], tuple[str, frozenset[str]]] = {}
        self.listen()

    def listen(self) -> None:
        """Make programs keep a tree that can be had in one call. To be called before a program starts: one that
        starts in the same moment may miss that somebody listens."""
        from jeepney import DBusAddress

        listens = DBusAddress("/org/a11y/atspi/registry", _A11Y + "Registry", _A11Y + "Registry")
        self._ask(listens, "RegisterEvent", "sass", ("object:announcement", [], ""))

    def close(self) -> None:
        """Leave the bus."""
        self._link.close()

    # ---- programs ----------------------------------------------------------------------------------------

    def buses(self, pids: set[int]) -> list[str]:
        """Addresses of the programs that these processes are."""
        found: list[str] = []
        for bus, _ in self._call(_A11Y + "Registry", _ROOT, "Accessible", "GetChildren")[0]:
            if bus not in found and self._pid(bus) in pids:
                found.append(bus)
        return found

    def tree(self, bus: str) -> Tree:
        """A program's things as they are now; empty if it is gone or keeps no tree."""
        try:
            items = self._call(bus, "/org/a11y/atspi/cache", "Cache", "GetItems")[0]
        except Absent:
            return Tree([])
        known = {node.path: node for node in (_node(bus, item) for item in items)}
        self._complete(known, {str(path): count for (_, path), *_, count in (item[:5] for item in items)})
        return Tree([*known.values()])

    def _complete(self, known: dict[str, Node], counts: dict[str, Any]) -> None:
        """Add what is shown and missing: a program's cache leaves out what was put together before it was shown."""
        held = Counter(node.parent for node in known.values())
        gaps = [node for path, node in known.items() if _could_hold(node) and counts[path] != held[path]]
        while gaps:
            holder = gaps.pop()
            try:
                for bus, path in self.children(holder):
                    if path not in known:
                        known[path] = self._node(bus, path, holder.path)
                        gaps += [known[path]] if _could_hold(known[path]) else []
            except Absent:
                continue

    def _node(self, bus: str, path: str, parent: str) -> Node:
        """One thing, asked for by itself; what kind of thing it is, once."""
        bare = Node(bus, path, parent, "", "", 0, frozenset())
        if (bus, path) not in self._kinds:
            role = int(self._on(bare, "Accessible", "GetRole")[0])
            self._kinds[bus, path] = ROLES.get(role, "unknown"), self._faces(bare)
        role_word, faces = self._kinds[bus, path]
        return Node(bus, path, parent, role_word, self.name(bare), self.states(bare), faces)

    def _pid(self, bus: str) -> int:
        from jeepney import DBusAddress

        door = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        try:
            return int(self._ask(door, "GetConnectionUnixProcessID", "s", (bus,))[0])
        except Absent:
            return 0

    # ---- one thing ---------------------------------------------------------------------------------------

    def states(self, node: Node) -> int:
        """Its states now."""
        low, high = self._on(node, "Accessible", "GetState")[0]
        return int(low) | int(high) << 32

    def name(self, node: Node) -> str:
        """Its name now."""
        return str(self._get(node, "Accessible", "Name"))

    def place(self, node: Node) -> tuple[int, int, int, int]:
        """Left, top, width and height on the screen, in pixels."""
        x, y, width, height = self._on(node, "Component", "GetExtents", "u", (_SCREEN,))[0]
        return int(x), int(y), int(width), int(height)

    def text(self, node: Node) -> str:
        """All text it holds."""
        return str(self._on(node, "Text", "GetText", "ii", (0, -1))[0])

    def length(self, node: Node) -> int:
        """How many characters it holds (of a password, too)."""
        return int(self._get(node, "Text", "CharacterCount"))

    def set_text(self, node: Node, text: str) -> bool:
        """Exchange its whole text; whether the program says it did."""
        return bool(self._on(node, "EditableText", "SetTextContents", "s", (text,))[0])

    def select_all(self, node: Node) -> None:
        """Select its whole text."""
        self._on(node, "Text", "AddSelection", "ii", (0, self.length(node)))

    def focus(self, node: Node) -> bool:
        """Give it the keys, inside its window."""
        return bool(self._on(node, "Component", "GrabFocus")[0])

    def act(self, node: Node) -> bool:
        """Do what a click does; whether the program says it did. False also where it knows no such thing."""
        if "Action" not in node.interfaces or int(self._get(node, "Action", "NActions")) < 1:
            return False
        return bool(self._on(node, "Action", "DoAction", "i", (0,))[0])

    def labelled_by(self, node: Node) -> list[str]:
        """Paths of the labels that name it."""
        return self._related(node, _LABELLED_BY)

    def label_for(self, node: Node) -> list[str]:
        """Paths of what it names as a label."""
        return self._related(node, _LABEL_FOR)

    def _related(self, node: Node, kind: int) -> list[str]:
        return [path for found, ends in self._on(node, "Accessible", "GetRelationSet")[0] if found == kind
                for _, path in ends]  # fmt: skip

    def children(self, node: Node) -> list[tuple[str, str]]:
        """Address and path of what it holds."""
        return [(str(bus), str(path)) for bus, path in self._on(node, "Accessible", "GetChildren")[0]]

    def size(self, table: Node) -> tuple[int, int]:
        """Rows and columns."""
        return int(self._get(table, "Table", "NRows")), int(self._get(table, "Table", "NColumns"))

    def cell(self, table: Node, row: int, column: int) -> Node:
        """One cell of a table. One that holds several, such as a picture and a word, has their words."""
        cell = self.bare_cell(table, row, column)
        return Node(cell.bus, cell.path, table.path, cell.role, cell.name, self.states(cell), self._faces(cell))

    def bare_cell(self, table: Node, row: int, column: int) -> Node:
        """As `cell`, without its states: half the questions."""
        bus, path = self._on(table, "Table", "GetAccessibleAt", "ii", (row, column))[0]
        cell = Node(str(bus), str(path), table.path, "table cell", "", 0, frozenset())
        name = self.name(cell)
        if not name:
            parts = (Node(part, at, path, "", "", 0, frozenset()) for part, at in self.children(cell))
            name = " ".join(word for part in parts if (word := self.name(part)))
        return Node(cell.bus, cell.path, table.path, cell.role, name, 0, frozenset())

    def header(self, table: Node, column: int) -> str:
        """What stands over a column."""
        return str(self._on(table, "Table", "GetColumnDescription", "i", (column,))[0])

    def _faces(self, node: Node) -> frozenset[str]:
        return frozenset(str(one).removeprefix(_A11Y) for one in self._on(node, "Accessible", "GetInterfaces")[0])

    # ---- the bus -----------------------------------------------------------------------------------------

    def _on(self, node: Node, face: str, method: str, signature: str = "", body: tuple[Any, ...] = ()) -> Any:
        return self._call(node.bus, node.path, face, method, signature, body)

    def _call(
        self, bus: str, path: str, face: str, method: str, signature: str = "", body: tuple[Any, ...] = ()
    ) -> Any:
        from jeepney import DBusAddress

        return self._ask(DBusAddress(path, bus, _A11Y + face), method, signature, body)

    def _get(self, node: Node, face: str, name: str) -> Any:
        from jeepney import DBusAddress

        door = DBusAddress(node.path, node.bus, "org.freedesktop.DBus.Properties")
        return self._ask(door, "Get", "ss", (_A11Y + face, name))[0][1]

    def _ask(self, door: Any, method: str, signature: str = "", body: tuple[Any, ...] = ()) -> Any:
        from jeepney import MessageType, new_method_call

        question = new_method_call(door, method, signature or None, body)
        try:
            answer = self._link.send_and_get_reply(question, timeout=_CALL_S)
        except TimeoutError:
            raise Absent("The program does not answer.") from None
        except OSError:
            raise DriverLost("The accessibility bus is gone.", cure="The part starts anew.") from None
        if answer.header.message_type == MessageType.error:
            raise Absent("The program no longer has this.")
        return answer.body


def _could_hold(node: Node) -> bool:
    """It may hold things that are shown. A grid's cells are asked for by row and column."""
    return (node.shown or node.role == "application") and "Table" not in node.interfaces and node.role != "table cell"


class Absent(DriverLost):
    """What was asked about is gone, or never knew that question: look again."""


def _node(bus: str, item: tuple[Any, ...]) -> Node:
    # AT-SPI 2.46: itself, program, parent, index, number of children, interfaces, name, role, description, states.
    # Before 2.12 the list of children stood in place of index and number.
    (_, path), _, (_, parent), *_ = item
    faces, name, role, _, states = item[-5:]
    low, high = states
    return Node(
        bus, str(path), str(parent), ROLES.get(int(role), "unknown"), str(name), int(low) | int(high) << 32,
        frozenset(str(face).removeprefix(_A11Y) for face in faces),
    )  # fmt: skip
