"""What the screens showed in two runs: their parts, line by line, as they were kept; all of it is covered already.

A screen that one run has kept and the other has not is left out, save where a step failed: what was there then is held
against what the same step showed last in the other run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from robot_library.errors import SetupError
from robot_library.model.run import Evidence, StepRecord
from robot_library.reports.run_step import FAILED, ReadBlob

_AROUND = 2
"""Lines that are shown before and after what differs."""
_PARTS = ": its parts"


@dataclass(frozen=True)
class PageDiff:
    """One screen. `lines` begin with '-' (first run alone), '+' (second alone), ' ' (both) or '…' (left out)."""

    title: str
    lines: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many parts differ."""
        return sum(line[0] in "-+" for line in self.lines)

    @property
    def told(self) -> str:
        """In a few words."""
        return f"{self.title}: {self.count} parts of the screen differ"


def page_diffs(first: StepRecord, second: StepRecord, read: ReadBlob) -> list[PageDiff]:
    """Screens of one step that differ. `read` opens what was kept; what is kept no more is left out."""
    found = []
    for title, ours, theirs in _pairs(_outlines(first), _outlines(second)):
        texts = _text(read, ours), _text(read, theirs)
        if texts[0] is not None and texts[1] is not None and texts[0] != texts[1]:
            found.append(PageDiff(title, tuple(_lines(texts[0], texts[1]))))
    return found


def _outlines(step: StepRecord) -> dict[str, Evidence]:
    """By title; where a step has kept several of one title, numbered."""
    found: dict[str, Evidence] = {}
    seen = Counter[str]()
    for kept in step.evidence:
        if kept.kind == "outline":
            title = kept.title.removesuffix(_PARTS)
            seen[title] += 1
            found[f"{title} ({seen[title]})" if seen[title] > 1 else title] = kept
    return found


def _pairs(ours: dict[str, Evidence], theirs: dict[str, Evidence]) -> Iterator[tuple[str, Evidence, Evidence]]:
    for title in ours:
        if title in theirs:
            yield title, ours[title], theirs[title]
    for one, other, order in ((ours, theirs, 1), (theirs, ours, -1)):
        if FAILED in one and FAILED not in other and other:
            last = list(other.values())[-1]
            first, second = (one[FAILED], last)[::order]
            yield FAILED, first, second


def _text(read: Callable[[str], bytes], kept: Evidence) -> list[str] | None:
    try:
        return read(kept.blob).decode("utf-8", errors="replace").splitlines()
    except SetupError:  # housekeeping has deleted it
        return None


def _lines(ours: list[str], theirs: list[str]) -> Iterator[str]:
    for group in SequenceMatcher(None, ours, theirs, autojunk=False).get_grouped_opcodes(_AROUND):
        if group[0][1] or group[0][3]:
            yield "…"
        for what, a, b, c, d in group:
            if what == "equal":
                yield from (f"  {line}" for line in ours[a:b])
                continue
            yield from (f"- {line}" for line in ours[a:b])
            yield from (f"+ {line}" for line in theirs[c:d])
