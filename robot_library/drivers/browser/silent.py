"""Playwright's debugging, which writes all that is typed, passwords too, to our standard error: a service's log."""

from __future__ import annotations

import os
import re

_ASKS = re.compile(r"\*|\bpw\b")


def silence() -> None:
    """Whatever DEBUG asks of it (`pw:api`). Before Playwright is imported, which looks then, and before its helper
    starts, which looks again."""
    if _ASKS.search(os.environ.get("DEBUG", "")):
        os.environ.pop("DEBUG")
        os.environ.pop("DEBUG_FILE", None)
