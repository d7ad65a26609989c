"""Style sheets and scripts of both systems. Nothing is loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

from starlette.staticfiles import StaticFiles


def files() -> StaticFiles:
    """An application that serves this folder."""
    return StaticFiles(directory=Path(__file__).parent)
