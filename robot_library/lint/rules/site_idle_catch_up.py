"""A way of catching up that holds nothing back (warning).

`catch_up` says how slowly bots come back to a system that was down. Where `rate` lets through no more than that at any
time, it changes nothing: make it slower, or leave it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at
from robot_library.lint.rule import SiteRule, SiteSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic


def check(subject: SiteSubject) -> Iterator[Diagnostic]:
    """Every system whose ordinary pace is as slow."""
    for name, system in subject.site.systems.items():
        rate, after = system.rate, system.catch_up
        if rate is None or after is None or after.items is None:
            continue
        if after.items / after.per.total_seconds() >= rate.items / rate.per.total_seconds():
            place = at(subject.node, "systems", name, "catch_up", "items")
            message = "after it was down, this system is worked on no more slowly than its `rate` always says"
            yield note(place, "WR805", message, "Make it slower, or leave `items` out.", "warning")


RULE = SiteRule("WR805", "site", check)
