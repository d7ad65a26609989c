"""`wetread fmt`: same meaning, same comments, one layout, and the second time nothing to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_library.cli.main import run_cli
from robot_library.errors import AuthoringError
from robot_library.parsing.formatting import formatted, meaning
from robot_library.parsing.layout import read_layout
from robot_library.parsing.nodes import parse_yaml

ROOT = Path(__file__).parents[2]
UGLY = """\
# first of all
workflow:   first


about:  "A: b"   # quoted
item: { order : {type: text,phi: true} , day: {} }
steps:
- sign_in:   ehr      # in
#  left
- open: {screen: ehr.order,
     where: {order: =item.order}}
-   note: |
         kept  as it is

           # no comment
    more: >+
      folded

    # of the last step
- long: {one: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, two: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, three: [c, d, eeeeeeeeeeeee]}
-
  - two words
    and more
  - []
# the end
"""
NICE = """\
# first of all
workflow: first

about: "A: b"    # quoted
item: {order: {type: text, phi: true}, day: {}}
steps:
  - sign_in: ehr      # in
  #  left
  - open: {screen: ehr.order, where: {order: =item.order}}
  - note: |
      kept  as it is

        # no comment
    more: >+
      folded

    # of the last step
  - long:
      one: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      two: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
      three: [c, d, eeeeeeeeeeeee]
  - - two words
      and more
    - []
# the end
"""


def test_one_layout_with_every_comment() -> None:
    assert formatted(UGLY, "x") == NICE
    assert formatted(NICE, "x") == NICE
    assert formatted(UGLY.replace("\n", "\r\n"), "x") == NICE.replace("\n", "\r\n")


_TEXTS = st.sampled_from(
    ["a", "no", "00123456", "12:30", "", "a: b", "x #y", "#", "- d", "=item.order", "{a}", "it's", 'say "x"', "é ü",
     " in", "two\nlines", "kept\n\n", "\n", "  deep\nless", "a\\b", "*", "&x", "word " * 40, "&x |", "x\n # y\n",
     "%", "@a", "? b"]
)  # fmt: skip
_TREES: Any = st.recursive(
    _TEXTS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS.filter(bool), inner, max_size=4),
    max_leaves=14,
)  # fmt: skip


@settings(max_examples=150, deadline=None, database=None)
@given(
    _TREES, st.sampled_from([None, True, False]), st.sampled_from([2, 3, 6]), st.sampled_from([20, 80, 10_000]),
    st.sampled_from([None, "'", '"', "|", ">"]), st.data(),
)  # fmt: skip
def test_whatever_the_layout_the_meaning_stays_and_twice_is_once(
    tree: Any, flow: bool | None, indent: int, width: int, style: str | None, data: st.DataObject
) -> None:
    text = yaml.dump(
        {"k": tree}, default_flow_style=flow, indent=indent, width=width, default_style=style, allow_unicode=True
    )
    text = _with_comments(text, data)
    try:
        before = meaning(parse_yaml(text, "x"))
    except AuthoringError:  # tags, or a comment that has become text
        return
    try:
        once = formatted(text, "x")
    except AuthoringError:  # WR011: a form that the proof found spoiled
        return
    assert meaning(parse_yaml(once, "x")) == before
    assert formatted(once, "x") == once


def _with_comments(text: str, data: st.DataObject) -> str:
    lines = text.split("\n")
    for number in data.draw(st.lists(st.integers(0, len(lines) - 1), max_size=3)):
        lines[number] += data.draw(st.sampled_from(["   # behind", "\n\n# own", "\n      # deep\n\n", "  "]))
    return "\n".join(lines)


def test_what_is_dumped_plainly_is_never_refused() -> None:
    """The proof refuses what the writer spoils: on every file of ours it must have nothing to refuse."""
    for path in [*ROOT.glob("bots/*.yaml"), *ROOT.glob("workflows/**/*.yaml"), *ROOT.glob("examples/**/*.yaml"),
                 *ROOT.glob("skills/*/skill.yaml"), *ROOT.glob("robot_library/authoring/**/*.yaml")]:  # fmt: skip
        text = path.read_text(encoding="utf-8")
        laid = formatted(text, path.name)
        assert "starter" not in path.parts or laid == text, path
        assert formatted(laid, path.name) == laid
        assert [c.text for c in read_layout(laid)[1]] == [c.text for c in read_layout(text)[1]]


def test_the_command_checks_shows_writes_and_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "site.yaml"
    file.write_bytes(b"about:   x  # why\r\n")
    assert run_cli(["fmt", str(file), "--check", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["written"] is False
    assert run_cli(["fmt", str(file), "--diff"]) == 1
    assert "+about: x" in capsys.readouterr().out
    assert file.read_bytes() == b"about:   x  # why\r\n"
    assert run_cli(["fmt", str(file)]) == 0
    assert file.read_bytes() == b"about: x    # why\r\n"
    assert run_cli(["fmt", str(file), "--check"]) == 0
    file.write_bytes(b"about: [x\n")
    assert run_cli(["fmt", str(file)]) == 2
    assert "site.yaml:2" in capsys.readouterr().err or file.read_bytes() == b"about: [x\n"
    assert [one.name for one in tmp_path.iterdir()] == ["site.yaml"]
