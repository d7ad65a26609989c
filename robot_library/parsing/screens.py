"""workflows/screens/<system>.yaml → ScreenMap."""

from __future__ import annotations

from pathlib import Path

from robot_library.model.screen import ScreenMap
from robot_library.parsing.build import load_yaml_model
from robot_library.parsing.library import shown


def load_screen_map(path: Path, name: str | None = None) -> ScreenMap:
    """A screen map; `name` is how diagnostics call the file. AuthoringError with all that is wrong."""
    return load_yaml_model(path, ScreenMap, name or shown(path))
