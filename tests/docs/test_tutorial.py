"""The tutorial, carried out as it stands: every command, every change, in a real browser at a demo hospital."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from robot_library.hospital.build import ensure
from robot_library.hospital.stories import STORIES
from tests.docs.blocks import ROOT, blocks
from tests.docs.running import carried_out


@pytest.mark.browser
@pytest.mark.slow
def test_the_tutorial_leads_where_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ensure(tmp_path / "built", 1, None, STORIES["chest"])
    shutil.copytree(tmp_path / "built", tmp_path / "my-bots/.wetread/test/hospital-chest-1")
    monkeypatch.chdir(tmp_path)
    page = blocks(ROOT / "docs/tutorial.md")
    assert carried_out(page, {"test"}) >= 8
    said = "".join(capsys.readouterr())
    shown = [line for block in page if block.language == "text" and "part of what" in block.unchecked
             for line in block.text.splitlines() if "(3.0 s)" not in line]  # fmt: skip
    assert [line for line in shown if line.strip() not in said] == []
    assert "4 case(s), all passed." in said
