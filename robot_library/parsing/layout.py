"""YAML as it is laid out: nodes with the text they were written in, and the comments that stand between them.

`parsing.nodes` says what a file means; this says how it looks, for whoever writes it anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import yaml

from robot_library.parsing.nodes import Loader

_COMMENT = re.compile(r"(?<!\S)#[^\n]*")


@dataclass
class Written:
    """One node. `start` and `end` count characters, `first` and `last` lines, both from 0. `text` is a scalar's or an
    alias's own, anchor included; `pairs` holds keys and values in turn for a map."""

    kind: Literal["scalar", "map", "list"]
    start: int
    first: int
    flow: bool = False
    anchor: str = ""
    style: str = ""
    """Of a scalar: "" plain or alias, ' or ", | or >."""
    text: str = ""
    value: str = ""
    """What a scalar means."""
    end: int = 0
    last: int = 0
    items: list[Written] = field(default_factory=list)

    def pairs(self) -> Iterator[tuple[Written, Written]]:
        """Keys and values of a map."""
        return zip(self.items[::2], self.items[1::2], strict=True)

    def inside(self) -> Iterator[Written]:
        """This node and all below it."""
        yield self
        for item in self.items:
            yield from item.inside()


@dataclass(frozen=True)
class Comment:
    """One comment. `own`: alone on its line."""

    start: int
    line: int
    column: int
    text: str
    own: bool


def read_layout(text: str) -> tuple[Written, list[Comment]]:
    """The one document of a text that `parse_yaml` has accepted, and its comments in order. ValueError for others."""
    root: Written | None = None
    stack: list[Written] = []
    taken: list[tuple[int, int]] = []
    """Where scalars and aliases stand: a '#' in them begins no comment."""
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done = stack.pop()
            done.end, done.last = _end(event, text)
            continue
        node = _node(event, text)
        if node is None:
            continue
        if node.kind == "scalar":
            taken.append((node.start, node.end))
        if stack:
            stack[-1].items.append(node)
        elif root is None:
            root = node
        if node.kind != "scalar":
            stack.append(node)
    if root is None:
        raise ValueError("no document")
    return root, list(_comments(text, taken))


def _node(event: yaml.Event, text: str) -> Written | None:
    if not isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent)):
        return None
    mark = event.start_mark
    assert mark is not None  # the parser marks every event
    if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
        kind: Literal["map", "list"] = "map" if isinstance(event, yaml.MappingStartEvent) else "list"
        anchor = f"&{event.anchor}" if event.anchor else ""
        return Written(kind, mark.index, mark.line, flow=bool(event.flow_style), anchor=anchor)
    end, last = _end(event, text)
    style = (event.style or "") if isinstance(event, yaml.ScalarEvent) else ""
    node = Written("scalar", mark.index, mark.line, style=style, text=text[mark.index : end])
    node.value = event.value if isinstance(event, yaml.ScalarEvent) else ""
    node.end, node.last = end, last
    return node


def _end(event: yaml.Event, text: str) -> tuple[int, int]:
    """End of what was written, without the white space after it."""
    start, mark = event.start_mark, event.end_mark
    assert start is not None
    assert mark is not None
    end = mark.index
    if isinstance(event, yaml.ScalarEvent) and event.style in ("|", ">"):
        return end, mark.line
    while end > start.index and text[end - 1].isspace():
        end -= 1
    return end, start.line + text.count("\n", start.index, end)


def _comments(text: str, taken: list[tuple[int, int]]) -> Iterator[Comment]:
    at = 0
    for start, end in [*taken, (len(text), len(text))]:
        for found in _COMMENT.finditer(text, at, max(at, start)):
            begin = text.rfind("\n", 0, found.start()) + 1
            own = not text[begin : found.start()].strip()
            line = text.count("\n", 0, found.start())
            yield Comment(found.start(), line, found.start() - begin, found[0].rstrip(), own)
        at = max(at, end)
        if begun := _header_comment(text, start, end):
            yield begun


def _header_comment(text: str, start: int, end: int) -> Comment | None:
    """The comment on the first line of a block scalar, after its '|'."""
    if start == end or text[start] not in "|>":
        return None
    found = _COMMENT.search(text, start, text.find("\n", start) if "\n" in text[start:end] else end)
    if found is None:
        return None
    line = text.count("\n", 0, start)
    return Comment(found.start(), line, found.start() - (text.rfind("\n", 0, start) + 1), found[0].rstrip(), False)
