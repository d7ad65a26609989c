"""`make docs`: every page has its place, a broken link fails, and nothing is fetched from the net to read it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from robot_library.lint.rule import rules

HERE = Path(__file__).parents[2]
LOADED = re.compile(
    r"""<(?:script|img|iframe|link|source)\b[^>]*?\b(?:src|href)=["']?(?:https?:)?//[^"'\s>]+""", re.IGNORECASE
)


def built(config: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config), "-d", str(site)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=quiet, check=False)


def test_the_site_is_whole_and_needs_no_network(tmp_path: Path) -> None:
    done = built(HERE / "mkdocs.yml", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = {page: page.read_text(encoding="utf-8") for page in tmp_path.rglob("*.html")}
    assert len(pages) >= 50
    assert {page.name: LOADED.findall(text) for page, text in pages.items() if LOADED.search(text)} == {}
    sheets = [sheet.read_text(encoding="utf-8") for sheet in tmp_path.rglob("*.css")]
    assert not [1 for sheet in sheets if re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", sheet)]
    said = (tmp_path / "reference/diagnostics.html").read_text(encoding="utf-8")
    assert all(f'id="{rule.code.lower()}"' in said for rule in rules())
    assert (tmp_path / "reference/schema/workflow.schema.json").is_file()


def test_a_broken_link_fails(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text(
        "# A\n\n[there](index.md#a) [gone](b.md) [no part](index.md#b)\n", encoding="utf-8"
    )
    ours = (HERE / "mkdocs.yml").as_posix()
    config = tmp_path / "mkdocs.yml"
    config.write_text(f"INHERIT: {ours}\ndocs_dir: docs\nnav: [index.md]\n", encoding="utf-8")
    done = built(config, tmp_path / "site")
    assert done.returncode == 1
    assert "'b.md'" in done.stdout + done.stderr
    assert "'#b'" in done.stdout + done.stderr or "index.md#b" in done.stdout + done.stderr
