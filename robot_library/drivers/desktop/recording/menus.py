"""What is chosen in an open menu. The program holds the mouse then, and nothing can be held: it is heard afterwards,
from the server's record of its devices, at the place where an entry stood when it was looked at last."""

from __future__ import annotations

import queue
from collections.abc import Callable

from robot_library.drivers.desktop.capture import Box
from robot_library.drivers.desktop.display import Display
from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.nodes import Absent
from robot_library.drivers.desktop.recording.sight import Seen, finds, named_button
from robot_library.drivers.desktop.watch import Record
from robot_library.model.heard import Heard, Press
from robot_library.model.labels import looks_final

_PRESS, _RELEASE, _LEFT = 4, 5, 1


class Menus:
    """Of all programs that are recorded. Its record has threads and connections of its own; ends with `close`."""

    def __init__(self, display: Display, hear: Callable[[Heard], None]) -> None:
        self._hear = hear
        self._open = False
        self._entries: list[tuple[Box, Press]] = []
        self._strokes: queue.SimpleQueue[tuple[int, int, int]] = queue.SimpleQueue()
        self._record = Record(display, self._heard)

    def close(self) -> None:
        """Hear nothing more."""
        self._record.close()

    def _heard(self, kind: int, detail: int, x: int, y: int) -> None:
        if kind in (_PRESS, _RELEASE) and detail == _LEFT:
            self._strokes.put((kind, x, y))

    def opened(self) -> None:
        """A press that opens a menu goes to its program."""
        self._open = True

    def over(self) -> None:
        """A press was held again: no menu is open any more. The last press that was heard is this one."""
        strokes = self._drained()
        last = max((index for index, one in enumerate(strokes) if one[0] == _PRESS), default=len(strokes))
        self._choose(strokes[:last])
        self._open, self._entries = False, []

    def look(self, look: Look, seen: Seen) -> None:
        """Where the entries of an open menu stand, and what finds them."""
        if not self._open:
            return
        found: list[tuple[Box, Press]] = []
        for tree in look.trees:
            for node in tree:
                if not node.shown or not node.role.endswith("menu item") or not node.name:
                    continue
                try:
                    box = Box(*look.told.place(node))
                except Absent:
                    continue
                way = named_button(node)
                alone = len(finds(look, way)) == 1
                why = "by its name" if looks_final(node.name) else ""
                press = Press(seen.sight, node.name, "menu item", (way,) if alone else (), final=why, listed=True)
                found.append((box, press))
        self._entries = found or self._entries  # what was just chosen has closed the menu

    def chosen(self) -> None:
        """Tell of the entry on which the mouse was let go, if on any."""
        self._choose(self._drained())

    def _drained(self) -> list[tuple[int, int, int]]:
        found = []
        while not self._strokes.empty():
            found.append(self._strokes.get())
        return found

    def _choose(self, strokes: list[tuple[int, int, int]]) -> None:
        for x, y in ((x, y) for kind, x, y in strokes if kind == _RELEASE):
            hit = [press for box, press in self._entries if 0 <= x - box.x < box.width and 0 <= y - box.y < box.height]
            if len(hit) == 1:
                self._entries, self._open = [], False
                self._hear(hit[0])
