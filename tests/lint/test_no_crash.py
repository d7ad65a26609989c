"""Whatever an author does to a right file, the lint answers with diagnostics, never with a crash."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_library.errors import AuthoringError
from robot_library.lint.check import check, lint
from robot_library.parsing.library import Library, bundled
from robot_library.parsing.workflows import workflow_from_text
from tests.golden_errors.golden import HERE

LIBRARY = Library(HERE / "_project", bundled())
MAPS = {role: LIBRARY.screen_map(role) for role in ("ehr", "pacs")}
VALID = (Path(__file__).parent / "valid_workflow.yaml").read_text(encoding="utf-8")
SCREEN = (HERE / "_project" / "workflows" / "screens" / "ehr.yaml").read_text(encoding="utf-8")
BOT = (HERE / "bot-roles" / "bot.yaml").read_text(encoding="utf-8")
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
