"""Point at a thing on the screen, get the ways to find it again: each tried at once, kept where it finds that alone.

Nothing of a patient is kept. A field gets the label beside it, never its text and never a picture. A name with a digit
or a comma, a text that names no field, and everything on a remote window may be a patient's: it is kept only where
whoever points has said that it is fixed (`fixed`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from robot_library.drivers.desktop.capture import Box
from robot_library.drivers.desktop.images import find_all
from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.nodes import Absent, Node, Tree
from robot_library.drivers.desktop.remote import ink
from robot_library.drivers.desktop.roles import WORDS
from robot_library.drivers.desktop.thing import Thing
from robot_library.errors import TargetAmbiguous, TargetNotFound
from robot_library.model.screen import Locator, Use

Way = dict[str, Any]
Spot = tuple[int, int]
_CALLED = (
    "push button", "toggle button", "push button menu", "check box", "radio button", "menu", "menu item",
    "check menu item", "radio menu item",
)  # fmt: skip
"""What is called the same for every patient, as far as its name has no digit and no comma."""
CONTROLS = (*_CALLED, "page tab", "icon", "link")
"""What is pressed. A tab and a link may bear a patient's name."""
_FIELDS = (
    "text", "entry", "password text", "spin button", "paragraph", "terminal", "combo box", "table", "tree table",
    "table cell",
)  # fmt: skip
_LEAST = 12
_RIM = 2
"""Pixels of an area's edge."""
_ROUND = (48, 32)
"""Pixels of the picture that is taken around a point where no text stands."""


@dataclass(frozen=True)
class Pointed:
    """A thing and how a map finds it, in order of trust. `picture`: PNG of what it looks like, if that may be kept;
    its way names it `""`. `left_out`: what was not kept, and why. `doubts`: what may be wrong with it."""

    find: tuple[Way, ...]
    use: Use
    picture: bytes | None = field(default=None, repr=False)
    left_out: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def point(look: Look, at: Spot, *, fixed: bool = False, anchor: Spot | None = None, size: Spot = (160, 24)) -> Pointed:
    """What is at a point of the screen (pixels). `anchor`: where the fixed text beside a field of `size` stands whose
    middle is pointed at, on a remote window. TargetNotFound or TargetAmbiguous where no way finds it alone."""
    if anchor is not None:
        return _beside(look, at, anchor, size, fixed)
    if look.desk.remote:
        return _drawn(look, at, fixed)
    tree, node = node_at(look, at)
    if node.role in _FIELDS:
        return _field(look, tree, node, fixed)
    ways, left_out = [], []
    named = node.role in _CALLED or bool(look.told.label_for(node))
    if not fixed and (not named or _may_be_data(node.name)):
        left_out.append("its name: it may be a patient's; say --fixed if it is the same for everybody")
    elif node.name:
        role = next((word for word, roles in WORDS.items() if node.role in roles), node.role)
        ways.append({"role": role, "name": node.name} if node.role in CONTROLS else {"text": node.name})
    kept = [way for way in ways if _alone(look, way, at)]
    picture = None if left_out else _picture(look, Box(*look.told.place(node)))
    return _pointed(kept, "navigate" if node.role in CONTROLS else "read", picture, left_out)


def _field(look: Look, tree: Tree, node: Node, fixed: bool) -> Pointed:
    """A field: by its label; a second way by the place, read from pixels, counted from what the label names."""
    labels = [label.name for path in look.told.labelled_by(node) if (label := tree.at(path)) is not None]
    at = Box(*look.told.place(node))
    names = [label for label in labels if fixed or not _may_be_data(label)]
    ways = [way for label in names if _alone(look, way := {"label": label}, at.middle)]
    if not ways:
        raise TargetNotFound("Nothing names this field alone.", cure="Give its label, or 'role' and 'inside', by hand.")
    area = {"x": 0, "y": 0, "width": at.width, "height": at.height}
    return _pointed([ways[0], {"area": area, "near": ways[0]}], "read", None, ["its picture and text: it shows data"])


def _drawn(look: Look, at: Spot, fixed: bool) -> Pointed:
    """A text or a picture of a remote window."""
    if not fixed:
        raise TargetNotFound(
            "On a remote window a patient's name looks like any other text; nothing was kept.",
            cure="Say --fixed if what you point at is the same for every patient; for a field, give --anchor.",
        )
    text = next((each for each in look.lines() if _holds(each.box, at)), None)
    ways = [way for way in [{"text": text.text}] if _alone(look, way, at)] if text is not None else []
    box = text.box if text is not None else Box(at[0] - _ROUND[0] // 2, at[1] - _ROUND[1] // 2, *_ROUND)
    return _pointed(ways, "navigate", _picture(look, box), [])


def _beside(look: Look, at: Spot, anchor: Spot, size: Spot, fixed: bool) -> Pointed:
    """A field of pixels, by the fixed text beside it."""
    near = point(look, anchor, fixed=fixed)
    words = [way for way in near.find if "image" not in way and "area" not in way]
    if not words:
        raise TargetNotFound("The anchor has no text that finds it alone.", cure="Point at another text beside it.")
    (from_here,) = look.find(Locator.model_validate(words[0]), {})
    left, top = at[0] - size[0] // 2 - from_here.box.x, at[1] - size[1] // 2 - from_here.box.y
    area = {"x": left, "y": top, "width": size[0], "height": size[1]}
    found = _pointed([{"area": area, "near": words[0]}], "read", None, ["its picture and text: it shows data"])
    edge = _edge(look, Box(from_here.box.x + left, from_here.box.y + top, *size))
    return replace(found, doubts=(f"{edge}: an area lies inside its field's border and begins before its first letter "
                                  "(another --at or --size)",)) if edge else found  # fmt: skip


def _edge(look: Look, box: Box) -> str:
    """What stands on an area's edge, if anything does: such a field is never seen to be empty, or loses a letter."""
    grey = look.desk.capture.grey(box)
    marks = ink(grey)
    marks[_RIM:-_RIM, _RIM:-_RIM] = False
    sides = {"top": marks[:_RIM], "bottom": marks[-_RIM:], "left": marks[:, :_RIM], "right": marks[:, -_RIM:]}
    touched = [side for side, rim in sides.items() if rim.any()]
    return f"something stands on the area's edge ({', '.join(touched)})" if touched else ""


def _pointed(ways: list[Way], use: Use, picture: bytes | None, left_out: list[str]) -> Pointed:
    found = [*ways, *([{"image": ""}] if picture is not None else [])]
    if not found:
        why = left_out[0] if left_out else "each way to it finds other things, too"
        raise TargetAmbiguous(f"No way finds this thing alone ({why}).", cure="Point at something more particular.")
    return Pointed(tuple(found), use, picture, tuple(left_out))


def node_at(look: Look, at: Spot) -> tuple[Tree, Node]:
    """The smallest thing at a point that is a field, a control or has a name."""
    told = [(area, tree, node) for tree in look.trees for node in tree if (area := _area(look, node, at))]
    named = [each for each in told if each[2].role in (*_FIELDS, *CONTROLS) or each[2].name]
    inner = [each for each in named if each[2].role not in ("frame", "application", "window", "dialog")]
    if not inner:
        raise TargetNotFound("The program tells of nothing at this point.", cure="Use --remote: pixels are all it has.")
    _, tree, node = min(inner, key=lambda each: each[0])
    holder = next((each for each in tree.above(node) if each.role in CONTROLS), None)
    return tree, holder if node.role not in (*_FIELDS, *CONTROLS) and holder is not None else node


def _area(look: Look, node: Node, at: Spot) -> int:
    """Pixels that a shown thing at this point covers; 0 for any other."""
    if not node.shown or "Component" not in node.interfaces:
        return 0
    try:
        box = Box(*look.told.place(node))
    except Absent:
        return 0
    return box.width * box.height if _holds(box, at) else 0


def _alone(look: Look, way: Way, at: Spot) -> bool:
    """Whether a way finds one thing, here."""
    found: list[Thing] = look.find(Locator.model_validate(way), {})
    return len(found) == 1 and _holds(found[0].box, at)


def _picture(look: Look, box: Box) -> bytes | None:
    """What it looks like, if that is found once in its window, here."""
    import cv2

    shown = look.shown
    if shown is None or min(box.width, box.height) < _LEAST:
        return None
    window, grey = shown
    left, top = max(0, box.x - window.x), max(0, box.y - window.y)
    cut = grey[top : box.y - window.y + box.height, left : box.x - window.x + box.width]
    try:
        hits = find_all(grey, cut)
    except ValueError:
        return None
    alone = len(hits) == 1 and (hits[0].box.x, hits[0].box.y) == (left, top)
    return bytes(cv2.imencode(".png", cut)[1]) if alone else None


def _holds(box: Box, at: Spot) -> bool:
    return box.x <= at[0] < box.x + box.width and box.y <= at[1] < box.y + box.height


def _may_be_data(name: str) -> bool:
    return any(letter.isdigit() or letter == "," for letter in name)
