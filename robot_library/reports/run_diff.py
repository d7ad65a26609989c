"""Two runs side by side: what differs, step by step. Texts of runs are masked already; nothing else is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from robot_library.model.run import RunRecord, StepRecord
from robot_library.reports.page_diff import PageDiff, page_diffs
from robot_library.reports.run_step import ReadBlob

SLOWER = 2.0
"""A step that took so many times as long differs, where it took long enough to tell."""
LEAST = 0.5
"""Seconds below which times are not compared."""
_FALL_BACK = re.compile(r"(\S+) was found by its locator number (\d+)")


@dataclass(frozen=True)
class Pair:
    """One step in two runs; None where a run has not come to it, or not that often. `differs` says in what."""

    first: StepRecord | None
    second: StepRecord | None
    differs: tuple[str, ...]
    screens: tuple[PageDiff, ...] = ()
    """What the screens of this step showed otherwise."""

    @property
    def step(self) -> StepRecord:
        """Either of them."""
        found = self.first or self.second
        assert found is not None
        return found

    @property
    def ratio(self) -> float | None:
        """How many times as long the second took; None where that cannot be said."""
        if self.first is None or self.second is None or not self.first.seconds:
            return None
        return self.second.seconds / self.first.seconds


def side_by_side(first: RunRecord, second: RunRecord, read: ReadBlob | None = None) -> list[Pair]:
    """Every step of both runs, in their order. Steps are the same where path and action are. With `read`, which opens
    what was kept, what their screens showed is held side by side, too."""
    ours, theirs = first.steps, second.steps
    keys, others = ([(step.path, step.action) for step in steps] for steps in (ours, theirs))
    pairs: list[Pair] = []
    for what, a, b, c, d in SequenceMatcher(None, keys, others, autojunk=False).get_opcodes():
        if what == "equal":
            pairs += [_pair(one, other, read) for one, other in zip(ours[a:b], theirs[c:d], strict=True)]
        else:
            pairs += [_pair(one, None) for one in ours[a:b]] + [_pair(None, other) for other in theirs[c:d]]
    return pairs


def in_the_whole(first: RunRecord, second: RunRecord) -> list[str]:
    """What differs between the runs themselves."""
    found = []
    if first.workflow != second.workflow:
        found.append(f"workflow: {first.workflow} / {second.workflow}")
    if (first.outcome, first.code) != (second.outcome, second.code):
        found.append(f"outcome: {_ended(first)} / {_ended(second)}")
    return found


def _ended(run: RunRecord) -> str:
    return f"{run.outcome} ({run.code})" if run.code else run.outcome


def _pair(first: StepRecord | None, second: StepRecord | None, read: ReadBlob | None = None) -> Pair:
    if first is None or second is None:
        return Pair(first, second, ("only in the second" if first is None else "only in the first",))
    screens = tuple(page_diffs(first, second, read)) if read is not None else ()
    return Pair(first, second, (*_differences(first, second), *(one.told for one in screens)), screens)


def _differences(first: StepRecord, second: StepRecord) -> Iterator[str]:
    if first.outcome != second.outcome:
        yield f"{first.outcome} / {second.outcome}"
    if first.error != second.error:
        yield f"{first.error or 'no error'} / {second.error or 'no error'}"
    ours, theirs = _locators(first), _locators(second)
    for target in dict.fromkeys((*ours, *theirs)):
        if ours.get(target, 1) != theirs.get(target, 1):
            yield f"{target}: locator {ours.get(target, 1)} / {theirs.get(target, 1)}"
    if _rest(first) != _rest(second):
        yield f"{_rest(first) or 'nothing said'} / {_rest(second) or 'nothing said'}"
    if first.verified != second.verified:
        yield f"proven: {_told(first.verified)} / {_told(second.verified)}"
    slower, faster = max(first.seconds, second.seconds), min(first.seconds, second.seconds)
    if slower >= LEAST and slower >= SLOWER * faster:
        yield f"took {first.seconds:.2f} s / {second.seconds:.2f} s"


def _locators(step: StepRecord) -> dict[str, int]:
    """Targets that were found by a fall-back, with the number of the locator."""
    return {target: int(number) for target, number in _FALL_BACK.findall(step.detail)}


def _rest(step: StepRecord) -> str:
    """What the step says of itself, without its fall-backs."""
    return "; ".join(line for line in step.detail.split("; ") if not _FALL_BACK.match(line))


def _told(lines: Sequence[str]) -> str:
    return "; ".join(lines) or "nothing"
