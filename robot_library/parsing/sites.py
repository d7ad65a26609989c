"""site.yaml → Site."""

from __future__ import annotations

from pathlib import Path

from robot_library.model.site import Site
from robot_library.parsing.build import load_yaml_model
from robot_library.parsing.library import shown


def load_site(path: Path, name: str | None = None) -> Site:
    """A hospital's settings; `name` is how diagnostics call the file. AuthoringError with all that is wrong."""
    return load_yaml_model(path, Site, name or shown(path))
