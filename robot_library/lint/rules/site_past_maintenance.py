"""A maintenance window that is over (warning).

It no longer holds anything back; delete it, or was another year meant?
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from robot_library.lint.places import at
from robot_library.lint.rule import SiteRule, SiteSubject
from robot_library.lint.subject import note
from robot_library.model.clock import moment, zone
from robot_library.model.diagnostic import Diagnostic


def check(subject: SiteSubject) -> Iterator[Diagnostic]:
    """Every window that has been over for a day."""
    for name, system in subject.site.systems.items():
        here = datetime.now(zone(system.zone or subject.site.zone)).replace(tzinfo=None)
        for index, window in enumerate(system.maintenance):
            if window.ends is not None and moment(window.ends) < here - timedelta(days=1):
                place = at(subject.node, "systems", name, "maintenance", index, "ends")
                yield note(place, "WR803", "this maintenance window is over", "Delete it.", "warning")


RULE = SiteRule("WR803", "site", check)
