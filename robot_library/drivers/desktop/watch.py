"""Sees a person's hand on their own display while a bot works there: every key and move that the bot did not send.

What the bot sends is told here before it is sent; the server's record of all that its devices do (RECORD) is compared
with it. What is left is somebody's hand, and the next thing the bot wants to do raises HandsOff. Remote control counts
as a hand, too. Threads and connections of its own; ends with `close`.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

from robot_library.abilities import AtScreenSaid
from robot_library.drivers.desktop.display import Display, reached
from robot_library.drivers.desktop.sign import Said, Sign
from robot_library.errors import HandsOff
from robot_library.model.at_screen import AtScreen

log = logging.getLogger("wetread.desktop")
_EXPECTED_S = 5.0
"""So long may it take until what the bot has sent comes back from the server."""
QUIET_S, PATIENCE_S = 1.0, 30.0
"""A bot begins when nobody has touched anything for so long; it waits so long for that."""
_MOTION = 6
Sent = tuple[int, int, int]
"""An event as X numbers it: kind, key or button, 0; of a move: kind, x, y."""


class Watch:
    """Over one display of a person. `said` hears what they say, from a thread. `ours`: the bot sends nothing over this
    display, and only what is pressed or typed in its own windows counts (a browser's)."""

    def __init__(
        self, display: Display, rules: AtScreen, said: Callable[[AtScreenSaid], None] = lambda said: None, *,
        ours: Callable[[int, int, int], bool] | None = None,
    ) -> None:  # fmt: skip
        self._ours = ours
        self._lock, self._says = threading.RLock(), said
        self._expected: dict[Sent, list[float]] = {}
        self._at_work: set[object] = set()
        self._armed = self._touched = False
        self._last = time.monotonic() - QUIET_S
        self.sign = Sign(display, rules, self._key)
        self._record = Record(display, self._heard)

    def close(self) -> None:
        """Look no more; the sign goes."""
        self._record.close()
        self.sign.close()

    # ---- what the bot says of itself ---------------------------------------------------------------------

    def begin(self, who: object) -> bool:
        """A bot is about to work; False while somebody has touched something a moment ago: ask again."""
        with self._lock:
            if not self._at_work:
                self._armed = self._touched = False
            self._at_work.add(who)
            self._armed = self._armed or time.monotonic() - self._last >= QUIET_S
            self.sign.show("touched" if self._touched else "at_work")
            return self._armed

    def rest(self, who: object) -> None:
        """It does not, for the time being: what people do is their own affair."""
        with self._lock:
            self._at_work.discard(who)
            if not self._at_work:
                self._armed = False
                self.sign.show("touched" if self._touched else "")

    def expect(self, kind: int, detail: int, y: int = 0) -> None:
        """Right before the bot sends it."""
        with self._lock:
            self._expected.setdefault((kind, detail, y), []).append(time.monotonic())

    def check(self) -> None:
        """HandsOff if somebody has touched mouse or keyboard since the bot began."""
        if self._touched:
            raise HandsOff("a person is at the mouse or the keyboard of this screen")

    # ---- what comes from the server ----------------------------------------------------------------------

    def _heard(self, kind: int, detail: int, x: int, y: int) -> None:
        if self._ours is not None and not (self._armed and not self._touched and self._ours(kind, x, y)):
            return
        sent = (kind, x, y) if kind == _MOTION else (kind, detail, 0)
        now = time.monotonic()
        with self._lock:
            times = [at for at in self._expected.get(sent, []) if now - at < _EXPECTED_S]
            if times:
                # One move may come back as several; a stroke comes back once.
                self._expected[sent] = times if kind == _MOTION else times[1:]
                return
            self._expected.pop(sent, None)
            self._last = now
            if not self._armed or self._touched:
                return
            self._touched = True
            self.sign.show("touched")
        self._says("touched")

    def _key(self, said: Said) -> None:
        """Whoever is still at work when they let it go on has to lay down first what it began before."""
        with self._lock:
            self._touched = said == "stop" or (self._touched and bool(self._at_work))
            self.sign.show("touched" if self._touched else "at_work" if self._at_work else "")
        self._says(said)


def watch_over(
    display: Display, rules: AtScreen, said: Callable[[AtScreenSaid], None],
    ours: Callable[[int, int, int], bool] | None = None,
) -> Watch | None:  # fmt: skip
    """A watch; None where this display cannot be watched, which is said."""
    try:
        return Watch(display, rules, said, ours=ours)
    except Exception as failure:  # Xlib's own errors: no RECORD, no more connections
        log.warning("mouse and keyboard of display %s cannot be watched (%s)", display.name, type(failure).__name__)
        return None


def told(watch: Watch | None, fake: Callable[..., Any]) -> Callable[..., Any]:
    """`fake_input` that tells the watch what it is about to send."""
    if watch is None:
        return fake

    def send(link: Any, kind: int, detail: int = 0, **where: Any) -> Any:
        if kind == _MOTION:
            watch.expect(kind, int(where["x"]), int(where["y"]))
        else:
            watch.expect(kind, int(detail))
        return fake(link, kind, detail, **where)

    return send


class Record:
    """The server's record of what its devices do, read in a thread."""

    def __init__(self, display: Display, heard: Callable[[int, int, int, int], None]) -> None:
        from Xlib import X
        from Xlib.display import Display as Connection
        from Xlib.ext import record
        from Xlib.protocol import rq

        with reached(display), warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            self._asks, self._reads = Connection(display.name), Connection(display.name)
        self._parse, self._heard = rq.EventField(None).parse_binary_value, heard
        nothing = {"core_requests": (0, 0), "core_replies": (0, 0), "ext_requests": (0, 0, 0, 0),
                   "ext_replies": (0, 0, 0, 0), "delivered_events": (0, 0), "errors": (0, 0),
                   "client_started": False, "client_died": False}  # fmt: skip
        devices = {**nothing, "device_events": (X.KeyPress, X.MotionNotify)}
        self._context = self._asks.record_create_context(0, [record.AllClients], [devices])
        self._asks.sync()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._read, name="watch", daemon=True)
        self._thread.start()
        self._ready.wait(5.0)

    def close(self) -> None:
        with contextlib.suppress(Exception):  # whatever Xlib says of a display that is gone
            self._asks.record_disable_context(self._context)
            self._asks.sync()
        self._thread.join(5.0)
        for link in (self._asks, self._reads):
            with contextlib.suppress(Exception):
                link.close()

    def _read(self) -> None:
        try:
            self._reads.record_enable_context(self._context, self._take)
        except Exception as failure:
            log.warning("mouse and keyboard are watched no more (%s)", type(failure).__name__)

    def _take(self, reply: Any) -> None:
        self._ready.set()  # the first reply says that it has begun
        data = reply.data
        while len(data) >= 32 and reply.category == 0:
            event, data = self._parse(data, self._reads.display, None, None)
            self._heard(int(event.type), int(event.detail), int(event.root_x), int(event.root_y))
