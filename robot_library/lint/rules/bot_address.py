"""An address that no browser could go to.

An app's `url` is the whole address, with http:// or https://; one that comes from the environment is written ${NAME}.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from robot_library.lint.places import at
from robot_library.lint.rule import BotRule, BotSubject
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic


def check(subject: BotSubject) -> Iterator[Diagnostic]:
    """Every address that is written out, of every system in the browser."""
    for role, app in subject.bot.apps.items():
        for key, text in (("url", app.url), ("dicomweb", app.dicomweb or "")):
            if not text or "${" in text or (key == "url" and app.program is not None):
                continue
            parts = urlsplit(text)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                variable = text.startswith(("$", "%"))
                hint = "Write a variable as ${NAME}." if variable else "Write all of it, as in https://ehr.example."
                place = at(subject.node, "apps", role, key)
                yield note(place, "WR709", f"'{key}' is no address: it has no http:// or https:// and host", hint)


RULE = BotRule("WR709", "bot", check)
