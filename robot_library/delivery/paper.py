"""A report on paper, by the machine's own browser; nothing of it is written to the disk on the way."""

from __future__ import annotations


async def paper(html: str) -> bytes:
    """A page of ours as PDF. Needs a browser only when it is asked to."""
    from robot_library.drivers.browser.paper import printed

    return await printed(html)
