"""Mends spelling that leaves no doubt, in memory: one known word, one letter away, where it decides nothing.

What a bot types or presses, whose record it takes for whose, and what a person is asked never change here: nothing
inside a step or key of `_DECIDES` is touched, nor any expression. A change counts only if `check` then no longer says
it, and says nothing else instead.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from robot_library.lint.check import check
from robot_library.lint.files import files_below
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.library import Library, shown
from robot_library.parsing.nodes import ListNode, MapNode, Node, read_text, tree_of
from robot_library.parsing.problems import one_edit_away
from robot_library.parsing.texts import Texts, reading

_CODES = ("WR101", "WR111", "WR308", "WR311", "WR312", "WR313")
"""Unknown key, action, screen or target, input, key of `where`, column: what others depend on comes first."""
_UNREAD = ("WR101", "WR111")
_DECIDES = frozenset({
    "protect", "fill", "save", "attach", "draft_report", "keyword", "accept", "check", "check_patient", "check_state",
    "confirm_patient", "claim", "choose_images", "choose_series", "run_skill", "identity", "state", "states",
    "unchanged", "values", "site", "apps", "deliveries", "expect", "typed", "clinical", "gates", "preprocess",
})  # fmt: skip
_MEANT = re.compile(r"^Did you mean '([^']+)'\?$")
_WRONG = re.compile(r"'([^']+)'[^']*$")
_TOKEN = re.compile(r"""["']?([\w.\-]+)["']?""")
_AT_MOST = 100


@dataclass(frozen=True)
class Fix:
    """One word exchanged; `line` counts from 1."""

    file: str
    line: int
    column: int
    code: str
    wrong: str
    right: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.code} '{self.wrong}' is now '{self.right}'"


def mended(paths: Sequence[Path], library: Callable[[], Library]) -> tuple[list[Fix], dict[Path, str]]:
    """What was mended, and the new text of each file it stands in; nothing is written. `library` is asked anew for
    each look, because what a library has read it keeps."""
    files = {shown(file): file for path in paths for file in (files_below(path) if path.is_dir() else [path])}
    texts: dict[Path, str] = {}
    fixes: list[Fix] = []
    found = _look(paths, library, texts)
    tried: set[Fix] = set()
    while len(fixes) < _AT_MOST:
        for fix, path, text in _possible(found, files, texts):
            if fix in tried:
                continue
            tried.add(fix)
            then = _look(paths, library, {**texts, path.resolve(): text})
            if _better(found, then, fix):
                fixes.append(fix)
                texts[path.resolve()] = text
                found = then
                break
        else:
            break
    return fixes, texts


def _look(paths: Sequence[Path], library: Callable[[], Library], texts: dict[Path, str]) -> list[Diagnostic]:
    with reading(Texts(dict(texts))):
        return check(paths, library())


def _better(before: Sequence[Diagnostic], after: Sequence[Diagnostic], fix: Fix) -> bool:
    """Fewer diagnostics, and none that was not there before. Where a file could not be read, what is found in it now
    was hidden: it only must not stand on the same line."""
    new = Counter((one.file, one.code, one.message) for one in after)
    new.subtract((one.file, one.code, one.message) for one in before)
    if fix.code in _UNREAD:
        gone = min(new.values(), default=0) < 0
        return gone and not any(
            new[one.file, one.code, one.message] > 0 and (one.file, one.line) == (fix.file, fix.line) for one in after
        )
    return len(after) < len(before) and max(new.values(), default=0) <= 0


def _possible(
    found: Sequence[Diagnostic], files: dict[str, Path], texts: dict[Path, str]
) -> Iterator[tuple[Fix, Path, str]]:
    """Every exchange that leaves no doubt, with the whole text after it."""
    for one in sorted(found, key=lambda one: _CODES.index(one.code) if one.code in _CODES else len(_CODES)):
        meant, wrong = _MEANT.match(one.hint), _WRONG.search(one.message)
        path = files.get(one.file)
        if one.code not in _CODES or meant is None or wrong is None or path is None:
            continue
        if not one_edit_away(wrong[1], meant[1]) or meant[1] in _DECIDES:
            continue
        text = texts.get(path.resolve()) or read_text(path, one.file)
        new = _exchanged(text, one, wrong[1], meant[1])
        if new is not None and not _DECIDES & set(_way(tree_of(text), one.line, one.column)):
            yield Fix(one.file, one.line, one.column, one.code, wrong[1], meant[1]), path, new


def _exchanged(text: str, one: Diagnostic, wrong: str, right: str) -> str | None:
    """The text with that one word exchanged; None where it does not stand there by itself."""
    lines = text.splitlines(keepends=True)
    if one.line > len(lines):
        return None
    line = lines[one.line - 1]
    token = _TOKEN.match(line, one.column - 1)
    parts = token[1].split(".") if token else []
    if token is None or parts.count(wrong) != 1:
        return None
    parts[parts.index(wrong)] = right
    lines[one.line - 1] = line[: token.start(1)] + ".".join(parts) + line[token.end(1) :]
    return "".join(lines)


def _way(node: Node | None, line: int, column: int) -> list[str]:
    """The keys on the way to what stands at a place, its own included; none if it is not found."""

    def down(node: Node, keys: list[str]) -> list[str] | None:
        if isinstance(node, MapNode):
            for key, value in node.items:
                here = [*keys, key.value]
                if (key.place.line, key.place.column) == (line, column):
                    return here
                if (way := down(value, here)) is not None:
                    return way
        elif isinstance(node, ListNode):
            return next((way for item in node.items if (way := down(item, keys)) is not None), None)
        return keys if (node.place.line, node.place.column) == (line, column) else None

    return (down(node, []) if node is not None else None) or sorted(_DECIDES)
