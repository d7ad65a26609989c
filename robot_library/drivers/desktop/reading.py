"""Text read from pixels, and the pictures of a map, kept from look to look."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from robot_library.drivers.desktop.capture import Grey
from robot_library.drivers.desktop.coarse import Coarse
from robot_library.drivers.desktop.images import Hit, find_all
from robot_library.errors import SetupError

if TYPE_CHECKING:
    from robot_library.ocr.reader import Reader, Text

ONE_LINE = 44
"""Pixels of height below which a field has one line."""
_PICTURES_KEPT = 6


class Reading:
    """Text read from pixels, and the pictures of a map: kept from look to look. `pictures`: folders where they are, the
    first that has one wins."""

    def __init__(self, *pictures: Path) -> None:
        self._folders = pictures
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

            path = next((one / name for one in self._folders if (one / name).is_file()), None)
            found = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path is not None else None
            if found is None:
                cure = f"It belongs into {self._folders[0]}." if self._folders else ""
                raise SetupError(f"The map's picture {name} is not there, or is none.", cure=cure)
            self._pictures[name] = np.asarray(found, np.uint8)
        return self._pictures[name]
