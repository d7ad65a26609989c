"""Whatever an author does to a right file, the lint answers with diagnostics, never with a crash."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_library.errors import AuthoringError
from robot_library.lint.check import check, lint
from robot_library.lint.files import files_below
from robot_library.parsing.library import Library, bundled
from robot_library.parsing.nodes import read_yaml
from robot_library.parsing.workflows import workflow_from_text
from tests.golden_errors.golden import HERE

LIBRARY = Library(HERE / "_project", bundled())
MAPS = {role: LIBRARY.screen_map(role) for role in ("ehr", "pacs")}
VALID = (Path(__file__).parent / "valid_workflow.yaml").read_text(encoding="utf-8")
SCREEN = (HERE / "_project" / "workflows" / "screens" / "ehr.yaml").read_text(encoding="utf-8")
BOT = (HERE / "bot-roles" / "bot.yaml").read_text(encoding="utf-8")
SITE = (HERE / "site-values" / "site.yaml").read_text(encoding="utf-8")
SKILL = (bundled() / "skills" / "image-quality" / "skill.yaml").read_text(encoding="utf-8")
JUNK = ["", "\t", "{", "}", "[", "]", ": ", "'", '"', "&a ", "*a", "=", "\n- ", "😀", "\u2028", "\x85", "\r", "%",
        "!x ", "\ufeff",
        "\x00", "|\n", ">\n", "---\n", "? ", "\\", "#", "=(", "{{", "<<: ", "no", "~", "\ud7ff", "-"]  # fmt: skip
WORDS = ["order", "=order", "=item", "item", "ehr.order", "ehr.result.save", "ehr.worklist.orders", "ehr", "[]", "{}",
         "''", "=reading", "=accepted", "=study", "protect", "for_each", "when", "call", "=first(order)", "=not x",
         "[=order]", "{a: b}", "steps", "save", "x.y.z.w", "..", "=order.accession.x", "0", "look", "reads", "circle",
         "write", "{x}", "commit", "(", "~"]  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """The text after a few deletions, doublings, swaps and other words."""
    lines = text.splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["delete", "double", "swap", "indent", "word"])):
            case "delete":
                lines[at] = ""
            case "double":
                lines.insert(at, lines[at])
            case "swap":
                other = draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
            case "indent":
                lines[at] = "  " + lines[at]
            case _:
                words = lines[at].split(" ")
                words[draw(st.integers(0, len(words) - 1))] = draw(st.sampled_from(WORDS))
                lines[at] = " ".join(words)
    return "\n".join(lines) + "\n"


@given(damaged(VALID))
@settings(max_examples=250, deadline=None)
def test_workflows(text: str) -> None:
    with suppress(AuthoringError):
        lint(workflow_from_text(text, "w.yaml", LIBRARY), LIBRARY, MAPS)


@given(damaged(SCREEN), damaged(BOT))
@settings(max_examples=60, deadline=None)
def test_screen_maps_and_bots(tmp_path_factory: pytest.TempPathFactory, screen: str, bot: str) -> None:
    for name, text in (("screen.yaml", screen), ("bot.yaml", bot)):
        path = tmp_path_factory.getbasetemp() / name
        path.write_text(text, encoding="utf-8")
        check([path], LIBRARY)


@pytest.mark.evidence
def test_twenty_thousand_mutated_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    """Characters and lines struck, doubled, moved, exchanged: never a traceback, always a place inside the file."""
    right, wrong = mutated_files(tmp_path, 20_500)
    record_property("files refused with a place", wrong)
    record_property("files still right", right)
    with capsys.disabled():
        print(f"\n{right + wrong} mutated files: {wrong} refused with a place, {right} still right, no traceback")


def test_mutated_files_always_have_a_place(tmp_path: Path) -> None:
    """A slice of the same."""
    right, wrong = mutated_files(tmp_path, 150)
    assert wrong > right


def mutated_files(folder: Path, count: int) -> tuple[int, int]:
    """So many mutated files checked: how many were still right, and how many were not."""
    chance = random.Random(count)
    kinds = {"workflows/w/workflow.yaml": VALID, "workflows/screens/ehr.yaml": SCREEN, "bots/b.yaml": BOT,
             "site.yaml": SITE, "skills/image-quality/skill.yaml": SKILL}  # fmt: skip
    wrong = 0
    for number in range(count):
        name, text = list(kinds.items())[number % len(kinds)]
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = mutated(text, chance).encode("utf-8", "surrogatepass")
        if number % 50 == 49:
            data = data[: chance.randrange(len(data) + 1)] + b"\xff\xfe"
        path.write_bytes(data)
        found = check([path], LIBRARY)
        wrong += any(one.severity == "error" for one in found)
        lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", data.decode("utf-8", "replace"))
        for one in found:
            assert one.message
            assert "Traceback" not in one.message
            if one.file.endswith(name.rpartition("/")[2]):
                assert 1 <= one.line <= len(lines) + 1, (str(one), number)
                assert one.column >= 1, (str(one), number)
    return count - wrong, wrong


def mutated(text: str, chance: random.Random) -> str:
    """A text after a few mutations."""
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(text) + 1)
        lines = text.split("\n")
        match chance.randrange(5):
            case 0:
                text = text[:at] + text[at + chance.randint(1, 12) :]
            case 1:
                text = text[:at] + chance.choice(JUNK) + text[at:]
            case 2:
                one = chance.randrange(len(lines))
                lines.insert(chance.randrange(len(lines)), lines[one])
                text = "\n".join(lines)
            case 3:
                one = chance.randrange(len(lines))
                lines[one] = " " * chance.randrange(12) + lines[one].lstrip()
                text = "\n".join(lines)
            case _:
                word = chance.choice(WORDS)
                text = re.sub(r"[\w.]+", lambda m, word=word: word if chance.random() < 0.01 else m[0], text)
    return text


@pytest.mark.skipif(os.name != "posix", reason="there are no such things elsewhere")
def test_a_project_with_a_pipe_in_it_is_looked_at_all_the_same(tmp_path: Path) -> None:
    for name in ("bots/one.yaml", "workflows/one/workflow.yaml", "workflows/one/cases/one.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(tmp_path / name)
    for path in files_below(tmp_path):
        with pytest.raises(AuthoringError, match="is no file"):
            read_yaml(path)
    assert len(files_below(tmp_path)) == 3
