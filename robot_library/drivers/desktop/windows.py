"""Windows on an X display, by the window manager's own book (EWMH): which there are, which one has the keys."""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import psutil

from robot_library.drivers.desktop.display import Display, reached
from robot_library.errors import DriverLost, ScreenNotReached, SetupError

_FROM_PAGER = 2
_CAPS, _GROUP = 0x2, 0x6000
_HELD = 0x1 | 0x4 | 0x8 | 0x40
"""Shift, Control, Alt and Super in a pointer's mask; the keyboard's group (its layout) stands in two bits above."""


@dataclass(frozen=True)
class Window:
    """One window: its id, title (a patient's name may stand in it: never printed), process, class and place."""

    id: int
    title: str
    pid: int
    name: str
    x: int
    y: int
    width: int
    height: int

    def __repr__(self) -> str:
        return f"Window({self.id:#x}, {self.name!r})"


class Windows:
    """A connection to one display. Used by one thread at a time."""

    def __init__(self, display: Display) -> None:
        try:
            from Xlib import X, Xatom, error
            from Xlib.display import Display as Connection
        except ImportError:
            raise SetupError("The desktop extra is not installed.", cure="pip install 'wetread[desktop]'") from None
        self.x, self._atoms_of = X, Xatom
        self.gone = (error.ConnectionClosedError, OSError)
        self._bad = (error.XError,)
        self.link: Any = None
        with reached(display), warnings.catch_warnings(), contextlib.suppress(*_refusals(error)):
            warnings.simplefilter("ignore", ResourceWarning)  # Xlib leaves its socket open where it is refused
            self.link = Connection(display.name)
        if self.link is None:
            raise SetupError(
                f"The display {display.name} cannot be opened.", cure="Is it there, and is XAUTHORITY right?"
            )
        self.root = self.link.screen().root

    def __enter__(self) -> Windows:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Leave the display."""
        try:
            self.link.close()
        except self.gone:
            return

    # ---- what there is -----------------------------------------------------------------------------------

    @property
    def managed(self) -> bool:
        """A window manager that keeps the book is there."""
        return bool(self._property(self.root, "_NET_SUPPORTING_WM_CHECK")) and bool(
            self._property(self.root, "_NET_SUPPORTED")
        )

    def all(self) -> list[Window]:
        """Every window of a program, the front one last."""
        ids = self._property(self.root, "_NET_CLIENT_LIST_STACKING") or self._property(self.root, "_NET_CLIENT_LIST")
        return [window for each in ids or () if (window := self._window(each)) is not None]

    def of(self, pid: int) -> list[Window]:
        """Windows of a process and of those it has started, the front one last."""
        family = family_of(pid)
        return [window for window in self.all() if window.pid in family]

    def focused(self) -> int:
        """Id of the program's window that gets the keys now; 0 for none."""
        with self._reached():
            return self._top(self.link.get_input_focus().focus)

    def at(self, x: int, y: int) -> int:
        """Id of the program's window that lies on top at a point of the screen; 0 for none."""
        with self._reached():
            spot = self.root.translate_coords(self.root, x, y)
            return self._top(spot.child) if spot.child else 0

    def owner(self, window: int) -> int:
        """Which connection to the display a window belongs to: equal for all windows of one program."""
        return window & ~int(self.link.display.info.resource_id_mask)

    def clicked(self) -> tuple[int, int]:
        """Where on the screen the next click is; no program gets it. ScreenNotReached while another holds the mouse."""
        x = self.x
        events, free = x.ButtonPressMask | x.ButtonReleaseMask, x.GrabModeAsync
        held = self.root.grab_pointer(False, events, free, free, x.NONE, x.NONE, x.CurrentTime)
        if held != x.GrabSuccess:
            raise ScreenNotReached("Another program holds the mouse.", cure="Close its menu, then try again.")
        try:
            while (event := self.link.next_event()).type != x.ButtonRelease:
                pass
            return int(event.root_x), int(event.root_y)
        finally:
            self.link.ungrab_pointer(x.CurrentTime)
            self.link.sync()

    # ---- what one does with them -------------------------------------------------------------------------

    def activate(self, window: int, seconds: float = 3.0) -> None:
        """Bring a window to the front and give it the keys. ScreenNotReached if it does not come."""
        end, asked = time.monotonic() + seconds, 0.0
        while self.focused() != window:
            now = time.monotonic()
            if now > end:
                raise ScreenNotReached("The window does not come to the front.", cure="What lies over it?")
            if now - asked > 0.5:
                asked = now
                self._tell(window, "_NET_ACTIVE_WINDOW", (_FROM_PAGER, self.x.CurrentTime, 0, 0, 0))
            time.sleep(0.01)

    def shut(self, window: int) -> None:
        """Ask a window to close, as its cross does."""
        self._tell(window, "_NET_CLOSE_WINDOW", (self.x.CurrentTime, _FROM_PAGER, 0, 0, 0))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nothing else on this display moves inside: no window comes up or takes the keys. Milliseconds only."""
        self.link.grab_server()
        try:
            yield
        finally:
            self.link.ungrab_server()
            self.link.sync()

    def locks(self) -> tuple[bool, int, bool]:
        """Caps lock on; number of the keyboard layout in use; a modifier key is held down."""
        mask = int(self.root.query_pointer().mask)
        return bool(mask & _CAPS), (mask & _GROUP) >> 13, bool(mask & _HELD)

    def pointer(self) -> tuple[int, int]:
        """Where the pointer stands."""
        spot = self.root.query_pointer()
        return int(spot.root_x), int(spot.root_y)

    # ---- X ------------------------------------------------------------------------------------------------

    def _window(self, number: int) -> Window | None:
        with self._reached(), contextlib.suppress(*self._bad):
            window = self.link.create_resource_object("window", number)
            place = window.get_geometry()
            at = window.translate_coords(self.root, 0, 0)
            pid = self._property(window, "_NET_WM_PID")
            named = window.get_wm_class() or ("", "")
            return Window(
                number, self._title(window), int(pid[0]) if pid else 0, str(named[1]),
                -int(at.x), -int(at.y), int(place.width), int(place.height),
            )  # fmt: skip
        return None

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """DriverLost where the display is gone."""
        try:
            yield
        except self.gone:
            raise DriverLost("The display is gone.", cure="The part starts anew.") from None

    def _title(self, window: Any) -> str:
        for name in ("_NET_WM_NAME", "WM_NAME"):
            raw = self._property(window, name)
            if raw is not None:
                return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
        return ""

    def _property(self, window: Any, name: str) -> Any:
        with self._reached(), contextlib.suppress(*self._bad):
            found = window.get_full_property(self.link.intern_atom(name), self.x.AnyPropertyType)
            return None if found is None else found.value
        return None

    def _top(self, window: Any) -> int:
        """The managed window that holds this one."""
        managed = set(self._property(self.root, "_NET_CLIENT_LIST") or ())
        seen = window if hasattr(window, "id") else None
        inside = self._inside(seen, managed) if seen is not None and seen.id not in managed else None
        while seen is not None and seen.id != self.root.id:
            if seen.id in managed:
                return int(seen.id)
            try:
                seen = seen.query_tree().parent
            except self._bad:
                return 0
        return inside or 0

    def _inside(self, frame: Any, managed: set[int]) -> int | None:
        """The managed window inside the frame that the window manager has put around it."""
        try:
            children = frame.query_tree().children
        except self._bad:
            return None
        for child in children:
            if child.id in managed:
                return int(child.id)
            if (found := self._inside(child, managed)) is not None:
                return found
        return None

    def _tell(self, window: int, what: str, data: tuple[int, ...]) -> None:
        from Xlib.protocol.event import ClientMessage

        target = self.link.create_resource_object("window", window)
        message = ClientMessage(window=target, client_type=self.link.intern_atom(what), data=(32, data))
        mask = self.x.SubstructureRedirectMask | self.x.SubstructureNotifyMask
        self.root.send_event(message, event_mask=mask)
        self.link.sync()


def _refusals(error: Any) -> tuple[type[Exception], ...]:
    return error.DisplayError, error.XauthError, OSError


def family_of(pid: int) -> set[int]:
    """A process and all it has started."""
    try:
        return {pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))}
    except psutil.NoSuchProcess:
        return {pid}
