"""What a press was on, how it is found again, and whether it may make something final."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from robot_library.drivers.desktop.capture import Box
from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.nodes import Absent, Node, Tree
from robot_library.drivers.desktop.point import CONTROLS, Spot, node_at, point
from robot_library.drivers.desktop.recording.sight import Seen, finds, named_button
from robot_library.drivers.desktop.roles import BUTTONS
from robot_library.drivers.final import final
from robot_library.errors import ScreenNotReached, TargetAmbiguous, TargetNotFound
from robot_library.model.heard import Found
from robot_library.model.labels import looks_final

_ICON = 40
"""A picture of a control without a name is kept up to so many pixels each way: more may show somebody."""
OPENS = ("menu", "push button menu")
_MENUS = ("menu", "popup menu")
_TICKED = ("check box", "radio button", "check menu item", "radio menu item")
_HARMLESS = (
    "filler", "panel", "viewport", "scroll pane", "scroll bar", "split pane", "separator", "status bar", "label",
    "frame", "dialog", "window", "alert", "page tab list", "tool bar", "menu bar", "column header", "grouping", "table",
    "table column header", "tree table", "slider", "progress bar", "application", "title bar", "form", "section",
    "heading",
)  # fmt: skip
"""What nothing but looking comes of pressing on."""

Kind = Literal["press", "box", "value", "cell", "tick", "nothing", "untold"]


@dataclass(frozen=True, repr=False)
class Spotted:
    """What lies at a point. `why`: it may make something final. `picture`: PNG of what it looks like."""

    kind: Kind
    node: Node | None = None
    find: tuple[Found, ...] = ()
    why: str = ""
    picture: bytes | None = None
    cells: tuple[tuple[str, str], ...] = ()
    own: str = ""
    rows: Found | None = None
    menu: bool = False
    """A menu comes of it."""


def spotted(look: Look, seen: Seen, at: Spot, typed: list[str]) -> Spotted:
    """What lies at a point of the screen. `typed`: labels of what was typed on this screen, searches not among it."""
    try:
        tree, node = node_at(look, at)
    except TargetNotFound:
        return _without_name(look, at)
    if (grid := next((one for one in (node, *tree.above(node)) if "Table" in one.interfaces), None)) is not None:
        return _cell(look, seen, grid, at)
    if (box := seen.boxes.get(node.path)) is not None:
        return Spotted("box" if box.field.box else "value", node)
    if node.role in CONTROLS:
        return pressed(look, seen, tree, node, at, typed)
    if looks_final(node.name):  # a text that is a button to whoever drew it
        return Spotted("press", node, (), "by its name")
    return Spotted("nothing" if node.role in _HARMLESS else "untold", node)


def pressed(look: Look, seen: Seen, tree: Tree, node: Node, at: Spot, typed: list[str]) -> Spotted:
    """A control: found by role and name first, then by what it looks like."""
    if node.role in _TICKED:
        return Spotted("tick", node, why="by its name" if looks_final(node.name) else "")
    try:
        found = point(look, at)
        find, picture = found.find, found.picture
    except (TargetNotFound, TargetAmbiguous, ScreenNotReached):  # the last: a name with {…} in it
        find, picture = (), None
    if not any("image" not in way for way in find):  # a tab or a link: whether it may be said, the recorder knows
        way = named_button(node)
        alone = node.name and len(finds(look, way)) == 1
        find = (way, *find) if alone else find
    if not node.name and picture is not None and not _icon(look, node):
        find, picture = tuple(way for way in find if "image" not in way), None
    return Spotted("press", node, find, _final(tree, node, seen, typed), picture, menu=opens(tree, node))


def _final(tree: Tree, node: Node, seen: Seen, typed: list[str]) -> str:
    if opens(tree, node):
        return _menu(tree, node)
    if not node.name:
        return "it has no name"
    button = node.role in BUTTONS or node.role == "icon"
    return final(
        {
            "name": node.name, "tag": "button" if button else "", "role": "button" if button else "tab",
            "menu": False, "form": {"secret": seen.secret}, "typed_here": typed,
        }
    )  # fmt: skip


def opens(tree: Tree, node: Node) -> bool:
    """Whether a menu comes of pressing it."""
    return node.role in OPENS or node.has("has_popup") or any(one.role in _MENUS for one in tree.below(node))


def _menu(tree: Tree, node: Node) -> str:
    """Once a menu is open the program holds the mouse, and nothing in it can be held any more."""
    inside = [one for one in tree.below(node) if one.role.endswith(("menu", "menu item"))]
    deeper = [one for one in inside if one.role in (*OPENS, *_MENUS) and not tree.below(one)]
    if not inside or deeper:
        return "nobody can tell what stands in this menu"
    return "a menu in which something final stands" if any(looks_final(one.name) for one in inside) else ""


def _icon(look: Look, node: Node) -> bool:
    try:
        _, _, width, height = look.told.place(node)
    except Absent:
        return False
    return max(width, height) <= _ICON


def _without_name(look: Look, at: Spot) -> Spotted:
    """Something that has no name; or the program tells of nothing there."""
    found: list[tuple[int, Node]] = []
    for node in (one for tree in look.trees for one in tree if one.shown and "Component" in one.interfaces):
        try:
            box = Box(*look.told.place(node))
        except Absent:
            continue
        if box.x <= at[0] < box.x + box.width and box.y <= at[1] < box.y + box.height:
            found.append((box.width * box.height, node))
    if not found:
        return Spotted("untold")
    node = min(found, key=lambda one: one[0])[1]
    return Spotted("nothing" if node.role in _HARMLESS else "untold", node)


# ---- in a grid -------------------------------------------------------------------------------------------------------


def _cell(look: Look, seen: Seen, grid: Node, at: Spot) -> Spotted:
    """The row of a grid at a point: its cells under their headers. Rows come one under the other: by halves."""
    rows, columns = look.told.size(grid)
    low, high = 0, rows
    while low < high:
        middle = (low + high) // 2
        box = _box(look, grid, middle, 0)
        if box is None:
            return Spotted("nothing", grid)
        if at[1] >= box.y + box.height:
            low = middle + 1
        elif at[1] < box.y:
            high = middle
        else:
            return _row(look, seen, grid, middle, columns, at)
    return Spotted("nothing", grid)


def _row(look: Look, seen: Seen, grid: Node, row: int, columns: int, at: Spot) -> Spotted:
    headers = [" ".join(look.told.header(grid, column).split()) for column in range(columns)]
    cells = list(look.told.cells(grid, range(row, row + 1), range(columns)))
    if len(cells) != columns:
        return Spotted("untold", grid)
    own = ""
    for column, header in enumerate(headers):
        box = _box(look, grid, row, column)
        if box is not None and box.x <= at[0] < box.x + box.width:
            own = header
    texts = tuple((header, cell.name) for header, cell in zip(headers, cells, strict=True))
    return Spotted("cell", grid, cells=texts, own=own, rows=seen.tables.get(grid.path))


def _box(look: Look, grid: Node, row: int, column: int) -> Box | None:
    try:
        cell = next(look.told.cells(grid, range(row, row + 1), (column,)), None)
        return None if cell is None else Box(*look.told.place(cell))
    except Absent:
        return None
