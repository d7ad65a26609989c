"""Whether this process has a desktop that a bot could work on: logged on, and not locked."""

from __future__ import annotations

import os
import sys

_SWITCH = 0x0100
"""DESKTOP_SWITCHDESKTOP: granted for the desktop that gets the keys; while the screen is locked that is another one."""


def no_desktop() -> str:
    """Why bots could not work on windows here, in words; "" if they could, as far as can be seen."""
    if sys.platform == "win32":
        return _windows()
    if sys.platform == "darwin":
        return ""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "no display: neither DISPLAY nor WAYLAND_DISPLAY is set"
    from robot_library.drivers.desktop.locked import is_locked

    return "the session is locked" if is_locked() else ""


def _windows() -> str:
    if sys.platform != "win32":
        return ""
    import ctypes

    session = ctypes.c_ulong()
    ctypes.windll.kernel32.ProcessIdToSessionId(os.getpid(), ctypes.byref(session))
    if session.value == 0:
        return "a service's session, which has no desktop; run it as a task of a user who stays logged on"
    desktop = ctypes.windll.user32.OpenInputDesktop(0, False, _SWITCH)
    if not desktop:
        return "the session is locked or disconnected"
    ctypes.windll.user32.CloseDesktop(desktop)
    return ""
