"""What is looked for in the benchmark of finding: things of real programs, and the pictures they are looked for on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from bench.desk import clinic, shown
from robot_library.drivers.desktop.capture import Box
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.nodes import Node

_ROLES = (
    "push button",
    "check box",
    "label",
    "icon",
    "toggle button",
    "combo box",
    "menu",
    "text",
    "image",
    "table column header",
)
_DRAWN: Mapping[str, Mapping[str, str]] = {
    "drawn_at_125": {"GDK_DPI_SCALE": "1.25"},
    "dark": {"GTK_THEME": "Adwaita:dark"},
    "contrast": {"GTK_THEME": "HighContrast"},
}


@dataclass(frozen=True)
class Wanted:
    """A picture (blue, green, red), and where its thing is on the sight; None where it is not."""

    picture: Any = field(repr=False)
    there: Box | None


@dataclass(frozen=True)
class Sight:
    """A picture of a screen (blue, green, red), what was done to it, and what is looked for on it."""

    name: str
    screen: Any = field(repr=False)
    wanted: list[Wanted] = field(repr=False)


def sights(quick: bool) -> Iterator[Sight]:
    """Every program's, on its own display."""
    programs = [clinic("gallery")] if quick else [clinic("gallery"), ("tryton",)]
    for program in programs:
        screen, boxes = _drawn(program, {})
        cuts = {key: screen[b.y : b.y + b.height, b.x : b.x + b.width].copy() for key, b in boxes.items()}
        keys = [key for key in boxes if not quick or len(cuts) < 12 or len(key) % 3 == 0]
        yield from _pictured(screen, {key: boxes[key] for key in keys}, cuts)
        if quick:
            continue
        for name, env in _DRAWN.items():
            other, places = _drawn(program, env)
            yield Sight(name, other, [Wanted(cuts[key], places.get(key)) for key in keys])


def _pictured(screen: Any, boxes: Mapping[str, Box], cuts: Mapping[str, Any]) -> Iterator[Sight]:
    """The screen itself, what a viewer makes of it, and it with the things painted over."""
    here = [Wanted(cuts[key], box) for key, box in boxes.items()]
    large = [Wanted(cuts[key], Box(*(round(side * 1.25) for side in box))) for key, box in boxes.items()]
    yield Sight("same", screen, here)
    yield Sight(
        "jpeg", cv2.imdecode(cv2.imencode(".jpg", screen, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_COLOR), here
    )
    yield Sight("at_125", cv2.resize(screen, None, fx=1.25, fy=1.25, interpolation=cv2.INTER_CUBIC), large)
    for key, box in list(boxes.items()):
        without = screen.copy()
        part = without[box.y : box.y + box.height, box.x : box.x + box.width]
        part[:] = np.median(part.reshape(-1, 3), axis=0)
        yield Sight("gone", without, [Wanted(cuts[key], None)])


def _drawn(program: tuple[str, ...], env: Mapping[str, str]) -> tuple[Any, dict[str, Box]]:
    """A program's screen, and the places of its things that have a name of their own."""
    with shown(program, env=env) as (desk, [nodes]):
        screen = np.ascontiguousarray(desk.capture.bgra()[..., :3])
        named = [node for node in nodes if node.role in _ROLES and node.name and "Component" in node.interfaces]
        often = Counter((node.role, node.name) for node in named)
        return screen, {
            f"{n.role} {n.name}": box for n in named if often[n.role, n.name] == 1 and (box := _box(desk, n, screen))
        }


def _box(desk: Desk, node: Node, screen: Any) -> Box | None:
    """Where it is, if it can be seen whole and is more than a plain area."""
    box = Box(*desk.accessibility.place(node))
    inside = (
        box.x >= 0 and box.y >= 0 and box.x + box.width <= screen.shape[1] and box.y + box.height <= screen.shape[0]
    )
    if not inside or box.width < 16 or box.height < 12 or not desk.windows.at(*box.middle):
        return None
    return box if screen[box.y : box.y + box.height, box.x : box.x + box.width].std() > 4 else None
