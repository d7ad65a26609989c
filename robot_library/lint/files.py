"""Which files are an author's, and what each is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from robot_library.parsing.library import SITE, Kind
from robot_library.parsing.nodes import MAX_BYTES, MapNode, Node, read_file
from robot_library.parsing.texts import unsaved

FileKind = Kind | Literal["site", "case"]
TELLS: tuple[tuple[str, FileKind], ...] = (
    ("case", "case"),
    ("bot", "bot"),
    ("system", "screen"),
    ("skill", "skill"),
    ("workflow", "workflow"),
)
"""The first of these keys that a file has says what it is."""
_OURS = re.compile(r"^(bot|case|system|skill|workflow):", re.MULTILINE)


def files_below(folder: Path) -> list[Path]:
    """Files of a project (in bots/, workflows/, skills/), or of any folder; what is not ours is passed over."""
    project = [folder / name for name in ("bots", "workflows", "skills") if (folder / name).is_dir()]
    site = [folder / SITE] if project and (folder / SITE).is_file() else []
    return site + sorted(path for top in project or [folder] for path in _walk(top) if _is_ours(path))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir() and path.name[0] not in "._" and path.name != "node_modules":
            yield from _walk(path)
        elif path.suffix in (".yaml", ".yml"):
            yield path


def _is_ours(path: Path) -> bool:
    held = unsaved(path)
    try:
        text = held if held is not None else read_file(path, MAX_BYTES).decode("utf-8", "replace")
    except OSError:  # said, with its cause, by whoever reads it
        return True
    return _OURS.search(text) is not None or (kind_by_place(path) is not None and path.name[0] != ".")


def kind_of_file(path: Path, node: Node) -> FileKind | None:
    """What a file is, by its keys; by its name where they do not tell."""
    if path.name == SITE:
        return "site"
    if isinstance(node, MapNode):
        for key, kind in TELLS:
            if node.key(key) is not None:
                return kind
    return kind_by_place(path)


def kind_by_place(path: Path) -> FileKind | None:
    """What a file is, by its name and folder alone."""
    if path.name == SITE:
        return "site"
    if path.name in ("workflow.yaml", "skill.yaml"):
        return "workflow" if path.name == "workflow.yaml" else "skill"
    if path.parent.name == "cases":
        return "case"
    if path.parent.name in ("bots", "screens"):
        return "bot" if path.parent.name == "bots" else "screen"
    return "workflow" if path.parent.name == "workflows" else None
