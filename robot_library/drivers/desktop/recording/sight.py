"""A program's windows as a Sight: what stands there, and which locators find each thing alone, tried on the spot.

A program has no addresses. Screens of it are told apart by what they are made of (names of buttons, labels, headers):
two looks that share most of it are looks at one screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.nodes import Absent, Node, Tree
from robot_library.drivers.desktop.roles import BUTTONS, WORDS
from robot_library.errors import WetreadError
from robot_library.model.heard import Field, Found, Grid, Sight
from robot_library.model.labels import IDENTITY, meaning
from robot_library.model.screen import Locator

SCHEME = "program"
"""What stands for an address: program://ROLE/place/word."""
TYPED = ("text", "entry", "password text", "spin button", "paragraph", "combo box")
_DIALOGS = ("dialog", "alert", "file chooser")
_TOP = (*_DIALOGS, "frame", "window")
_ALIKE = 0.5
"""Of all that two looks show together, this part is shown by both where they are looks at one screen."""
_MOST_COLUMNS = 40

Made = frozenset[tuple[str, str]]


@dataclass(frozen=True, repr=False)
class Box:
    """A field of the program, as it stood. It holds a patient's data: never printed."""

    node: Node
    field: Field
    secret: bool
    lines: bool
    """Enter begins a new line in it."""

    @property
    def types(self) -> bool:
        """Letters and spaces go into it."""
        return self.field.box and self.node.role != "combo box"

    @property
    def held(self) -> tuple[Literal["enter", "space"], ...]:
        """The keys that are held while it is typed into: in a text with lines Enter presses nothing."""
        return () if self.lines and not self.secret else ("enter",)


@dataclass(frozen=True, repr=False)
class Seen:
    """One look. `boxes` by path; `made`: what the screen is made of."""

    sight: Sight
    boxes: dict[str, Box]
    made: Made
    focused: str
    """Path of what has the keys."""
    tables: dict[str, Found] = field(default_factory=dict)

    @property
    def secret(self) -> bool:
        """It asks for a password."""
        return any(box.secret for box in self.boxes.values())

    @property
    def record(self) -> bool:
        """It says whose record it is, or which order's."""
        return any(meaning(one.label) in IDENTITY and one.find and not one.box for one in self.sight.fields)


class Places:
    """The screens of one program as they come up."""

    def __init__(self, role: str) -> None:
        self._role = role
        self._known: list[tuple[Made, str]] = []

    def url(self, made: Made, word: str) -> str:
        """What stands for the address of the screen that is made of this; `word` says what it is, when it is new."""
        if (known := self._at(made)) is None:
            known = f"{_letters(len(self._known))}/{word}"
            self._known.append((made, known))
        return f"{SCHEME}://{self._role}/{known}"

    def _at(self, made: Made) -> str | None:
        fits = [(len(made & one) / max(1, len(made | one)), name) for one, name in self._known]
        best = max(fits, default=(0.0, ""))
        return best[1] if best[0] >= _ALIKE else None


class Eye:
    """Looks at one program. What finds a thing is tried again only where another screen, or another thing, is there."""

    def __init__(self, role: str) -> None:
        self._places = Places(role)
        self._tried: dict[tuple[str, str], tuple[Found, ...]] = {}
        self._stamp: frozenset[tuple[str, str]] = frozenset()

    def see(self, look: Look) -> Seen | None:
        """What is shown now; None while nothing is, or the program tells nothing. Absent while it changes."""
        tree = next((one for one in look.trees if len(one)), None)
        if tree is None:
            return None
        top = _front(tree)
        labels = _labels(look, tree)
        dialog = top.name if top is not None and top.role in _DIALOGS else ""
        shown = [node for node in tree if node.shown]
        behind = {node.path for node in shown if dialog and not _under(tree, node, top)}
        buttons = [node for node in shown if node.role in BUTTONS and node.name and node.path not in behind]
        grids = [node for node in shown if "Table" in node.interfaces and node.path not in behind]
        headers = {node.path: _headers(look, node) for node in grids}
        named = {path: label for label, path in labels.items()}
        kept = [node for node in shown if node.role in TYPED or (node.role == "label" and node.path in named)]
        texts = {node.path: _label(tree, node, named.get(node.path)) for node in kept}
        made = frozenset(
            {("button", node.name) for node in buttons}
            | {("label", texts[node.path]) for node in kept if texts[node.path] and node.path not in behind}
            | {("header", text) for one in headers.values() for text in one}
            | ({("dialog", dialog)} if dialog else set())
        )
        if not made:
            return None
        stamp = frozenset((node.path, node.name) for node in shown)
        if stamp != self._stamp:
            self._stamp, self._tried = stamp, {}
        trial = _Trial(look, self._tried, dialog)
        boxes = {node.path: self._box(trial, tree, node, texts[node.path], node.path in behind) for node in kept}
        found = [self._grid(trial, node, headers[node.path]) for node in grids]
        fields = tuple(box.field for box in boxes.values())
        word = _word(boxes.values(), bool(grids), buttons)
        controls = [ways for node in buttons if (ways := trial.alone(node, [named_button(node)]))]
        words = [tree_name(tree, path) for path in labels] + [node.name for node in buttons]
        sight = Sight(
            self._places.url(made, word), (), dialog, fields, tuple(one for _, one in found if one is not None),
            words=(*words, *(text for one in headers.values() for text in one)),
            controls=tuple(one[0] for one in controls),
        )  # fmt: skip
        focused = next((node.path for node in shown if node.has("focused")), "")
        return Seen(sight, boxes, made, focused, {path: one.rows for path, one in found if one is not None})

    def _box(self, trial: _Trial, tree: Tree, node: Node, label: str, behind: bool) -> Box:
        secret = node.role == "password text"
        editable = (node.has("editable") and not node.has("read_only")) or node.role == "combo box"
        value = "•" * trial.look.told.length(node) if secret else trial.look.tells.text(tree, node)
        find = trial.alone(node, [{"label": label}]) if label and not behind else ()
        field = Field(label, value, find, editable or secret, behind)
        return Box(node, field, secret, node.has("multi_line"))

    def _grid(self, trial: _Trial, node: Node, headers: tuple[str, ...]) -> tuple[str, Grid | None]:
        ways = trial.alone(node, [*([{"role": "grid", "name": node.name}] if node.name else []), {"role": "grid"}])
        return node.path, Grid(node.name, ways[0], headers) if ways and any(headers) else None


class _Trial:
    """Tries locators at one look."""

    def __init__(self, look: Look, tried: dict[tuple[str, str], tuple[Found, ...]], dialog: str) -> None:
        self.look, self._tried = look, tried
        self._inside: Found = {"inside": {"role": "dialog", "name": dialog}} if dialog else {}

    def alone(self, node: Node, candidates: list[Found]) -> tuple[Found, ...]:
        """Those that find this one thing, and nothing else."""
        key = (node.path, repr(candidates))
        if key not in self._tried:
            whole = [{**one, **self._inside} for one in candidates]
            self._tried[key] = tuple(one for one in whole if self._fits(one, node))
        return self._tried[key]

    def _fits(self, find: Found, node: Node) -> bool:
        return finds(self.look, find) == [node.path]


def finds(look: Look, find: Found) -> list[str]:
    """Paths of what a locator finds. None where things are gone, a text has {…} in it, or is none that a locator can
    have."""
    try:
        return [node.path for _, node in look.tells.found(Locator.model_validate(find), {})]
    except (WetreadError, ValueError):
        return []


def named_button(node: Node) -> Found:
    """A control by role and name."""
    return {"role": next((word for word, roles in WORDS.items() if node.role in roles), node.role), "name": node.name}


def tree_name(tree: Tree, path: str | None) -> str:
    """The name of what has this path; "" where there is none."""
    node = tree.at(path) if path is not None else None
    return node.name if node is not None else ""


def _label(tree: Tree, node: Node, label: str | None) -> str:
    """What names a field: its label; without one the name it has itself. The name of a text is the text."""
    return tree_name(tree, label) or ("" if node.role == "label" else node.name)


def _labels(look: Look, tree: Tree) -> dict[str, str]:
    """Path of each label → path of what it names."""
    found: dict[str, str] = {}
    for node in tree:
        if node.role == "label" and node.shown and node.name:
            try:
                named = look.told.label_for(node)
            except Absent:
                continue
            found |= {node.path: named[0]} if named else {}
    return found


def _front(tree: Tree) -> Node | None:
    """The program's window that has the keys; else a modal one; else the last that came."""
    tops = [node for node in tree if node.role in _TOP and node.shown]
    ranks = [(node.has("active"), node.has("modal"), index) for index, node in enumerate(tops)]
    return tops[max(ranks)[2]] if ranks else None


def _under(tree: Tree, node: Node, top: Node | None) -> bool:
    return top is None or node.path == top.path or any(holder.path == top.path for holder in tree.above(node))


def _headers(look: Look, grid: Node) -> tuple[str, ...]:
    _, width = look.told.size(grid)
    return tuple(" ".join(look.told.header(grid, column).split()) for column in range(min(width, _MOST_COLUMNS)))


def _word(boxes: Iterable[Box], grids: bool, buttons: list[Node]) -> str:
    """What a screen is called by, until its author calls it otherwise."""
    there = list(boxes)
    if any(box.secret for box in there):
        return "screen"
    if any(meaning(box.field.label) in IDENTITY and not box.field.box for box in there):
        return "record"
    return "list" if grids else next(_plain(buttons), "screen")


def _plain(buttons: list[Node]) -> Iterator[str]:
    yield from ("_".join(node.name.split()) for node in buttons if node.name.replace(" ", "").isalpha())


def _letters(number: int) -> str:
    made = ""
    while True:
        made = chr(ord("a") + number % 26) + made
        number = number // 26 - 1
        if number < 0:
            return made
