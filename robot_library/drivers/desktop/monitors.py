"""The monitors that a display is spread over.

They share one plane of coordinates: what lies on the second one is found, read and pressed there like all else. Only
what is said of "the screen" has to know which one.
"""

from __future__ import annotations

from typing import Any

from robot_library.drivers.desktop.capture import Box


def monitors(link: Any) -> list[Box]:
    """Each monitor's part of the display that a connection (Xlib) leads to, the main one first; the whole display where
    nothing is told of them."""
    from Xlib.ext import randr

    screen = link.screen()
    whole = [Box(0, 0, screen.width_in_pixels, screen.height_in_pixels)]
    told = link.query_extension("RANDR")
    if told is None or not told.present:
        return whole
    version = randr.query_version(screen.root)
    if (version.major_version, version.minor_version) < (1, 5):
        return whole
    found = sorted(randr.get_monitors(screen.root).monitors, key=lambda each: not each.primary)
    return [Box(m.x, m.y, m.width_in_pixels, m.height_in_pixels) for m in found] or whole


def corners(link: Any) -> list[tuple[int, int]]:
    """The outermost pixels of each monitor: where a person pushes the pointer to stop the bot. Monitors of different
    heights leave corners of the whole display that no pointer reaches."""
    return [
        (x, y)
        for m in monitors(link)
        for x in (m.x, m.x + m.width - 1) for y in (m.y, m.y + m.height - 1)
    ]  # fmt: skip


def area_at(link: Any, x: int, y: int) -> float:
    """Pixels of the monitor at a point of the display; of the largest one where none is there."""
    every = monitors(link)
    here = [m for m in every if m.x <= x < m.x + m.width and m.y <= y < m.y + m.height]
    return float(max(m.width * m.height for m in here or every))
