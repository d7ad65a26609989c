"""YAML as a tree of nodes that know where they stand. Every scalar is text; nothing is guessed from its looks.

Built from the parser's events, not by PyYAML's own composer: a tag can be told apart from its absence,
and a file that is nested too deep, or repeats itself too often, is refused before it costs anything.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from robot_library.errors import AuthoringError
from robot_library.model.diagnostic import Place
from robot_library.parsing.problems import Problems, single
from robot_library.parsing.syntax import explain
from robot_library.parsing.texts import once, unsaved

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML was built without libyaml
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

MAX_BYTES = 1_000_000
MAX_DEPTH = 60
MAX_NODES = 50_000
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")

UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f]")
"""What nobody sees, and what turns text around: with them a file says another thing than whoever approves it reads. The
two joiners (U+200C, U+200D) are letters of some languages."""
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class TextNode:
    """A scalar. `plain` means unquoted; an empty plain scalar is a value left out."""

    value: str
    place: Place
    plain: bool = True
    quoted: bool = False

    @property
    def missing(self) -> bool:
        """Nothing was written here."""
        return self.plain and self.value == ""


@dataclass(frozen=True, slots=True)
class ListNode:
    """A sequence."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class MapNode:
    """A mapping. Keys are text, each once, in the order of the file."""

    items: tuple[tuple[TextNode, Node], ...]
    place: Place

    def get(self, key: str) -> Node | None:
        return next((value for name, value in self.items if name.value == key), None)

    def key(self, key: str) -> TextNode | None:
        return next((name for name, _ in self.items if name.value == key), None)


Node = TextNode | ListNode | MapNode


def kind_of(node: Node) -> str:
    """In an author's word."""
    if isinstance(node, TextNode):
        return "nothing" if node.missing else "text"
    return "a list" if isinstance(node, ListNode) else "keys and values"


def read_yaml(path: Path, shown: str | None = None) -> Node:
    """The tree of a file; `shown` is how diagnostics name it. AuthoringError with all that is wrong."""
    name = shown if shown is not None else str(path)
    return parse_yaml(read_text(path, name), name)


def read_text(path: Path, shown: str) -> str:
    """A file's text. AuthoringError if it cannot be read, is too large, is no file or is not UTF-8."""
    place = Place(file=shown)
    if (held := unsaved(path)) is not None:
        return held.removeprefix("\ufeff")
    try:
        data = read_file(path, MAX_BYTES)
    except OSError as error:
        reason = "is a folder" if path.is_dir() else (error.strerror or "cannot be read").lower()
        raise single(place, "WR001", f"the file cannot be read: {reason}") from None
    if len(data) > MAX_BYTES:
        raise single(place, "WR002", f"the file is larger than {MAX_BYTES // 1000} kB", "Split it.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        where = Place(file=shown, line=line)
        raise single(where, "WR001", "the file is not UTF-8 text", "Save it with the encoding UTF-8.") from None


def read_file(path: Path, most: int) -> bytes:
    """A file's bytes; of one with more than `most`, one more. OSError, too, for what is no file: a pipe that nobody
    fills would be waited for, and a device that never ends be read."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "is no file")
    with path.open("rb") as file:
        return file.read(most + 1)


def parse_yaml(text: str, file: str) -> Node:
    """The tree of a text. AuthoringError with all that is wrong."""
    return once(file, "tree", text, lambda: _parsed(text, file))


def tree_of(text: str) -> Node | None:
    """The tree of a text that may be half written, whatever is wrong in it; None if it is no YAML at all."""
    composer = _Composer("", text)
    try:
        for event in yaml.parse(text, Loader=Loader):
            composer.feed(event)
    except (yaml.YAMLError, AuthoringError):
        return None
    return composer.root


def _parsed(text: str, file: str) -> Node:
    _check_characters(text, file)
    composer = _Composer(file, text)
    try:
        for event in yaml.parse(text, Loader=Loader):
            composer.feed(event)
    except yaml.YAMLError as error:
        raise explain(error, text, file, composer.quoted) from None
    return composer.result()


def _check_characters(text: str, file: str) -> None:
    if len(text) > MAX_BYTES:
        raise single(Place(file=file), "WR002", f"the file is larger than {MAX_BYTES // 1000} kB", "Split it.")
    if found := _UNPRINTABLE.search(text) or UNSEEN.search(text):
        before = text[: found.start()]
        place = Place(file=file, line=before.count("\n") + 1, column=len(before) - before.rfind("\n"))
        code = f"{ord(found[0]):04X}"
        shown = f'; where it is meant, write "\\u{code}" in double quotes' if UNSEEN.match(found[0]) else ""
        raise single(place, "WR001", f"an invisible character (U+{code}) stands here", f"Delete it{shown}.")


@dataclass(slots=True)
class _Open:
    """A collection that is still being read."""

    place: Place
    is_map: bool
    anchor: str | None
    began: int
    """How many nodes there were before it."""
    items: list[Node] = field(default_factory=list)
    height: int = 0
    """How deep the deepest of what it holds is nested."""


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A node that has a name ('&name'); what it costs to repeat it ('*name')."""

    node: Node
    nodes: int
    height: int


class _Composer:
    """Events in, one tree out; never recursive."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.lines = text.splitlines()
        self.problems = Problems()
        self.stack: list[_Open] = []
        self.root: Node | None = None
        self.nodes = 0
        self.anchors: dict[str, _Anchored] = {}
        self.documents = 0
        self.quoted: tuple[Place, int] | None = None
        """Begin and last line of the latest quoted text that spans lines: the usual culprit of a later error."""

    def feed(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            place = self._place(event)
            self._check_node(event, place)
            self._scalar(event, place)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._close()
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            place = self._place(event)
            self._check_node(event, place)
            self._check_depth(len(self.stack) + 1, place)
            is_map = isinstance(event, yaml.MappingStartEvent)
            self.stack.append(_Open(place, is_map, event.anchor, self.nodes))
        elif isinstance(event, yaml.DocumentStartEvent):
            self._document(self._place(event))
        elif isinstance(event, yaml.AliasEvent):
            self._repeat(event.anchor or "", self._place(event))

    def _place(self, event: yaml.Event) -> Place:
        assert event.start_mark is not None  # the parser marks every event
        return Place(file=self.file, line=event.start_mark.line + 1, column=event.start_mark.column + 1)

    def result(self) -> Node:
        if self.root is None:
            self.problems.add(Place(file=self.file), "WR003", "the file is empty")
        self.problems.raise_if_any()
        assert self.root is not None
        return self.root

    def _document(self, place: Place) -> None:
        self.documents += 1
        if self.documents == 2:
            self.problems.add(
                place, "WR008", "a second document begins here", "One file holds one thing: delete '---'."
            )

    def _check_node(self, event: yaml.NodeEvent, place: Place) -> None:
        self._count(1, place)
        if event.anchor in self.anchors:
            self.problems.add(place, "WR006", f"'&{event.anchor[:60]}' is given twice", "Choose another name.")
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            message = "a YAML tag ('!…') stands here; types are declared, not tagged"
            self.problems.add(place, "WR005", message, "Delete the tag, or put the text in quotes.")

    def _count(self, more: int, place: Place) -> None:
        self.nodes += more
        if self.nodes > MAX_NODES:
            raise single(place, "WR002", f"more than {MAX_NODES} values in one file", "Split it.")

    def _check_depth(self, depth: int, place: Place) -> None:
        if depth > MAX_DEPTH:
            raise single(place, "WR002", f"nested deeper than {MAX_DEPTH} levels", "Call a sub-workflow.")

    def _repeat(self, name: str, place: Place) -> None:
        """'*name': the node of that name once more. What it repeats counts again, so that nothing can explode."""
        anchored = self.anchors.get(name)
        if anchored is None:
            message = f"'*{name[:60]}' repeats what '&{name[:60]}' names, and nothing above is named so"
            self.problems.add(place, "WR006", message, "If it is text, put it in quotes.")
            self._add(TextNode("?", place, plain=False))
            return
        self._count(anchored.nodes, place)
        self._check_depth(len(self.stack) + anchored.height, place)
        self._add(anchored.node, anchored.height)

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> None:
        plain = event.style is None or event.style == ""
        last = event.end_mark.line + 1 if event.end_mark is not None else place.line
        if plain and last > place.line:
            self._check_swallowed(place.line, last)
        elif event.style in ("'", '"') and last > place.line:
            self.quoted = (place, last)
        if event.style == '"' and _HIDDEN.search(event.value):
            hint = "In \"double\" quotes write \\\\ for a backslash, or use 'single' quotes."
            self.problems.add(place, "WR010", "a backslash in this quoted text makes an invisible character", hint)
        node = TextNode(event.value, place, plain, event.style in ("'", '"'))
        if event.anchor is not None:
            self.anchors.setdefault(event.anchor, _Anchored(node, 1, 0))
        self._add(node)

    def _check_swallowed(self, first: int, last: int) -> None:
        for number in range(first + 1, min(last, len(self.lines)) + 1):
            line = self.lines[number - 1]
            stripped = line.lstrip()
            if stripped.startswith("- "):
                where = Place(file=self.file, line=number, column=len(line) - len(stripped) + 1)
                message = f"this line is indented so that it continues the text of line {first}"
                self.problems.add(where, "WR007", message, "Align its '-' with the others, or put the text in quotes.")

    def _close(self) -> None:
        done = self.stack.pop()
        items = tuple(done.items)
        node = MapNode(tuple(self._pairs(items)), done.place) if done.is_map else ListNode(items, done.place)
        if done.anchor is not None:
            self.anchors.setdefault(done.anchor, _Anchored(node, self.nodes - done.began + 1, done.height + 1))
        self._add(node, done.height + 1)

    def _pairs(self, items: tuple[Node, ...]) -> Iterator[tuple[TextNode, Node]]:
        seen: dict[str, Place] = {}
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, TextNode):
                message = "a key must be text"
                self.problems.add(key.place, "WR004", message, "Text in {braces} must stand in quotes.")
            elif key.value in seen:
                message = f"'{key.value[:60]}' is written twice; first in line {seen[key.value].line}"
                self.problems.add(key.place, "WR004", message, "Keep one of them.")
            else:
                seen[key.value] = key.place
                yield key, value

    def _add(self, node: Node, height: int = 0) -> None:
        if self.stack:
            self.stack[-1].items.append(node)
            self.stack[-1].height = max(self.stack[-1].height, height)
        elif self.root is None:
            self.root = node


__all__ = [
    "AuthoringError",
    "ListNode",
    "Loader",
    "MapNode",
    "Node",
    "TextNode",
    "kind_of",
    "parse_yaml",
    "read_text",
    "read_yaml",
    "tree_of",
]
