"""workflows/<workflow>/cases/<name>.yaml → Case."""

from __future__ import annotations

from pathlib import Path

from robot_library.model.case import Case
from robot_library.parsing.build import load_yaml_model
from robot_library.parsing.library import shown


def load_case(path: Path, name: str | None = None) -> Case:
    """A case; `name` is how diagnostics call the file. AuthoringError with all that is wrong."""
    return load_yaml_model(path, Case, name or shown(path))
