"""Characters as key strokes, every one of them or none: what the keyboard lacks is lent a spare key for a moment.

Strokes are sent only while the window that must get them has the keys, checked and sent while nothing else on the
display can move: a window that pops up in the middle of a text finds the rest unsent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from robot_library.drivers.desktop.watch import Watch, told
from robot_library.drivers.desktop.windows import Windows
from robot_library.errors import ScreenNotReached, TypingNotProven

BURST = 12
"""Characters between two looks at who has the keys."""
_RETURN, _SHIFT = 0xFF0D, 0xFFE1


class FocusLost(ScreenNotReached):
    """Another window has the keys: what is not yet typed is not typed."""

    def __init__(self) -> None:
        super().__init__(
            "Another window has taken the keys; typing stopped, and nothing went there.",
            cure="What pops up? Name it among the map's 'interruptions'.",
        )


class Keys:
    """Types on one display."""

    def __init__(self, windows: Windows, *, private: bool, watch: Watch | None = None) -> None:
        from Xlib.ext import xtest

        self._windows, self._link, self._x = windows, windows.link, windows.x
        self._private, self._lending = private, set[int]()
        self._watch = watch
        self._fake: Callable[..., None] = told(watch, xtest.fake_input)
        info = self._link.display.info
        self._first, self._count = int(info.min_keycode), int(info.max_keycode - info.min_keycode + 1)

    def ready(self) -> None:
        """TypingNotProven where caps lock, another keyboard layout or a held key would change what is typed."""
        caps, layout, held = self._windows.locks()
        if caps:
            raise TypingNotProven("Caps lock is on.", cure="Switch it off.")
        if layout:
            raise TypingNotProven("Another keyboard layout is switched on.", cure="Switch back to the first one.")
        if held:
            raise TypingNotProven("A key (Shift, Ctrl, Alt) is held down.", cure="Let go of the keyboard.")

    def type(self, text: str, window: int, go_on: Callable[[], None] = lambda: None, *, first: int = BURST) -> None:
        """Type into the window, `first` characters at first. FocusLost, with the rest unsent, as soon as another one
        has the keys."""
        with self._lent(text) as codes:
            for start, end in pairwise([0, *range(min(first, len(text)), len(text), BURST), len(text)]):
                go_on()
                with self._in(window):
                    for character in text[start:end]:
                        self._stroke(*codes[character])
            self._settled()

    def chord(self, window: int, *symbols: int) -> None:
        """Press keysyms together (the last one with those before it held) in the window."""
        codes = [self._code(symbol) for symbol in symbols]
        with self._in(window):
            for code in codes:
                self._fake(self._link, self._x.KeyPress, code)
            for code in reversed(codes):
                self._fake(self._link, self._x.KeyRelease, code)

    @contextmanager
    def _in(self, window: int) -> Iterator[None]:
        if self._watch is not None:
            self._watch.check()
        with self._windows.held():
            if self._windows.focused() != window:
                raise FocusLost
            self.ready()
            yield
            self._link.sync()

    def _stroke(self, code: int, shifted: bool) -> None:
        shift = self._code(_SHIFT)
        if shifted:
            self._fake(self._link, self._x.KeyPress, shift)
        self._fake(self._link, self._x.KeyPress, code)
        self._fake(self._link, self._x.KeyRelease, code)
        if shifted:
            self._fake(self._link, self._x.KeyRelease, shift)

    def _code(self, symbol: int) -> int:
        code = int(self._link.keysym_to_keycode(symbol))
        if not code:
            raise TypingNotProven("The keyboard of this display lacks a key that is needed.")
        return code

    @contextmanager
    def _lent(self, text: str) -> Iterator[dict[str, tuple[int, bool]]]:
        """A key (and whether with Shift) for each character. A person's keyboard gets its spare keys back; on a private
        display they stay lent, because each change makes every program there read the keyboard anew."""
        wanted = dict.fromkeys(text)
        table = self._table()
        known, spare = _known(table, self._first), _spare(table, self._first, self._lending)
        codes = {c: known[keysym(c)] for c in wanted if keysym(c) in known}
        spare = [code for code in spare if code not in {used for used, _ in codes.values()}]
        foreign = [character for character in wanted if keysym(character) not in known]
        if len(foreign) > len(spare):
            raise TypingNotProven("The text has more characters than this keyboard can be lent.", cure="Shorten it.")
        lent = dict(zip(foreign, spare, strict=False))
        self._lending.update(lent.values())
        self._change(table, {code: keysym(character) for character, code in lent.items()})
        try:
            yield codes | {character: (code, False) for character, code in lent.items()}
        finally:
            if not self._private:
                self._change(self._table(), dict.fromkeys(self._lending, 0))
                self._lending.clear()

    def _table(self) -> list[list[int]]:
        return [list(row) for row in self._link.get_keyboard_mapping(self._first, self._count)]

    def _change(self, table: list[list[int]], symbols: dict[int, int]) -> None:
        """Give keys these symbols, all in one request."""
        if not symbols:
            return
        start, end = min(symbols), max(symbols) + 1
        for code, symbol in symbols.items():
            table[code - self._first] = [symbol] * len(table[0])
        self._link.change_keyboard_mapping(
            start, [tuple(row) for row in table[start - self._first : end - self._first]]
        )
        self._link.sync()
        time.sleep(0.1)

    def _settled(self) -> None:
        """Until the program has had the strokes: a lent key must not be taken back before."""
        self._link.sync()
        time.sleep(0.15)


def keysym(character: str) -> int:
    """X's number for a character. TypingNotProven for one that is no character but an order to the field."""
    if character == "\n":
        return _RETURN
    number = ord(character)
    if number < 0x20 or 0x7F <= number < 0xA0:
        raise TypingNotProven("The text holds a control character, which no key types.")
    return number if number < 0x100 else 0x1000000 + number


def _known(table: Any, first: int) -> dict[int, tuple[int, bool]]:
    found: dict[int, tuple[int, bool]] = {}
    for shifted in (True, False):
        for index, row in enumerate(table):
            if len(row) > shifted and row[shifted]:
                found[int(row[shifted])] = (first + index, shifted)
    return found


def _spare(table: Any, first: int, lent: set[int]) -> list[int]:
    """Keys without a symbol, then those lent for an earlier text."""
    empty = [first + index for index, row in enumerate(table) if not any(row)]
    return [*empty, *sorted(lent)]
