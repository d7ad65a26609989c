"""workflows/screens/<system>.yaml → ScreenMap."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from robot_library.model.screen import ScreenMap
from robot_library.parsing.build import Builder, load_yaml_model
from robot_library.parsing.library import shown
from robot_library.parsing.nodes import MapNode, Node, read_yaml
from robot_library.parsing.overlays import KEY, laid_over
from robot_library.parsing.problems import Problems


def load_screen_map(path: Path, name: str | None = None) -> ScreenMap:
    """A screen map, over those it is built on; `name` is how diagnostics call the file. AuthoringError with all that is
    wrong."""
    called = name or shown(path)
    own = read_yaml(path, called)
    if not isinstance(own, MapNode) or own.key(KEY) is None:
        return load_yaml_model(path, ScreenMap, called)
    problems = Problems()
    built = Builder(problems).model(laid_over(own, path), ScreenMap)
    problems.raise_if_any()
    return cast(ScreenMap, built)


def screen_tree(path: Path, name: str | None = None) -> Node:
    """The tree that a screen map is made from, its bases under it."""
    return laid_over(read_yaml(path, name or shown(path)), path)
