"""Gentle hours that lie outside of the opening hours.

Nothing is done in them, gently or not. A system whose gentle hours are never opening hours was meant otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from robot_library.lint.places import at
from robot_library.lint.rule import SiteRule, SiteSubject
from robot_library.lint.subject import note
from robot_library.model.clock import Span
from robot_library.model.diagnostic import Diagnostic

_MONDAY = datetime(2024, 1, 1)
_WEEK = [_MONDAY + timedelta(minutes=minute) for minute in range(0, 7 * 24 * 60, 5)]


def check(subject: SiteSubject) -> Iterator[Diagnostic]:
    """Every stretch of gentle hours that no opening hours meet."""
    for name, system in subject.site.systems.items():
        for index, gentle in enumerate(system.gentle):
            if system.hours and not _meet(gentle, system.hours):
                place = at(subject.node, "systems", name, "gentle", index)
                message = "these gentle hours lie outside of the opening hours"
                yield note(place, "WR804", message, "Nothing is done in them; change one of the two.")


def _meet(gentle: Span, hours: tuple[Span, ...]) -> bool:
    return any(gentle.covers(here) and any(span.covers(here) for span in hours) for here in _WEEK)


RULE = SiteRule("WR804", "site", check)
