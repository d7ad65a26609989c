"""YAML as nodes: text stays text, and every node knows its place."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_library.errors import AuthoringError
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing import nodes
from robot_library.parsing.nodes import ListNode, MapNode, Node, TextNode, parse_yaml, read_yaml


def plain(node: Node) -> object:
    """Without places."""
    if isinstance(node, TextNode):
        return node.value
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return {key.value: plain(value) for key, value in node.items}


def at(node: Node) -> tuple[int, int]:
    return node.place.line, node.place.column


@pytest.mark.parametrize("word", ["00123456", "12:30", "no", "0x1F", "1e3", "null", "~", "2021-03-09", "=", "1_000"])
def test_every_scalar_is_text(word: str) -> None:
    assert plain(parse_yaml(f"value: {word}\n", "f")) == {"value": word}


def test_places_of_keys_and_values() -> None:
    node = parse_yaml("a: 1\nsteps:\n  - open: {screen: ehr.order}\n  - 'é': \"x\"\n", "f")
    assert isinstance(node, MapNode)
    steps = node.get("steps")
    assert isinstance(steps, ListNode)
    first, second = steps.items
    assert isinstance(first, MapNode)
    assert isinstance(second, MapNode)
    inner = first.get("open")
    assert isinstance(inner, MapNode)
    screen = inner.get("screen")
    assert screen is not None
    assert (at(steps), at(first), at(inner), at(screen)) == ((3, 3), (3, 5), (3, 11), (3, 20))
    value = second.get("é")
    assert isinstance(value, TextNode)
    assert (at(value), value.plain) == ((4, 10), False)


def test_aliases_repeat_and_cannot_explode() -> None:
    assert plain(parse_yaml("a: &x {b: [c]}\nd: *x\n", "f")) == {"a": {"b": ["c"]}, "d": {"b": ["c"]}}
    chain = "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 5000))
    with pytest.raises(AuthoringError, match="WR002 nested deeper"):
        parse_yaml("a0: &a0 [x]\n" + chain, "f")


def test_what_is_missing_is_not_empty_text() -> None:
    node = parse_yaml("a:\nb: ''\n", "f")
    assert isinstance(node, MapNode)
    assert [value.missing for _, value in node.items if isinstance(value, TextNode)] == [True, False]


def test_all_problems_at_once() -> None:
    with pytest.raises(AuthoringError) as caught:
        parse_yaml("a: !x 1\na: 2\nb: *c\n", "f")
    assert [(one.code, one.line) for one in caught.value.diagnostics] == [("WR005", 1), ("WR004", 2), ("WR006", 3)]


def test_unreadable_files(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(AuthoringError, match="WR001 the file cannot be read"):
            read_yaml(path)
    large = tmp_path / "large.yaml"
    large.write_bytes(b"a: " + b"x" * 2_000_000)
    with pytest.raises(AuthoringError, match="WR002 the file is larger"):
        read_yaml(large)
    marked = tmp_path / "marked.yaml"
    marked.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert plain(read_yaml(marked)) == {"a": "1", "b": "2"}


@pytest.mark.skipif(os.name != "posix", reason="there are no such things elsewhere")
def test_a_pipe_is_not_waited_for_and_a_device_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "endless.yaml").symlink_to("/dev/zero")
    for name in ("pipe.yaml", "endless.yaml"):
        with pytest.raises(AuthoringError, match="WR001 the file cannot be read: is no file"):
            read_yaml(tmp_path / name)


def test_deep_nesting_is_refused_at_once() -> None:
    with pytest.raises(AuthoringError, match="WR002 nested deeper"):
        parse_yaml("[" * 200_000, "f")


FRAGMENTS = st.sampled_from(
    ["a", "key: ", "- ", "\n", "  ", "'", '"', "[", "]", "{", "}", ",", "#", "&a", "*a", "!t ", "|", ">", "\t", "?",
     "%", "@", "---", "...", "<<: ", "=", "=x", "\\", "\\x00", "é", "你", "\u2028", "\x85", "\r", ":", "steps:\n",
     "- open: x\n"]
)  # fmt: skip


def parses_or_says_why(text: str) -> None:
    found: tuple[Diagnostic, ...] = ()
    try:
        parse_yaml(text, "f")
    except AuthoringError as error:
        found = error.diagnostics
    assert all(one.line >= 1 and one.column >= 1 and one.message for one in found)


@given(st.one_of(st.text(max_size=300), st.lists(FRAGMENTS, max_size=60).map("".join)))
@settings(max_examples=500, deadline=None)
def test_no_text_crashes_the_parser(text: str) -> None:
    parses_or_says_why(text)


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_bytes_crash_the_reader(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    path.write_bytes(data)
    with suppress(AuthoringError):
        read_yaml(path)


@given(st.lists(FRAGMENTS, max_size=40).map("".join))
@settings(max_examples=150, deadline=None)
def test_without_libyaml_the_same_is_right_or_wrong(text: str) -> None:
    """PyYAML's own parser and libyaml differ in rare corners; neither may crash us."""
    loader = nodes.Loader
    try:
        nodes.Loader = yaml.SafeLoader  # type: ignore[misc,assignment]
        parses_or_says_why(text)
    finally:
        nodes.Loader = loader  # type: ignore[misc]


def test_this_machine_has_libyaml() -> None:
    assert nodes.Loader.__name__ == "CSafeLoader" or sys.platform == "win32"
