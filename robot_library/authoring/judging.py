"""Expected against actual: what differs, in words that hold no value of the item."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from robot_library.authoring.watching import Noted
from robot_library.engine.records.mask import mask
from robot_library.errors import ApplicationException, AuthoringError, SetupError, WetreadError
from robot_library.model.case import Case, Words
from robot_library.model.run import RunRecord

_SHOWN = 400


@cache
def _no_reasons() -> frozenset[str]:
    """Codes of what is wrong with files, machine or screens: a case for people's items would pass by any of them."""
    found: set[type[WetreadError]] = set()
    waiting: list[type[WetreadError]] = [AuthoringError, SetupError, ApplicationException]
    while waiting:
        found.add(one := waiting.pop())
        waiting += one.__subclasses__()
    return frozenset(one.__name__ for one in found)


@dataclass(frozen=True)
class Difference:
    """One thing that came otherwise than the case says."""

    what: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, was {self.actual}"


def differences(case: Case, run: RunRecord, noted: Noted) -> list[Difference]:
    """Everything about a run that is not as its case expects. The item's own values are masked."""
    found: list[Difference] = []
    expect = case.expect
    if run.outcome != expect.outcome:
        why = f" ({run.code}: {run.reason})" if run.code else ""
        found.append(Difference("outcome", expect.outcome, f"{run.outcome}{why}"))
    if expect.code is not None and run.code != expect.code:
        found.append(Difference("code", expect.code or "none", run.code or "none"))
    if expect.code is None and run.outcome == expect.outcome == "needs_person" and run.code in _no_reasons():
        found.append(Difference("code", "a reason of the item's own", f"{run.code}: {run.reason}"))
    for target, words in expect.typed.items():
        found += _typed(target, words, noted.typed.get(target))
    if expect.pressed is not None and list(expect.pressed) != noted.pressed:
        found.append(Difference("pressed", _listed(expect.pressed), _listed(noted.pressed)))
    return [_masked(one, case.item) for one in found]


def _typed(target: str, words: Words, text: str | None) -> Iterator[Difference]:
    if text is None:
        yield Difference(target, "typed into", "not typed into")
        return
    if words.is_ is not None and text != words.is_:
        yield Difference(target, _quoted(words.is_), _quoted(text))
    for part in words.contains:
        if part not in text:
            yield Difference(target, f"with {_quoted(part)} in it", _quoted(text))
    for part in words.lacks:
        if part in text:
            yield Difference(target, f"without {_quoted(part)} in it", _quoted(text))
    if words.matches is not None and not re.fullmatch(words.matches, text, re.DOTALL):
        yield Difference(target, f"a text that fits {_quoted(words.matches)}", _quoted(text))


def _masked(one: Difference, item: Mapping[str, str]) -> Difference:
    return Difference(one.what, mask(one.expected, item), mask(one.actual, item))


def _quoted(text: str) -> str:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f"'{shown}'"


def _listed(targets: tuple[str, ...] | list[str]) -> str:
    return ", ".join(targets) or "nothing"
