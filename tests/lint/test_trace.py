"""The trace holds, or says each thing in it that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot_library.errors import SetupError
from robot_library.lint.trace import trace_page

PROMISE = "| **{title}** | It is so (`{code}`). Lint: {rule}. | `tests/{test}`, `test_b.py` |\n"
DEMAND = '[[demand]]\nof = "LAW 1"\nasks = "it is so"\npromises = ["{begins}"]\n{more}\n'


def a_tree(root: Path, *, promise: dict[str, str] | None = None, begins: str = "1.", more: str = "") -> Path:
    for name in ("robot_library/engine/run/gate.py", "tests/engine/test_a.py", "tests/engine/test_b.py"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'"""What {path.name} is, in one\nsentence.\n\nMore."""\n', encoding="utf-8")
    said = {"title": "1. Never", "code": "engine/run/gate.py", "rule": "WR401", "test": "engine/test_a.py"}
    (root / "docs").mkdir()
    (root / "docs" / "promises.md").write_text(PROMISE.format(**{**said, **(promise or {})}), encoding="utf-8")
    (root / "docs" / "trace.toml").write_text(DEMAND.format(begins=begins, more=more), encoding="utf-8")
    return root


def test_from_what_is_asked_down_to_the_test(tmp_path: Path) -> None:
    page = trace_page(a_tree(tmp_path))
    assert "| LAW 1 | it is so | [1. Never](#1-never) | the promise's | – |" in page
    assert "| `robot_library/engine/run/gate.py` | What gate.py is, in one sentence. |" in page
    assert "| `tests/engine/test_b.py` | What test_b.py is, in one sentence. |" in page
    assert "| [WR401](diagnostics.md#wr401) |" in page


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"promise": {"code": "engine/gone.py"}}, "robot_library/engine/gone.py is not there"),
        ({"promise": {"code": "gate"}}, "1. Never: names no code"),
        ({"promise": {"test": "engine/test_gone.py"}}, "tests/engine/test_gone.py is not there"),
        ({"promise": {"rule": "WR999"}}, "there is no rule WR999"),
        ({"begins": "2."}, "LAW 1: 0 promises begin with '2.'"),
        ({"more": 'tests = ["engine/test_gone.py"]'}, "tests/engine/test_gone.py is not there"),
        ({"more": 'code = ["engine/gone.py"]'}, "robot_library/engine/gone.py is not there"),
        ({"more": 'test = ["engine/test_a.py"]'}, "nothing is called test"),
    ],
)
def test_what_is_not_there_is_said(tmp_path: Path, change: dict[str, object], says: str) -> None:
    with pytest.raises(SetupError, match="does not hold") as caught:
        trace_page(a_tree(tmp_path, **change))  # type: ignore[arg-type]
    assert says in caught.value.message


def test_a_promise_without_a_line_is_said(tmp_path: Path) -> None:
    root = a_tree(tmp_path)
    (root / "docs" / "promises.md").write_text("Nothing.\n", encoding="utf-8")
    with pytest.raises(SetupError, match="has no promise"):
        trace_page(root)
