"""What programs tell assistive technology about their windows: AT-SPI over D-Bus, by jeepney alone.

A program's whole tree comes in one call (its cells of tables not among it: those are asked for by row and column).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from robot_library.drivers.desktop.cells import cells
from robot_library.drivers.desktop.display import Display
from robot_library.drivers.desktop.nodes import Absent, Node, Tree
from robot_library.drivers.desktop.roles import ROLES
from robot_library.errors import DriverLost, SetupError

_A11Y = "org.a11y.atspi."
_ROOT = "/org/a11y/atspi/accessible/root"
_CALL_S = 10.0
_AT_ONCE = 64
"""Questions that are under way together: more would fill the bus's pipes in both directions."""
_PROPERTIES = "org.freedesktop.DBus.Properties"
_LABEL_FOR, _LABELLED_BY = 1, 2
_SCREEN = 0

Question = tuple[Node, str, str, str, tuple[Any, ...]]
"""Of whom, which face, which method, the signature and what goes with it."""


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
            known = {node.path: node for node in (_node(bus, item) for item in items)}
            self._complete(known, {str(path): count for (_, path), *_, count in (item[:5] for item in items)})
        except Absent:
            return Tree([])
        return Tree([*known.values()])

    def _complete(self, known: dict[str, Node], counts: dict[str, Any]) -> None:
        """Add what is shown and missing: a program's cache leaves out what was put together before it was shown."""
        held = Counter(node.parent for node in known.values())
        gaps = [node for path, node in known.items() if _could_hold(node) and counts[path] != held[path]]
        while gaps:
            held_by = self.many([(holder, "Accessible", "GetChildren", "", ()) for holder in gaps])
            found = {
                str(path): Node(str(bus), str(path), holder.path, "", "", 0, frozenset())
                for holder, body in zip(gaps, held_by, strict=True) if body is not None for bus, path in body[0]
                if str(path) not in known
            }  # fmt: skip
            new = self._asked([*found.values()])
            known |= {node.path: node for node in new}
            gaps = [node for node in new if _could_hold(node)]

    def _asked(self, bare: Sequence[Node]) -> list[Node]:
        """These things, asked for by themselves; what kind of thing each is, once. What has gone is left out."""
        fresh = [node for node in bare if (node.bus, node.path) not in self._kinds]
        kinds = self.many([(node, "Accessible", "GetRole", "", ()) for node in fresh])
        faces = self.many([(node, "Accessible", "GetInterfaces", "", ()) for node in fresh])
        for node, role, face in zip(fresh, kinds, faces, strict=True):
            if role is not None and face is not None:
                words = frozenset(str(one).removeprefix(_A11Y) for one in face[0])
                self._kinds[node.bus, node.path] = ROLES.get(int(role[0]), "unknown"), words
        states = self.many([(node, "Accessible", "GetState", "", ()) for node in bare])
        return [
            Node(
                n.bus,
                n.path,
                n.parent,
                self._kinds[n.bus, n.path][0],
                name,
                _states(state),
                self._kinds[n.bus, n.path][1],
            )
            for n, name, state in zip(bare, self.names(bare), states, strict=True)
            if state is not None and (n.bus, n.path) in self._kinds
        ]

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
        return _states(self._on(node, "Accessible", "GetState"))

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

    def size(self, table: Node) -> tuple[int, int]:
        """Rows and columns."""
        return int(self._get(table, "Table", "NRows")), int(self._get(table, "Table", "NColumns"))

    def whole(self, bare: Node) -> Node:
        """A bare cell with its states and faces."""
        states, faces = self.states(bare), self._faces(bare)
        return Node(bare.bus, bare.path, bare.parent, bare.role, bare.name, states, faces)

    def cells(self, table: Node, rows: range, columns: Sequence[int]) -> Iterator[Node]:
        """See `cells.cells`."""
        return cells(self, table, rows, columns)

    def header(self, table: Node, column: int) -> str:
        """What stands over a column."""
        return str(self._on(table, "Table", "GetColumnDescription", "i", (column,))[0])

    def _faces(self, node: Node) -> frozenset[str]:
        return frozenset(str(one).removeprefix(_A11Y) for one in self._on(node, "Accessible", "GetInterfaces")[0])

    # ---- the bus -----------------------------------------------------------------------------------------

    def names(self, nodes: Sequence[Node]) -> list[str]:
        """Their names now; empty for what has gone."""
        ask = (_A11Y + "Accessible", "Name")
        return [
            "" if body is None else str(body[0][1])
            for body in self._many([(node, _PROPERTIES, "Get", "ss", ask) for node in nodes])
        ]

    def many(self, questions: Sequence[Question]) -> list[Any]:
        """Answers to questions that are asked without waiting for each other's; None for what a program has not."""
        return self._many([(node, _A11Y + face, *rest) for node, face, *rest in questions])

    def _many(self, questions: Sequence[Any]) -> list[Any]:
        from jeepney import DBusAddress, HeaderFields, MessageType, new_method_call

        answers: list[Any] = [None] * len(questions)
        for start in range(0, len(questions), _AT_ONCE):
            waiting: dict[int, int] = {}
            try:
                for index in range(start, min(start + _AT_ONCE, len(questions))):
                    node, face, method, signature, body = questions[index]
                    call = new_method_call(DBusAddress(node.path, node.bus, face), method, signature or None, body)
                    waiting[next(self._link.outgoing_serial)] = index
                    self._link.send(call, serial=max(waiting))
                while waiting:
                    answer = self._link.receive(timeout=_CALL_S)
                    index = waiting.pop(answer.header.fields.get(HeaderFields.reply_serial, -1), -1)
                    if index >= 0 and answer.header.message_type != MessageType.error:
                        answers[index] = answer.body
            except TimeoutError:
                raise Absent("The program does not answer.") from None
            except OSError:
                raise DriverLost("The accessibility bus is gone.", cure="The part starts anew.") from None
        return answers

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


def _states(body: Any) -> int:
    low, high = body[0]
    return int(low) | int(high) << 32


def _could_hold(node: Node) -> bool:
    """It may hold things that are shown. A grid's cells are asked for by row and column."""
    return (node.shown or node.role == "application") and "Table" not in node.interfaces and node.role != "table cell"


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
