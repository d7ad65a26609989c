"""On the screen of the office's machine: a notification over D-Bus, where a desktop session is there. Optional."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys

from robot_library.errors import SetupError


def lacking() -> str:
    """Why no notification can be shown on this machine; "" if one can."""
    if sys.platform != "linux":
        return "desktop notifications are shown on Linux only"
    if importlib.util.find_spec("jeepney") is None:
        return "the package jeepney is not installed"
    return "" if os.environ.get("DBUS_SESSION_BUS_ADDRESS") else "no desktop session (D-Bus) is there"


async def show(title: str, text: str) -> None:
    """Show it. SetupError where that is not possible."""
    if reason := lacking():
        raise SetupError(f"no desktop notification: {reason}.")
    await asyncio.to_thread(_show, title, text)


def _show(title: str, text: str) -> None:
    from jeepney import DBusAddress, new_method_call
    from jeepney.io.blocking import open_dbus_connection

    there = DBusAddress(
        "/org/freedesktop/Notifications", "org.freedesktop.Notifications", "org.freedesktop.Notifications"
    )
    values: tuple[object, ...] = ("wetread", 0, "dialog-warning", title, text, [], {"urgency": ("y", 2)}, -1)
    with open_dbus_connection(bus="SESSION") as bus:
        answer = bus.send_and_get_reply(new_method_call(there, "Notify", "susssasa{sv}i", values), timeout=10)
    if answer.header.message_type.name == "error":
        raise SetupError("no desktop notification: the desktop refused it.")
