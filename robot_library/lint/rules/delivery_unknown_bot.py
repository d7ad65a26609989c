"""A delivery is for a bot that is not there.

`bots` of a delivery limits it to reports of these bots; a name that no bot has would keep reports back for ever.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at
from robot_library.lint.rule import SiteRule, SiteSubject
from robot_library.lint.subject import note
from robot_library.model.delivery import Delivery
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.problems import did_you_mean


def check(subject: SiteSubject) -> Iterator[Diagnostic]:
    """Every name of a bot that there is not."""
    named: list[tuple[tuple[str, ...], Delivery]] = [
        (("deliveries", name), one) for name, one in subject.site.deliveries.items()
    ]
    for environment, overlay in subject.site.environments.items():
        named += [(("environments", environment, "deliveries", name), one) for name, one in overlay.deliveries.items()]
    for keys, delivery in named:
        for bot in delivery.bots:
            if subject.library.look("bot", bot) is None:
                place = at(subject.node, *keys, "bots")
                hint = did_you_mean(bot, subject.library.names("bot"))
                yield note(place, "WR807", f"there is no bot '{bot[:60]}'", hint)


RULE = SiteRule("WR807", "site", check)
