"""What the window says that a person brings to the front: what its program tells of it, then what is written in it.

For their own eyes: nothing is pressed or typed, and nothing of it is kept. An X display only, so far.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator, Sequence

from robot_library.drivers.desktop.capture import Box
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.display import Display, own_display
from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.nodes import Absent, Node, Tree
from robot_library.drivers.desktop.reading import Reading
from robot_library.drivers.desktop.windows import Window
from robot_library.errors import DriverLost, ScreenNotReached, SetupError
from robot_library.ocr.reader import installed

_POLL_S, _REST_S = 0.05, 5.0


class Front:
    """Of one display: the person's own, unless another one is given. SetupError where there is none."""

    def __init__(self, display: Display | None = None) -> None:
        if any(importlib.util.find_spec(name) is None for name in ("Xlib", "mss")):
            raise SetupError("The desktop extra is not installed.", cure="pip install 'wetread[desktop]'")
        self._display = display if display is not None else own_display()

    def texts(self, seconds: float) -> Iterator[Sequence[str]]:
        """Wait until another window than now is in front; then its title with what its program tells of it, then, if
        that is asked for too, what stands written in it. ScreenNotReached if none comes in time, or if it is gone.

        A patient's name may be among the texts: never printed.
        """
        desk = Desk(self._display)
        try:
            window = _comes(desk, seconds)
            look = Look(desk, window.pid, Reading())
            yield [window.title, *_told(look, window)]
            if installed():
                grey = desk.capture.still(
                    Box(window.x, window.y, window.width, window.height), _REST_S, lambda: _stays(desk, window)
                )
                yield [text.text for text in Reading().texts(grey)]
        finally:
            desk.close()


def _comes(desk: Desk, seconds: float) -> Window:
    before, end = desk.windows.focused(), time.monotonic() + seconds
    while (now := desk.windows.focused()) in (0, before):
        if time.monotonic() > end:
            raise ScreenNotReached("No other window came to the front.", cure="Press the button, then go to it.")
        time.sleep(_POLL_S)
    return next(window for window in desk.windows.all() if window.id == now)


def _stays(desk: Desk, window: Window) -> None:
    """What lies over it would be read in its stead."""
    if desk.windows.focused() != window.id:
        raise ScreenNotReached("The window left the front before it was read.", cure="Stay in it for a moment.")


def _told(look: Look, window: Window) -> list[str]:
    """Names and texts of what this one window shows, if its program tells them to anybody. No password."""
    try:
        things = [(tree, node) for tree in look.trees for node in tree if node.shown and node.role != "password text"]
    except (SetupError, DriverLost):
        return []
    return [text for tree, node in things if (text := _text(look, window, tree, node))]


def _text(look: Look, window: Window, tree: Tree, node: Node) -> str:
    try:
        text = look.tells.text(tree, node)
        return text if text and look.tells.window_of(tree, node) == window.id else ""
    except Absent:
        return ""
