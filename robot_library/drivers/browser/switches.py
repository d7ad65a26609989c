"""The switches the browser starts with: silent on the network, and no window that nobody looks at."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import playwright

QUIET = (
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
    "--disable-domain-reliability", "--no-first-run", "--no-default-browser-check", "--disable-gpu",
    "--autofill-server-url=http://127.0.0.1:9/", "--component-updater=url-source=http://127.0.0.1:9/",
)  # fmt: skip
"""No chatter of the browser's own: hospitals' networks are closed, and nothing phones home.

What fills in forms, and what brings parts of the browser up to date (it asks once at the start, switched off or not),
is asked nowhere: port 9 is one that browsers refuse to speak to.
"""
UNSEEN = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup",
    "SpareRendererForSitePerProcess",
    "RenderDocument",
)  # fmt: skip
"""What a bot gains nothing by: the address bar's suggestions, which are a page of their own for each window; a renderer
kept in hand for the next site; a new frame inside the browser for each page of the same site."""
_BUNDLE = Path(playwright.__file__).parent / "driver" / "package" / "lib" / "coreBundle.js"
_LIST = re.compile(r"\bdisabledFeatures = \[(.*?)\]", re.DOTALL)
_NAME = re.compile(r'^\s*"(\w+)",?\s*$', re.MULTILINE)


@cache
def playwrights_features() -> tuple[str, ...]:
    """The features that the installed Playwright turns off; () where its list could not be found."""
    try:
        found = _LIST.search(_BUNDLE.read_text(encoding="utf-8"))
    except OSError:
        return ()
    return tuple(_NAME.findall(found[1])) if found else ()


def switches() -> list[str]:
    """What every browser of ours is started with.

    The browser takes the last --disable-features only, and Playwright needs its own list: ours is that list and more,
    or, where that list is not where we look, no such switch at all.
    """
    theirs = playwrights_features()
    unseen = [f"--disable-features={','.join((*theirs, *UNSEEN))}"] if theirs else []
    return [*QUIET, *unseen]
