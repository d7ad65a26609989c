"""Every wrong file has its exact message in a file beside it. WETREAD_UPDATE_GOLDEN=1 writes them anew, to be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from robot_library.lint.rule import rules
from robot_library.parsing.codes import CODES
from tests.golden_errors.golden import HERE, cases, said

AT_RUN_TIME = {"WR210", "WR211"}
"""Said when a step runs; tested in tests/parsing."""
NOT_IN_A_FILE = {"WR100", "WR011", "WR122", "WR124", "WR126"}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_message_is_exactly_as_expected(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)
    found = said(case)
    expected = case / "expected.txt"
    if os.environ.get("WETREAD_UPDATE_GOLDEN") == "1":
        expected.write_text(found, encoding="utf-8", newline="\n")
    assert found == expected.read_text(encoding="utf-8")


def test_there_are_enough_and_every_code_has_one() -> None:
    texts = [path.read_text(encoding="utf-8") for path in HERE.glob("*/expected.txt")]
    shown = {word for text in texts for word in text.split() if word.startswith("WR")}
    known = {rule.code for rule in rules()} | set(CODES)
    assert len(cases()) >= 25
    assert shown <= known
    assert known - shown == AT_RUN_TIME | NOT_IN_A_FILE


def test_codes_are_given_once() -> None:
    codes = [rule.code for rule in rules()]
    assert len(codes) == len(set(codes))
    assert not set(codes) & set(CODES)
    assert all(rule.title.endswith((".", "(warning).")) and "\n\n" in rule.doc for rule in rules())
