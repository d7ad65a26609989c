"""An environment gives what no bot asks for (warning).

Perhaps the bot writes another ${NAME}, or names another credential: it would go on with what the machine says, and that
may be another system.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from robot_library.errors import AuthoringError
from robot_library.lint.places import at_key
from robot_library.lint.rule import SiteRule, SiteSubject
from robot_library.lint.subject import note
from robot_library.model.bot import BotSpec
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.bots import load_bot
from robot_library.parsing.problems import did_you_mean
from robot_library.parsing.surroundings import VARIABLE


def check(subject: SiteSubject) -> Iterator[Diagnostic]:
    """Every value and every credential that no bot names, by environment."""
    site = subject.site
    if not site.environments:
        return
    bots = list(_bots(subject))
    asked = {name for bot in bots for name in VARIABLE.findall(bot.model_dump_json(exclude={"place"}))}
    asked |= set(VARIABLE.findall(site.model_dump_json(include={"deliveries", "environments"})))
    named = {name for bot in bots for app in bot.apps.values() for name in app.credentials()}
    for environment, one in site.environments.items():
        for key, given, known, word in (
            ("values", one.values, asked, "no bot or delivery has ${{{}}}"),
            ("credentials", one.credentials, named, "no bot names the credential '{}'"),
        ):
            yield from _strangers(subject, (environment, key), given, known, word)


def _strangers(
    subject: SiteSubject, where: tuple[str, str], given: Iterable[str], known: set[str], word: str
) -> Iterator[Diagnostic]:
    for name in given:
        if name not in known:
            place = at_key(subject.node, "environments", *where, name)
            yield note(place, "WR809", word.format(name[:60]), did_you_mean(name, sorted(known)), "warning")


def _bots(subject: SiteSubject) -> Iterator[BotSpec]:
    """As their files have them, whatever environment is chosen."""
    for name in subject.library.names("bot"):
        try:
            yield load_bot(subject.library.path("bot", name))
        except AuthoringError:  # a wrong bot is reported where it is checked
            continue


RULE = SiteRule("WR809", "site", check)
