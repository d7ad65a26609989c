"""A screen map that `extends` another: the base with what this hospital has otherwise laid over it.

Keys replace keys; screens, and of a screen targets, tables and states, are laid over each other by name. Every part
keeps the place where it is written, in whichever file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from robot_library.parsing.library import bundled, shown
from robot_library.parsing.nodes import MapNode, Node, TextNode, read_yaml
from robot_library.parsing.problems import did_you_mean, single

KEY = "extends"
Lay = Callable[[MapNode, MapNode], MapNode]
_BY_NAME = frozenset({"targets", "tables", "states"})


def laid_over(node: Node, path: Path, _above: tuple[Path, ...] = ()) -> Node:
    """The tree of a map with its bases under it; the tree itself where it has none. AuthoringError (WR123) for a base
    that is not there, is nothing to build on, or leads back here."""
    name = node.get(KEY) if isinstance(node, MapNode) else None
    if not isinstance(node, MapNode) or not isinstance(name, TextNode):
        return node
    base = _find(path, name)
    if base.resolve() in {one.resolve() for one in (*_above, path)}:
        raise single(name.place, "WR123", f"'{name.value[:60]}' is built on this map itself")
    under = laid_over(read_yaml(base, shown(base)), base, (*_above, path))
    if not isinstance(under, MapNode):
        raise single(name.place, "WR123", f"'{name.value[:60]}' holds no screen map")
    return _over(under, node)


def bases_of(path: Path) -> list[Path]:
    """The files of the maps that a map is built on, nearest first. AuthoringError as for `laid_over`."""
    found: list[Path] = []
    while True:
        node = read_yaml(path, shown(path))
        name = node.get(KEY) if isinstance(node, MapNode) else None
        if not isinstance(name, TextNode):
            return found
        path = _find(path, name)
        if path in found:
            raise single(name.place, "WR123", f"'{name.value[:60]}' is built on itself")
        found.append(path)


def picture_folders(path: Path) -> tuple[Path, ...]:
    """Where the pictures of the map in a file are: the folder of its name, then those of the maps it is built on."""
    return tuple(one.with_suffix("") for one in (path, *bases_of(path)))


def _find(path: Path, name: TextNode) -> Path:
    """Beside the map, else among those that came with wetread."""
    folders = dict.fromkeys((path.parent, bundled() / "workflows" / "screens"))
    if name.value == path.stem:
        raise single(name.place, "WR123", f"'{name.value[:60]}' is built on itself", "Give this map a name of its own.")
    plain = name.value if "/" not in name.value and "\\" not in name.value else ""
    for folder in folders:
        if plain and (found := folder / f"{plain}.yaml").is_file() and found.resolve() != path.resolve():
            return found
    known = sorted({one.stem for folder in folders for one in folder.glob("*.yaml") if one.stem != path.stem})
    raise single(name.place, "WR123", f"there is no screen map '{name.value[:60]}'", did_you_mean(name.value, known))


def _over(base: MapNode, over: MapNode) -> MapNode:
    """A whole map over another."""
    return _merged(base, over, {"screens": lambda under, on: _merged(under, on, None, _screen)})


def _screen(base: MapNode, over: MapNode) -> MapNode:
    """One screen over another."""
    return _merged(base, over, dict.fromkeys(_BY_NAME, lambda under, on: _merged(under, on, {})))


def _merged(base: MapNode, over: MapNode, inside: Mapping[str, Lay] | None, every: Lay | None = None) -> MapNode:
    """Keys of both, those of `over` first in doubt. `inside` says how what stands under a key is laid over what stood
    there; `every`, the same for all keys."""
    items = {key.value: (key, value) for key, value in base.items if key.value != KEY}
    for key, value in over.items:
        lay = every if inside is None else inside.get(key.value)
        there = items.get(key.value, (key, None))[1]
        if lay is not None and isinstance(there, MapNode) and isinstance(value, MapNode):
            value = lay(there, value)
        items[key.value] = (key, value)
    return MapNode(tuple(items.values()), over.place)
