"""Tells systemd how the office stands (sd_notify): a datagram to the socket it names. Elsewhere this does nothing."""

from __future__ import annotations

import asyncio
import os
import socket


def notify(state: str) -> bool:
    """Send one state ("READY=1", "STOPPING=1", "STATUS=…", "WATCHDOG=1"); False if nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address or not hasattr(socket, "AF_UNIX"):
        return False
    name = f"\0{address[1:]}" if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        try:
            line.sendto(state.encode(), name)
        except OSError:  # a service runs without its manager's ear, too
            return False
    return True


def watchdog_seconds() -> float | None:
    """How often the manager wants a sign of life; None if it does not watch this process."""
    text, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not text.isdigit() or (pid.isdigit() and int(pid) != os.getpid()):
        return None
    return int(text) / 2_000_000


async def keep_alive() -> None:
    """Give signs of life as long as the event loop turns, if anybody wants them; until cancelled."""
    seconds = watchdog_seconds()
    while True:
        await asyncio.sleep(seconds or 3600)
        if seconds:
            notify("WATCHDOG=1")
