"""A page on paper: by a real browser, and without a trace on the disk."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from robot_library.delivery.paper import paper

pytestmark = pytest.mark.browser


async def test_a_report_is_printed_and_lies_nowhere_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    printing, looked, hits = Page.pdf, list[int](), list[Path]()

    async def watched(self: Page, **more: Any) -> bytes:
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        looked.append(len(files))
        hits.extend(path for path in files if b"SENTINEL" in path.read_bytes())
        return await printing(self, **more)

    monkeypatch.setattr(Page, "pdf", watched)
    page = "<meta charset=utf-8><h1>SENTINEL</h1><script>document.body.innerHTML = 'changed'</script>"
    assert (await paper(f"<html><body>{page}</body></html>")).startswith(b"%PDF-")
    assert looked
    assert looked[0] > 0, "the browser keeps nothing here: the test shows nothing"
    assert not hits
