"""site.yaml limits a system that no bot works on (warning).

Perhaps the bot names another map or address, and the limit holds nothing back.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.errors import AuthoringError
from robot_library.lint.places import at_key
from robot_library.lint.rule import SiteRule, SiteSubject
from robot_library.lint.subject import note
from robot_library.model.bot import App
from robot_library.model.diagnostic import Diagnostic


def check(subject: SiteSubject) -> Iterator[Diagnostic]:
    """Every known system whose limits fit no app of any bot. An address that a variable gives may be any."""
    apps = list(_apps(subject))
    for name in subject.site.systems:
        known = "://" in name or subject.library.look("screen", name) is not None
        if known and not any(_fits(subject, name, app) for app in apps):
            place = at_key(subject.node, "systems", name)
            yield note(place, "WR802", f"no bot works on '{name[:60]}'", "Is it the name the bots use?", "warning")


def _apps(subject: SiteSubject) -> Iterator[App]:
    for name in subject.library.names("bot"):
        try:
            yield from subject.library.bot(name).apps.values()
        except AuthoringError:  # a wrong bot is reported where it is checked
            continue


def _fits(subject: SiteSubject, name: str, app: App) -> bool:
    if "://" in name and app.url.startswith("${"):
        return True
    found = subject.site.limits(app.map, app.url)
    return app.map == name or (found is not None and found[0] == name)


RULE = SiteRule("WR802", "site", check)
