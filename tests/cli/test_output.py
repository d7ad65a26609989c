"""Tables: a name is not cut, and not in two halves, on the narrowest of terminals."""

from __future__ import annotations

import pytest

from robot_library.cli.demo import _tell
from robot_library.cli.output import print_table
from robot_library.cli.progress import item_progress
from robot_library.engine.ports import Event

NAME = "brain-tumour-measure-gnuhealth"


def test_names_stay_whole_and_long_texts_are_folded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_table(("item", "bot", "why"), [("7bae4f92", NAME, "worte " * 30), ("3b801c77", "x", "w" * 90)])
    lines = capsys.readouterr().out.splitlines()
    assert any(NAME in line and "7bae4f92" in line for line in lines)
    assert max(map(len, lines)) <= 80
    assert "".join(lines).count("w") == 30 + 90 + 1, "nothing is cut"


def test_a_name_that_is_wider_than_its_share_is_folded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    print_table(("bot", "why"), [("x" * 60, "y" * 60)])
    shown = capsys.readouterr().out
    assert (shown.count("x"), shown.count("y") - 1) == (60, 60)
    assert max(map(len, shown.splitlines())) <= 40


def test_outcomes_stand_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    with item_progress(2, {"a": "REQ1", "b": "REQ2"}, quiet=False) as listener:
        listener(Event("a", "item", outcome="needs_person", code="OrderHeld"))
        listener(Event("b", "item", outcome="refused", code="StudyUnreadable"))
    lines = [line for line in capsys.readouterr().err.splitlines() if "REQ" in line]
    assert [line.index(code) for line, code in zip(lines, ("OrderHeld", "StudyUnreadable"), strict=True)] == [36, 36]


def test_the_demo_says_why_in_words_each_reason_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    reason = "PatientMismatch: The screens and the images name different patients (birth date)."
    items = [{"order": "R1", "outcome": "typed", "reason": ""},
             *({"order": order, "outcome": "refused", "reason": reason} for order in ("R2", "R3"))]  # fmt: skip
    told = {"orders": 3, "typed": 1, "needs_person": 0, "refused": 2, "already_reported": 0, "seconds": 1,
            "wrong_patient_writes": 0, "duplicate_writes": 0, "unexpected": [], "report": "x",
            "items": items}  # fmt: skip
    _tell(told)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if reason in line]
    assert "R2, R3" in line
    _tell({**told, "items": items[:1]})
    assert "why" not in capsys.readouterr().out
