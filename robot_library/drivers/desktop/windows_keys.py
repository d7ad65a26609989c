"""The stop key and the key to go on, on Windows: RegisterHotKey, heard wherever the focus is. Tried on no Windows
machine as yet: tests hold it against what the calls are documented to do."""

from __future__ import annotations

import ctypes
import logging
import threading
from collections.abc import Callable
from typing import Any, Protocol

from robot_library.drivers.desktop.sign import Said
from robot_library.model.at_screen import AtScreen

log = logging.getLogger("wetread.desktop")
WM_QUIT, WM_HOTKEY, NO_REPEAT = 0x0012, 0x0312, 0x4000
_MASKS = {"alt": 1, "ctrl": 2, "shift": 4, "super": 8}
_CODES = {"pause": 0x13, "scroll_lock": 0x91, "insert": 0x2D, "end": 0x23, "home": 0x24}
_F1 = 0x70
_IDS: dict[int, Said] = {1: "stop", 2: "go_on"}


class User32(Protocol):
    """What is asked of user32.dll and kernel32.dll."""

    def register(self, number: int, mask: int, code: int) -> bool:
        """RegisterHotKey for the calling thread; False if another program has the key."""

    def unregister(self, number: int) -> None:
        """UnregisterHotKey."""

    def message(self) -> tuple[int, int]:
        """GetMessageW: the next message of the calling thread and its wParam; (WM_QUIT, 0) at the end."""

    def thread(self) -> int:
        """GetCurrentThreadId."""

    def quit(self, thread: int) -> None:
        """PostThreadMessageW(WM_QUIT)."""


def key_of(text: str) -> tuple[int, int]:
    """Mask and virtual key code of a hot-key, as RegisterHotKey takes them. Held down it counts once."""
    *held, key = text.split("+")
    code = _CODES[key] if key in _CODES else _F1 + int(key.removeprefix("f")) - 1
    return sum(_MASKS[name] for name in held) | NO_REPEAT, code


class HotKeys:
    """Both keys, in a thread of their own: Windows gives a key's messages to the thread that has asked for it."""

    def __init__(self, rules: AtScreen, said: Callable[[Said], None], user32: User32 | None = None) -> None:
        self._rules, self._said, self._user32 = rules, said, user32 or _RealUser32()
        self.lacks: list[str] = []
        """Keys that another program has: they do not work here."""
        self._number = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._live, name="hot keys", daemon=True)
        self._thread.start()
        self._ready.wait(5.0)

    def close(self) -> None:
        """Give the keys back."""
        self._user32.quit(self._number)
        self._thread.join(5.0)

    def _live(self) -> None:
        self._number = self._user32.thread()
        texts = {"stop": self._rules.stop, "go_on": self._rules.go_on}
        for number, said in _IDS.items():
            if not self._user32.register(number, *key_of(texts[said])):
                self.lacks.append(texts[said])
                log.warning("the key %s belongs to another program here and does nothing", texts[said])
        self._ready.set()
        while (message := self._user32.message())[0] != WM_QUIT:
            if message[0] == WM_HOTKEY and message[1] in _IDS:
                self._said(_IDS[message[1]])
        for number in _IDS:
            self._user32.unregister(number)


class _Message(ctypes.Structure):
    """MSG."""

    _fields_ = (
        ("window", ctypes.c_void_p), ("message", ctypes.c_uint), ("w", ctypes.c_size_t), ("l", ctypes.c_ssize_t),
        ("time", ctypes.c_ulong), ("x", ctypes.c_long), ("y", ctypes.c_long),
    )  # fmt: skip


class _RealUser32:
    """The libraries themselves."""

    def __init__(self) -> None:
        libraries: Any = getattr(ctypes, "windll")  # noqa: B009 – there only on Windows
        self._user, self._kernel = libraries.user32, libraries.kernel32

    def register(self, number: int, mask: int, code: int) -> bool:
        return bool(self._user.RegisterHotKey(None, number, mask, code))

    def unregister(self, number: int) -> None:
        self._user.UnregisterHotKey(None, number)

    def message(self) -> tuple[int, int]:
        found = _Message()
        if self._user.GetMessageW(ctypes.byref(found), None, 0, 0) <= 0:  # 0: quit, -1: an error, which lasts
            return WM_QUIT, 0
        return int(found.message), int(found.w)

    def thread(self) -> int:
        return int(self._kernel.GetCurrentThreadId())

    def quit(self, thread: int) -> None:
        self._user.PostThreadMessageW(thread, WM_QUIT, 0, 0)
