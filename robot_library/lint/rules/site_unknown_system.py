"""site.yaml limits a system that is not there.

`systems:` names screen maps (workflows/screens/), or addresses that apps' `url` begins with. A limit under a name that
nothing has would hold nothing back.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at_key
from robot_library.lint.rule import SiteRule, SiteSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.problems import did_you_mean


def check(subject: SiteSubject) -> Iterator[Diagnostic]:
    """Every system that is neither a screen map nor an address, in every environment."""
    named: list[tuple[str, ...]] = [("systems", name) for name in subject.site.systems]
    for environment, one in subject.site.environments.items():
        named += [("environments", environment, "systems", name) for name in one.systems]
    for *above, name in named:
        if "://" not in name and subject.library.look("screen", name) is None:
            place = at_key(subject.node, *above, name)
            hint = did_you_mean(name, subject.library.names("screen"))
            yield note(place, "WR801", f"there is no screen map '{name[:60]}'", hint)


RULE = SiteRule("WR801", "site", check)
