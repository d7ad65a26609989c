"""The clipboard as a way into one program: only the window that must get a text is given it; nothing stays.

We own the selection while the paste lasts and see who asks for it; a clipboard manager, or a window that has taken the
keys meanwhile, is refused. On a person's own display, text that was there before is put back.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import Any

from robot_library.drivers.desktop.display import Display, reached
from robot_library.drivers.desktop.windows import Windows
from robot_library.errors import TypingNotProven

_MOST = 200_000
"""Bytes that go over in one piece."""
_ASKED_AGAIN_S = 0.1


class Clipboard:
    """A connection of its own to one display."""

    def __init__(self, display: Display, windows: Windows) -> None:
        from Xlib.display import Display as Connection

        self._display, self._windows, self._x = display, windows, windows.x
        with reached(display):
            self._link: Any = Connection(display.name)
        self._own = self._link.screen().root.create_window(0, 0, 1, 1, 0, self._link.screen().root_depth)
        self._clip, self._utf8, self._targets, self._into = (
            self._link.intern_atom(name) for name in ("CLIPBOARD", "UTF8_STRING", "TARGETS", "WETREAD_CLIP")
        )

    def close(self) -> None:
        """Leave the display; what was ours goes with us."""
        self._link.close()

    def give(self, text: str, window: int, paste: Callable[[], None], seconds: float = 3.0) -> bool:
        """Offer `text` to the program of `window` while `paste` asks it to take it; whether it took it."""
        data = text.encode()
        if len(data) > _MOST:
            raise TypingNotProven("The text is too long for one paste.")
        before = None if self._display.private else self.text()
        self._own.set_selection_owner(self._clip, self._x.CurrentTime)
        self._link.sync()
        try:
            paste()
            return self._serve(data, self._windows.owner(window), seconds)
        finally:
            self._let_go()
            if before:
                self._put_back(before)

    def clear(self) -> None:
        """Hold an empty clipboard, so that what is copied next can be told from what was there."""
        self._own.set_selection_owner(self._clip, self._x.CurrentTime)
        self._let_go()

    def text(self, seconds: float = 1.0) -> str | None:
        """Text that another program holds for pasting; None if there is none."""
        if self._link.get_selection_owner(self._clip) == self._x.NONE:
            return None
        self._own.delete_property(self._into)
        self._own.convert_selection(self._clip, self._utf8, self._into, self._x.CurrentTime)
        event = self._next(lambda e: e.type == self._x.SelectionNotify, time.monotonic() + seconds)
        if event is None or event.property == self._x.NONE:
            return None
        held = self._own.get_full_property(self._into, self._x.AnyPropertyType)
        self._own.delete_property(self._into)
        if held is None or held.property_type != self._utf8:
            return None
        return held.value.decode("utf-8", "replace") if isinstance(held.value, bytes) else str(held.value)

    def _let_go(self) -> None:
        from Xlib.protocol import request

        request.SetSelectionOwner(
            display=self._link.display, window=self._x.NONE, selection=self._clip, time=self._x.CurrentTime
        )
        self._link.sync()

    def _serve(self, data: bytes, owner: int, seconds: float) -> bool:
        """Answer who asks until the right program has taken the text and asks no more; all others are refused."""
        end, taken = time.monotonic() + seconds, False
        while (event := self._next(lambda e: e.type == self._x.SelectionRequest, end)) is not None:
            if self._windows.owner(event.requestor.id) != owner:
                self._tell(event, self._x.NONE)
            elif self._answer(event, data):
                taken, end = True, time.monotonic() + _ASKED_AGAIN_S
        return taken

    def _answer(self, event: Any, data: bytes) -> bool:
        """Put what is asked for where the asker wants it; whether that was the text."""
        from Xlib import Xatom

        into = event.property if event.property != self._x.NONE else event.target
        if event.target == self._targets:
            event.requestor.change_property(into, Xatom.ATOM, 32, [self._targets, self._utf8])
        elif event.target == self._utf8:
            event.requestor.change_property(into, self._utf8, 8, data)
        else:
            into = self._x.NONE
        self._tell(event, into)
        return bool(event.target == self._utf8)

    def _tell(self, event: Any, into: int) -> None:
        from Xlib.protocol.event import SelectionNotify

        answer = SelectionNotify(
            time=event.time, requestor=event.requestor, selection=event.selection, target=event.target, property=into
        )
        event.requestor.send_event(answer, event_mask=0, propagate=False)
        self._link.flush()

    def _next(self, wanted: Callable[[Any], bool], end: float) -> Any:
        """The next event of a kind, or None when its time is over."""
        while True:
            while self._link.pending_events():
                event = self._link.next_event()
                if wanted(event):
                    return event
            left = end - time.monotonic()
            if left <= 0:
                return None
            select.select([self._link.fileno()], [], [], min(left, 0.05))

    def _put_back(self, text: str) -> None:
        import pyperclip

        with reached(self._display):
            pyperclip.copy(text)
