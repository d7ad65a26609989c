"""The desktop driver: programs on an X display, by accessibility, by what is written, or by what it looks like."""

from __future__ import annotations

from robot_library.drivers.desktop.driver import DesktopDriver

__all__ = ["DesktopDriver"]
