"""A window that shows another machine's screen (VNC, RDP, Citrix): how fast it follows, and whether anybody is there.

Nothing but pixels comes. A session that is locked, cut off or frozen is told from a screen that does not come: it is no
item's fault, so it is SystemDown, and the engine asks until somebody is there again.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from robot_library.drivers.desktop.capture import Box, Capture, Grey
from robot_library.errors import SystemDown, TypingNotProven
from robot_library.model.screen import Locator, ScreenMap

if TYPE_CHECKING:
    from robot_library.drivers.desktop.look import Look

Marks = npt.NDArray[np.bool_]
Away = Sequence[tuple[str, Locator]]
"""What a map says is shown while nobody is let in, each with its code."""
FLAT = 2.0
"""Standard deviation of grey values up to which a picture shows nothing."""
_LEAST_ANSWER_S, _MOST_ANSWER_S = 4.0, 20.0
CARET = 3
"""Columns that a caret reaches over, at most."""
_INK, _NOISE = 24, 12
_SMALL = 0.33
"""A viewer's own box covers at most so much of what its picture covers."""
_CUT_OFF = re.compile(
    r"connect|connexion|conexi|verbind|verbunden|timed out|session (has )?(ended|expired)|sitzung|no route|unreachable",
    re.IGNORECASE,
)


class Pace:
    """How long the other side takes to show what was done: the slowest of the last few times, in seconds."""

    def __init__(self) -> None:
        self._seen = deque[float]((0.1,), maxlen=8)

    def note(self, seconds: float) -> None:
        """It took this long."""
        self._seen.append(seconds)

    @property
    def quiet(self) -> float:
        """A picture that has held still for so long is whole: it comes over the line in pieces."""
        return min(0.6, max(0.08, max(self._seen) / 2))

    @property
    def answer(self) -> float:
        """An answer that has not come within this will not come."""
        return min(_MOST_ANSWER_S, max(_LEAST_ANSWER_S, 8 * max(self._seen)))


class Echo:
    """Waits, between bursts of keys, until something of the window has changed since the last one. The first burst is
    one key, and must come to be seen in the field itself: what goes on is not typed into another one."""

    def __init__(
        self, capture: Capture, pace: Pace, window: Box, field: Box, go_on: Callable[[], None], *, seen: bool = True
    ) -> None:
        self._capture, self._pace, self._window, self._field, self._go_on = capture, pace, window, field, go_on
        self._least = CARET if seen else 0
        """What the first key leaves reaches over more columns; a space only moves the caret."""
        self._before: Grey | None = None
        self._empty: Grey | None = None
        self._since = 0.0

    def heard(self) -> None:
        """SystemDown where what was typed last changes nothing: the picture is frozen, or nobody listens.
        TypingNotProven where the first key is seen elsewhere only."""
        self._go_on()
        if self._before is None:
            self._empty, self._before = self._capture.grey(self._field), self._capture.grey(self._window)
        else:
            self._before = self._changed(self._before)
            if self._empty is not None:
                self._comes_in(self._empty)
                self._empty, self._before = None, self._capture.grey(self._window)
        self._since = time.monotonic()

    def _changed(self, before: Grey) -> Grey:
        while np.array_equal(now := self._capture.grey(self._window), before):
            if self._late():
                raise silent("no update")
        self._pace.note(time.monotonic() - self._since)
        return now

    def _comes_in(self, before: Grey) -> None:
        """A caret alone is the click, come late: the letter is in the field that had the keys until then."""
        while _reach(changed(self._capture.grey(self._field), before)) <= self._least:
            if self._late():
                raise TypingNotProven(
                    "The first letter has not come into the field; no more was typed.",
                    cure="Nothing was saved. Another field may hold that letter: look there before anybody saves. (Or "
                    "does the target's area begin behind it?)",
                )

    def _late(self) -> bool:
        """Wait a moment; whether an answer would have come by now."""
        self._go_on()
        time.sleep(0.02)
        return time.monotonic() - self._since > self._pace.answer


def steady(capture: Capture, box: Box, pace: Pace) -> Grey:
    """The box once it holds still; as it is after a second where something in it always moves."""
    last, since, end = capture.grey(box), time.monotonic(), time.monotonic() + 1.0
    while time.monotonic() - since < pace.quiet and time.monotonic() < end:
        time.sleep(0.02)
        now = capture.grey(box)
        if not np.array_equal(now, last):
            last, since = now, time.monotonic()
    return last


def inked(capture: Capture, box: Box) -> int:
    """Over how many columns what stands in this box reaches; 0 where nothing stands there."""
    return _reach(ink(capture.grey(box)))


def ink(grey: Grey) -> Marks:
    """Pixels of what stands in a picture."""
    marks: Marks = np.abs(grey.astype(np.int16) - np.median(grey)) > _INK
    return marks


def changed(now: Grey, before: Grey) -> Marks:
    """Pixels that have changed; those of a lossy picture that gets clearer change by less."""
    marks: Marks = np.abs(now.astype(np.int16) - before) > _NOISE
    return marks


def columns(marks: Marks) -> Marks:
    """Columns with a mark."""
    return np.asarray(marks.any(axis=0))


def _reach(marks: Marks) -> int:
    """From the first column with a mark to the last, both counted."""
    marked = np.flatnonzero(columns(marks))
    return int(marked[-1] - marked[0]) + 1 if marked.size else 0


def blank(capture: Capture, box: Box, seconds: float = 1.4) -> bool:
    """Nothing stands in this box but, at times, a caret, which blinks: one that stands still may be a letter l."""
    end = time.monotonic() + seconds
    while (reach := inked(capture, box)) and reach <= CARET and time.monotonic() < end:
        time.sleep(0.04)
    return not reach


def away(spec: ScreenMap) -> Away:
    """What the map says is shown where nobody is let in."""
    known = (("locked", spec.locked), ("out of service", spec.maintenance))
    return [(code, locator) for code, locator in known if locator is not None]


def why_away(look: Look, known: Away) -> str:
    """Why the other machine's screen is not to be had, as a code; empty if nothing says so."""
    for code, locator in known:
        if look.shows(locator, {}):
            return code
    gone = look.boxed and look.had_picture and _CUT_OFF.search(" ".join(look.written))
    return "disconnected" if gone else ""


def why_nothing(look: Look) -> str:
    """The same where no screen of the map has come: also by a viewer that shows no picture, or a black one."""
    if not look.windows:
        return "no window"
    if look.boxed:
        return "no picture"
    return "black screen" if look.flat else ""


def silent(code: str) -> SystemDown:
    """The error for a session that is not there, by its code."""
    return SystemDown(
        f"The remote session is not to be had ({code}).", why=code, cure="Look at it: is it locked, or cut off?"
    )


def small(window: tuple[int, int], largest: float) -> bool:
    """Whether a window is the viewer's own box, not the picture: small beside the largest seen, or the display."""
    return window[0] * window[1] < _SMALL * largest
