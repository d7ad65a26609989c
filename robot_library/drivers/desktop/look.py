"""One look at a program: which things a map's locator finds now. Nothing is pressed and nothing typed.

Where the program tells assistive technology what it shows, that is asked; where only pixels come, what stands written
is read. Pictures and areas are always pixels, of the program's front window.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np

from robot_library.drivers.desktop.capture import Box, Grey
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.monitors import area_at
from robot_library.drivers.desktop.nodes import Tree
from robot_library.drivers.desktop.reading import Reading
from robot_library.drivers.desktop.remote import FLAT, blank, small, steady
from robot_library.drivers.desktop.telling import Telling
from robot_library.drivers.desktop.tells import Tells
from robot_library.drivers.desktop.thing import Thing, same, wanted_text
from robot_library.drivers.desktop.windows import Window, family_of
from robot_library.drivers.shown import Where
from robot_library.model.screen import Locator

T = TypeVar("T")
UNREAD = "\ufffd"
"""Stands for what no reader could read."""


class Look:
    """What a program shows at this moment."""

    def __init__(self, desk: Desk, pid: int, reading: Reading) -> None:
        self.desk, self._reading = desk, reading
        self._family = family_of(pid)
        self.tells = Tells(desk, self)
        """What the program tells of itself."""

    @property
    def told(self) -> Telling:
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
        return bool(self.tells.found(spec, where) if told else self.find(spec, where))

    def find(self, spec: Locator, where: Where) -> list[Thing]:
        """Every thing that the locator finds."""
        if spec.title is not None:
            wanted = wanted_text(spec.title, spec, where)
            return [
                Thing(Box(w.x, w.y, w.width, w.height), w.id, w.title)
                for w in self.windows if same(wanted, w.title)
            ]  # fmt: skip
        if spec.image is not None:
            found = self._pictured(spec)
        elif spec.area is not None:
            return self._area(spec, where)
        elif self.desk.remote:
            found = self._written(spec, where)
        else:
            return [thing for tree, node in self.tells.found(spec, where) for thing in self.tells.things(tree, node)]
        return found if spec.near is None else self.nearest([(each.box, each) for each in found], spec.near, where)

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
        return [_pictured(window, grey, hit.box, score=hit.score) for hit in hits]

    def _written(self, spec: Locator, where: Where) -> list[Thing]:
        if spec.text is None:
            return []
        wanted = wanted_text(spec.text, spec, where)
        return [each for each in self.lines() if same(wanted, each.text)]

    def lines(self) -> list[Thing]:
        """Each text that stands written in the front window, at its place."""
        if self._pixels is None:
            return []
        window, grey = self._pixels
        return [
            _pictured(window, grey, Box(t.x, t.y, t.width, t.height), t.text, t.score)
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

    def nearest(self, found: Sequence[tuple[Box, T]], near: Locator, where: Where) -> list[T]:
        """Of these, at these places, the ones nearest to the anchor; all of them where there are several anchors."""
        anchors = self.find(near, where)
        if len(anchors) != 1:
            return [] if not anchors else [each for _, each in found]
        gaps = [(_gap(box, anchors[0].box), each) for box, each in found if box != anchors[0].box]
        least = min((gap for gap, _ in gaps), default=0.0)
        return [each for gap, each in gaps if gap <= least]


def _pictured(window: Window, grey: Grey, box: Box, text: str = "", score: float | None = None) -> Thing:
    """What was found in the picture of a window, and what it looks like."""
    there = box._replace(x=box.x + window.x, y=box.y + window.y)
    looks = np.ascontiguousarray(grey[max(0, box.y) : box.y + box.height, max(0, box.x) : box.x + box.width])
    return Thing(there, window.id, text, seen=looks, score=score)


def _gap(one: Box, other: Box) -> float:
    """Pixels between two boxes; 0 where they touch."""
    across = max(one.x - other.x - other.width, other.x - one.x - one.width, 0)
    down = max(one.y - other.y - other.height, other.y - one.y - one.height, 0)
    return float(np.hypot(across, down))
