"""One program that is recorded: what was seen of it last, and what was typed in it since somebody came into a box."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from robot_library.drivers.desktop.recording.sight import Box, Eye, Seen
from robot_library.model.heard import Looked, Typed
from robot_library.model.labels import IDENTITY, looks_up, meaning


@dataclass
class Program:
    """One program. `typed`: by screen, labels of what was typed there, searches not among it."""

    role: str
    process: subprocess.Popen[bytes]
    eye: Eye
    seen: Seen | None = None
    looked: float = 0.0
    """When it was looked at last."""
    typed: dict[str, list[str]] = field(default_factory=dict)
    _told: object = None
    _touched: dict[str, str] = field(default_factory=dict, repr=False)
    """Path of each box that the author was in → what stood there before."""

    def typed_here(self) -> list[str]:
        """Labels of what was typed on the screen that is shown, searches not among it."""
        return self.typed.get(self.seen.sight.url, []) if self.seen is not None else []

    def take(self, seen: Seen) -> Looked | None:
        """A look in passing; what is to be told of it. Nothing while the screen is still being put together."""
        before, self.seen = self.seen, seen
        if before is not None and before.made != seen.made:
            return None
        now = (seen.made, [(box.field.label, box.field.value) for box in seen.boxes.values() if not box.secret])
        if now == self._told:
            return None
        self._told = now
        self.typed = {place: labels for place, labels in self.typed.items() if place == seen.sight.url}
        return Looked(seen.sight)

    def come_into(self, path: str, value: str) -> None:
        """The author is in this box, where this stood."""
        self._touched.setdefault(path, value)

    def tabbed(self, seen: Seen) -> None:
        """Whoever goes from box to box by the Tab key is in a box that nobody has pressed."""
        if seen.focused in seen.boxes and self.seen is not None and (before := self.seen.boxes.get(seen.focused)):
            self.come_into(seen.focused, before.field.value)

    def changed(self, seen: Seen) -> Iterator[Typed]:
        """Every box whose text is another one since the author came into it."""
        for path, before in list(self._touched.items()):
            box = seen.boxes.get(path)
            if box is None:
                del self._touched[path]
            elif box.field.box and box.field.value != before:
                self._touched[path] = box.field.value
                yield self._typed(seen, box, before)

    def _typed(self, seen: Seen, box: Box, before: str) -> Typed:
        label = box.field.label
        search = looks_up(label) or (meaning(label) in IDENTITY and not seen.record)
        if not search and not box.secret:
            self.typed.setdefault(seen.sight.url, []).append(label)
        told = replace(box.field, value="") if box.secret else box.field
        choice = box.node.role == "combo box"
        return Typed(seen.sight, told, box.secret, choice, search, not before and not box.secret)
