"""The rules over a workflow of which something could not be read: those that are right all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from robot_library.lint.rule import Rule, rules_on
from robot_library.lint.subject import Subject
from robot_library.model.diagnostic import Diagnostic

_OF_HEADER = {"screens": ("WR301", "WR416"), "templates": ("WR309",), "skills": ("WR310",)}
"""Rules about what a workflow lists."""


def lint_partly(subject: Subject) -> Iterator[Diagnostic]:
    """What is wrong with what could be read, and would stay wrong whatever stood in the gaps."""
    gaps = subject.gaps
    whole_steps = replace(subject, spots=[spot for spot in subject.spots if spot.step.path not in gaps.broken])
    broken = {
        word for spot in subject.spots if spot.step.path in gaps.broken for word in (spot.step.action, spot.effect)
    }
    silent = {code for key in gaps.header for code in _OF_HEADER.get(key, ())}
    for rule in rules_on("workflow"):
        if rule.code not in silent and _is_right(rule, subject, broken):
            yield from rule.check(whole_steps if rule.judges == "step" else subject)


def _is_right(rule: Rule[object], subject: Subject, broken: set[str]) -> bool:
    if rule.judges != "all":
        return True
    return bool(rule.hangs_on) and not subject.gaps.lost and not rule.hangs_on & broken
