"""Every threat has a guard and a test that is there; so has every promise."""

from __future__ import annotations

import re

import pytest

from tests.supply.lock import ROOT

ROW = re.compile(r"^\| ([STRIDE]) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)


@pytest.mark.parametrize("page", ["threat-model.md", "promises.md"])
def test_what_a_page_names_as_its_tests_is_there(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`(tests/[\w/.-]+?)\*?`", text))
    assert len(named) > 15
    lost = [name for name in named if not (ROOT / name).exists() and not list(ROOT.glob(f"{name}*"))]
    assert lost == []


def test_each_letter_has_its_rows_and_each_row_its_guard_and_test() -> None:
    rows = ROW.findall((ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8"))
    assert {row[0] for row in rows} == set("STRIDE")
    for _, threat, guard, tests in rows:
        assert len(guard) > 20, threat
        assert "`tests/" in tests, threat
        for code in re.findall(r"`(\w+/[\w/.]+)`", guard):
            assert (ROOT / "robot_library" / code).exists(), code
