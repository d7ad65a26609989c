"""A time on the wall, and nobody says on whose wall (warning).

A `cron` or `at` without a `zone`, at a site whose site.yaml names none either, is read in UTC: the night run would
begin an hour or more beside the night. So it would for half a year in a zone such as EST, which has no summer time.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.errors import AuthoringError
from robot_library.lint.places import at, at_key
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.lint.zones import rarely_meant
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.library import Library


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Every trigger at a time on the wall."""
    for number, trigger in enumerate(subject.bot.triggers):
        one = trigger.cron or trigger.at
        if one is not None and (said := rarely_meant(one.zone)) is not None:
            yield note(at(subject.node, "triggers", number, trigger.kind, "zone"), "WR710", *said, "warning")
        if one is not None and one.zone is None and not _site_has_one(subject.library):
            place = at_key(subject.node, "triggers", number, trigger.kind)
            hint = "Add `zone: Europe/Berlin` here, or once for all to site.yaml."
            yield note(place, "WR710", "no time zone is named; this is read in UTC", hint, "warning")


def _site_has_one(library: Library) -> bool:
    try:
        return "zone" in library.site().model_fields_set
    except AuthoringError:  # reported where site.yaml is checked
        return True


RULE = BotRule("WR710", "bot", check)
