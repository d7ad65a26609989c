"""The site's time zone has no summer time (warning).

EST or Etc/GMT+5 stand still when the clocks of the house go forward: opening hours and night runs would be an hour
beside them for half a year. A zone is named by a place: America/New_York.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at
from robot_library.lint.rule import SiteRule, SiteSubject
from robot_library.lint.subject import note
from robot_library.lint.zones import rarely_meant
from robot_library.model.diagnostic import Diagnostic


def check(subject: SiteSubject) -> Iterator[Diagnostic]:
    """The one zone."""
    if (said := rarely_meant(subject.site.zone)) is not None:
        yield note(at(subject.node, "zone"), "WR810", *said, "warning")


RULE = SiteRule("WR810", "site", check)
