"""An environment that is no production fills in a production address.

An address that a production environment fills in, or that `systems` calls production, is refused in every other one:
the test would be made on the records that count.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at
from robot_library.lint.rule import SiteRule, SiteSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic


def check(subject: SiteSubject) -> Iterator[Diagnostic]:
    """Every such value, by the environment that fills it in."""
    for name, one in subject.site.environments.items():
        for variable, text in one.values.items():
            if not one.production and "://" in text and (system := subject.site.production_at(text)):
                place = at(subject.node, "environments", name, "values", variable)
                message = f"in '{name}', {variable} is the production system {system}"
                yield note(place, "WR808", message, "Write the test system's address.")


RULE = SiteRule("WR808", "site", check)
