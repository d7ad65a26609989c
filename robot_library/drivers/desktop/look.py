"""One look at a program: which things a map's locator finds now. Nothing is pressed and nothing typed.

Where the program tells assistive technology what it shows, that is asked; where only pixels come, what stands written
is read. Pictures and areas are always pixels, of the program's front window.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from robot_library.drivers.desktop.accessibility import Absent, Accessibility, Node, Tree
from robot_library.drivers.desktop.capture import Box, Grey
from robot_library.drivers.desktop.cells import cells
from robot_library.drivers.desktop.coarse import Coarse
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.images import Hit, find_all
from robot_library.drivers.desktop.monitors import area_at
from robot_library.drivers.desktop.remote import FLAT, blank, small, steady
from robot_library.drivers.desktop.roles import roles
from robot_library.drivers.desktop.windows import Window, family_of
from robot_library.drivers.shown import Where, substitute, visible_text
from robot_library.errors import SetupError
from robot_library.model.screen import Locator

if TYPE_CHECKING:
    from robot_library.ocr.reader import Reader, Text

T = TypeVar("T")
_TYPED = ("text", "entry", "password text", "spin button", "paragraph", "terminal")
_TOP = ("frame", "dialog", "alert", "window", "file chooser")
UNREAD = "\ufffd"
"""Stands for what no reader could read."""
ONE_LINE = 44
"""Pixels of height below which a field has one line."""
_PICTURES_KEPT = 6
_MOST_CELLS = 600
_FRAME = 200
"""Pixels by which a window's four sides, put together, may lie off what its program says: frames and shadows."""


@dataclass(frozen=True)
class Thing:
    """One thing, found once. `text` is what it shows (never printed), `window` the X window it stands in."""

    box: Box
    window: int
    text: str = field(default="", repr=False)
    node: Node | None = None
    disabled: bool = False
    read_only: bool = False


class Reading:
    """Text read from pixels, and the pictures of a map: kept from look to look."""

    def __init__(self, pictures: Path) -> None:
        self._folder = pictures
        self._seen: dict[bytes, list[Text]] = {}
        self.largest = 0.0
        """Pixels of the largest window of a viewer that was seen: its picture."""
        self._pictures: dict[str, Grey] = {}
        self._coarse: Coarse | None = None
        self._hits: dict[str, list[Hit]] = {}

    @cached_property
    def reader(self) -> Reader:
        """Loaded when it is first needed."""
        from robot_library.ocr.reader import Reader

        return Reader(threads=2)

    def texts(self, grey: Grey) -> list[Text]:
        """What is written; a picture that was read lately is not read again: a caret blinks."""
        key = hashlib.sha256(grey.tobytes()).digest() + bytes(str(grey.shape), "ascii")
        texts = self._seen.pop(key, None)
        self._seen[key] = self.reader.read(grey) if texts is None else texts
        if len(self._seen) > _PICTURES_KEPT:
            self._seen.pop(next(iter(self._seen)))
        return self._seen[key]

    def block(self, grey: Grey) -> str:
        """What is written in a picture of one field: its line, or its lines."""
        if grey.shape[0] < ONE_LINE:
            return self.line(grey)
        return "\n".join(text.text for text in self.texts(grey))

    def line(self, grey: Grey) -> str:
        """The one line that is written in a small picture."""
        return self.reader.line(grey).text

    def hits(self, grey: Grey, name: str) -> list[Hit]:
        """Where a picture of the map is found; looked for anew only when a pixel has changed."""
        if self._coarse is None or not np.array_equal(self._coarse.grey, grey):
            self._coarse, self._hits = Coarse(grey), {}
        if name not in self._hits:
            self._hits[name] = find_all(self._coarse, self.picture(name))
        return self._hits[name]

    def picture(self, name: str) -> Grey:
        """A picture of the map. SetupError if it is not there."""
        if name not in self._pictures:
            import cv2

            path = self._folder / name
            found = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.is_file() else None
            if found is None:
                raise SetupError(f"The map's picture {name} is not there.", cure=f"It belongs into {self._folder}.")
            self._pictures[name] = np.asarray(found, np.uint8)
        return self._pictures[name]


class Look:
    """What a program shows at this moment."""

    def __init__(self, desk: Desk, pid: int, reading: Reading) -> None:
        self.desk, self._reading = desk, reading
        self._family = family_of(pid)

    @property
    def told(self) -> Accessibility:
        """What may be asked about its things."""
        return self.desk.accessibility

    @cached_property
    def windows(self) -> list[Window]:
        """Its windows, the front one last."""
        return [window for window in self.desk.windows.all() if window.pid in self._family]

    @cached_property
    def trees(self) -> list[Tree]:
        """What it tells of itself; empty for a remote program."""
        if self.desk.remote:
            return []
        tree = self.desk.accessibility.tree
        return [tree(bus) for bus in self.desk.accessibility.buses(self._family)]

    def shows(self, spec: Locator | None, where: Where) -> bool:
        """At least one such thing is there."""
        if spec is None:
            return False
        told = not self.desk.remote and spec.title is None and spec.image is None and spec.area is None
        return bool(self._found(spec, where) if told else self.find(spec, where))

    def find(self, spec: Locator, where: Where) -> list[Thing]:
        """Every thing that the locator finds."""
        if spec.title is not None:
            wanted = substitute(spec.title, where)
            return [
                Thing(Box(w.x, w.y, w.width, w.height), w.id, w.title)
                for w in self.windows if _same(wanted, w.title, spec.partly)
            ]  # fmt: skip
        if spec.image is not None:
            found = self._pictured(spec)
        elif spec.area is not None:
            return self._area(spec, where)
        elif self.desk.remote:
            found = self._written(spec, where)
        else:
            return [thing for tree, node in self._found(spec, where) for thing in self._things(tree, node)]
        return found if spec.near is None else self._nearest([(each.box, each) for each in found], spec.near, where)

    # ---- pixels ------------------------------------------------------------------------------------------

    def _front(self) -> Window | None:
        focused = self.desk.windows.focused()
        return next((w for w in reversed(self.windows) if w.id == focused), None)

    @cached_property
    def _pixels(self) -> tuple[Window, Grey] | None:
        """The front window and its pixels; None while another program's window has the keys."""
        front = self._front()
        if front is None:
            return None
        box = Box(front.x, front.y, front.width, front.height)
        if not self.desk.remote:
            return front, self.desk.capture.grey(box)
        if not small((front.width, front.height), self._screen(front)):
            self._reading.largest = max(self._reading.largest, float(front.width * front.height))
        return front, steady(self.desk.capture, box, self.desk.pace)

    @property
    def had_picture(self) -> bool:
        """The other machine's picture has been seen, now or before."""
        return self._reading.largest > 0

    @property
    def boxed(self) -> bool:
        """A viewer shows a box of its own in place of the other machine's picture."""
        if self._pixels is None:
            return False
        front = self._pixels[0]
        return small((front.width, front.height), self._reading.largest or self._screen(front))

    def _screen(self, window: Window) -> float:
        """Pixels of the monitor that a window's middle is on."""
        return area_at(self.desk.windows.link, window.x + window.width // 2, window.y + window.height // 2)

    @property
    def flat(self) -> bool:
        """The front window shows nothing."""
        return self._pixels is not None and float(self._pixels[1].std()) <= FLAT

    @property
    def written(self) -> list[str]:
        """All that stands written in the front window."""
        return [] if self._pixels is None else [text.text for text in self._reading.texts(self._pixels[1])]

    def _pictured(self, spec: Locator) -> list[Thing]:
        if (shown := self._pixels) is None or spec.image is None:
            return []
        window, grey = shown
        hits = self._reading.hits(grey, spec.image)
        return [Thing(hit.box._replace(x=hit.box.x + window.x, y=hit.box.y + window.y), window.id) for hit in hits]

    def _written(self, spec: Locator, where: Where) -> list[Thing]:
        if spec.text is None:
            return []
        wanted = substitute(spec.text, where)
        return [each for each in self.lines() if _same(wanted, each.text, spec.partly)]

    def lines(self) -> list[Thing]:
        """Each text that stands written in the front window, at its place."""
        if self._pixels is None:
            return []
        window, grey = self._pixels
        return [
            Thing(Box(t.x + window.x, t.y + window.y, t.width, t.height), window.id, t.text)
            for t in self._reading.texts(grey)
        ]

    @property
    def shown(self) -> tuple[Window, Grey] | None:
        """The front window and its pixels."""
        return self._pixels

    def _area(self, spec: Locator, where: Where) -> list[Thing]:
        anchors = self.find(spec.near, where) if spec.near is not None else []
        if len(anchors) != 1 or spec.area is None or self._pixels is None:
            return anchors if len(anchors) > 1 else []
        anchor, area = anchors[0], spec.area
        box = Box(anchor.box.x + area.x, anchor.box.y + area.y, area.width, area.height)
        return [Thing(box, anchor.window, self._standing(box))]

    def _standing(self, box: Box) -> str:
        """What stands in a box. On a remote window empty means that no pixel stands out; what does and cannot be read
        is never called empty."""
        if not self.desk.remote:
            return self._reading.line(self.desk.capture.grey(box))
        if blank(self.desk.capture, box):
            return ""
        return self._reading.block(steady(self.desk.capture, box, self.desk.pace)) or UNREAD

    def _nearest(self, found: Sequence[tuple[Box, T]], near: Locator, where: Where) -> list[T]:
        anchors = self.find(near, where)
        if len(anchors) != 1:
            return [] if not anchors else [each for _, each in found]
        gaps = [(_gap(box, anchors[0].box), each) for box, each in found if box != anchors[0].box]
        least = min((gap for gap, _ in gaps), default=0.0)
        return [each for gap, each in gaps if gap <= least]

    # ---- what the program tells --------------------------------------------------------------------------

    def _found(self, spec: Locator, where: Where) -> list[tuple[Tree, Node]]:
        """What the program tells of that the locator finds."""
        found = list(self._told(spec, where))
        if spec.near is None or not found:
            return found
        return self._nearest([(box, each) for each in found for box in self._boxes(each[1])], spec.near, where)

    def _boxes(self, node: Node) -> list[Box]:
        try:
            return [Box(*self.desk.accessibility.place(node))]
        except Absent:
            return []

    def _things(self, tree: Tree, node: Node) -> list[Thing]:
        """The thing, or nothing if it has gone meanwhile."""
        try:
            return [self.thing(tree, node)]
        except Absent:
            return []

    def _told(self, spec: Locator, where: Where) -> Iterator[tuple[Tree, Node]]:
        for tree in self.trees:
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
        found = {node.path for _, node in self._found(spec.inside, where)}
        return found if len(found) == 1 else set()

    def _candidates(self, tree: Tree, spec: Locator, where: Where, within: set[str] | None) -> Iterator[Node]:
        if spec.label is not None:
            yield from self._labelled(tree, substitute(spec.label, where), spec.partly)
        elif spec.text is not None:
            wanted = substitute(spec.text, where)
            yield from (n for n in tree if n.role not in _TYPED and _same(wanted, n.name, spec.partly))
        elif spec.role is not None:
            kinds = roles(spec.role)
            name = None if spec.name is None else substitute(spec.name, where)
            for node in tree:
                if node.role in kinds and (name is None or _same(name, node.name, spec.partly)):
                    yield node
            if "table cell" in kinds:
                grids = [node for node in tree if within is None or _in(tree, node, within)]
                yield from self._cells(grids, name, spec.partly)

    def _labelled(self, tree: Tree, wanted: str, partly: bool) -> Iterator[Node]:
        """What a label names, and what has such a name itself."""
        seen: set[str] = set()
        for node in tree:
            if not _same(wanted, node.name, partly):
                continue
            named = self._ask(self.desk.accessibility.label_for, node) if node.role == "label" else [node.path]
            for path in named:
                if path not in seen and (found := tree.at(path)) is not None:
                    seen.add(path)
                    yield found

    def _cells(self, nodes: Sequence[Node], name: str | None, partly: bool) -> Iterator[Node]:
        """Cells of this name in the tables that are shown, as far as a person would look."""
        told = self.desk.accessibility
        for table in nodes:
            if "Table" not in table.interfaces or not table.shown:
                continue
            rows, columns = told.size(table)
            for cell in cells(told, table, range(min(rows, _MOST_CELLS // max(1, columns))), range(columns)):
                if name is None or _same(name, cell.name, partly):
                    yield told.whole(cell)

    def _holds(self, tree: Tree, node: Node, spec: Locator, where: Where) -> bool:
        if spec.has_text is None:
            return True
        wanted = substitute(spec.has_text, where)
        return any(_same(wanted, each.name, spec.partly) for each in (node, *tree.below(node)))

    def thing(self, tree: Tree, node: Node) -> Thing:
        """A thing of the program's tree as it stands now."""
        told = self.desk.accessibility
        writable = node.has("editable") and not node.has("read_only")
        typed = node.role in _TYPED
        return Thing(
            Box(*told.place(node)), self.window_of(tree, node), self.text(tree, node), node,
            disabled=not node.has("sensitive"), read_only=typed and not writable,
        )  # fmt: skip

    def text(self, tree: Tree, node: Node) -> str:
        """What it shows: its text, the chosen entry of a list, whether a box is ticked, else its name."""
        told = self.desk.accessibility
        if node.role in ("check box", "radio button", "toggle button"):
            return "yes" if node.has("checked") else "no"
        if node.role == "combo box":
            entry = next((each for each in tree.below(node) if each.role in _TYPED), None)
            return told.text(entry) if entry is not None else node.name
        if node.role in _TYPED and "Text" in node.interfaces:
            return told.text(node)
        return node.name

    @staticmethod
    def top(tree: Tree, node: Node) -> Node | None:
        """The outermost frame or dialog that holds a thing."""
        tops = [holder for holder in (node, *tree.above(node)) if holder.role in _TOP]
        return tops[-1] if tops else None

    def window_of(self, tree: Tree, node: Node) -> int:
        """The X window that a node stands in: by its title, and by its place where several or none have it."""
        top = self.top(tree, node)
        if top is None:
            return 0
        same = [window for window in self.windows if window.title == top.name]
        if len(same) == 1:
            return same[0].id
        box = Box(*self.desk.accessibility.place(top))
        near = sorted((_apart(window, box), window.id) for window in same or self.windows)
        return near[0][1] if near and (same or near[0][0] <= _FRAME) else 0

    def _ask(self, question: Any, node: Node) -> list[str]:
        try:
            return list(question(node))
        except Absent:
            return []


def _in(tree: Tree, node: Node, within: set[str]) -> bool:
    return any(holder.path in within for holder in (node, *tree.above(node)))


def _same(wanted: str, shown: str, partly: bool) -> bool:
    wanted, shown = visible_text(wanted), visible_text(shown)
    return wanted in shown if partly else wanted == shown


def _apart(window: Window, box: Box) -> int:
    """Pixels between the sides of a window and a box, put together."""
    sides = (window.x - box.x, window.y - box.y, window.x + window.width - box.x - box.width)
    return sum(map(abs, (*sides, window.y + window.height - box.y - box.height)))


def _gap(one: Box, other: Box) -> float:
    """Pixels between two boxes; 0 where they touch."""
    across = max(one.x - other.x - other.width, other.x - one.x - one.width, 0)
    down = max(one.y - other.y - other.height, other.y - one.y - one.height, 0)
    return float(np.hypot(across, down))
