"""The fenced blocks of the documentation, each with what it is said to be and how it may be left unchecked.

Before a block may stand `<!-- not run: why -->` (nothing runs it here; the reason names what does, or what is lacking)
or `<!-- exit code 2 -->` (the command is shown to fail).
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_FENCE = re.compile(
    r"(?:^ *<!-- (?P<mark>not run|exit code):? (?P<why>[^\n]*?) -->\n)?"
    r"^(?P<indent> *)```(?P<language>[a-z]*)(?: title=\"(?P<title>[^\"]*)\")?\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
OUTPUT = {("README.md", "28 orders in"): "what `make demo` prints"}
"""Blocks of a page whose marks are not written there, by how they begin."""


@dataclass(frozen=True)
class Block:
    """One fenced block; `unchecked` is why nothing checks it, "" for a checked one."""

    page: Path
    line: int
    language: str
    title: str
    text: str
    unchecked: str = ""
    exit_code: int = 0

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT).as_posix()}:{self.line}"

    def commands(self) -> list[list[str]]:
        """The words of each command, without comments; a line that ends in a backslash goes on."""
        whole = re.sub(r"\\\n\s*", " ", self.text)
        return [words for line in whole.splitlines() if (words := shlex.split(line, comments=True))]


def blocks(page: Path) -> list[Block]:
    """Every block of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        said = re.sub(rf"^{match['indent']}", "", match["text"], flags=re.MULTILINE)
        why = match["why"] if match["mark"] == "not run" else ""
        pardoned = next(
            (why for (name, begin), why in OUTPUT.items() if page.name == name and said.startswith(begin)), ""
        )
        code = int(match["why"]) if match["mark"] == "exit code" else 0
        line = text.count("\n", 0, match.start("language")) + 1
        found.append(Block(page, line, match["language"], match["title"] or "", said, why or pardoned, code))
    return found


def without_blocks(page: Path) -> str:
    """A page's prose."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))
