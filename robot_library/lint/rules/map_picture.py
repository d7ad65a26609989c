"""A locator's picture is not there.

`image` is the name of a picture in the folder that has the map's name, beside it, or in that of a map it is built on:
`wetread screens point` and `wetread record` put it there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from robot_library.lint.places import at
from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.model.screen import Locator
from robot_library.parsing.problems import nearest

Steps = tuple[str | int, ...]


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """Every picture that none of the folders has."""
    there = {name for folder in subject.pictures for name in _names(folder)}
    for path, name in _images(subject.map, ()):
        if name not in there:
            message = f"there is no picture '{name[:60]}'"
            home = subject.pictures[0].name[:60] if subject.pictures else "of its name"
            folder = f"It belongs into the folder {home}, beside the map."
            yield note(at(subject.node, *path), "WR614", message, nearest(name, sorted(there)) or folder)


def _names(folder: Path) -> list[str]:
    """Of the files in a folder; of one that is not there or cannot be read, none."""
    try:
        return [file.name for file in folder.iterdir() if file.is_file()]
    except OSError:
        return []


def _images(part: object, path: Steps) -> Iterator[tuple[Steps, str]]:
    """Where in the map a picture is named, and its name."""
    if isinstance(part, Locator) and part.image is not None:
        yield (*path, "image"), part.image
    if isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _images(getattr(part, name), (*path, name))
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from _images(value, (*path, key))
    elif isinstance(part, tuple):
        for index, value in enumerate(part):
            yield from _images(value, (*path, index))


RULE = ScreenRule("WR614", "screen", check)
