"""What the sign on a person's screen says, in their language.

One more language is one more file in words/ and its name in `AtScreen.language`. The sign is drawn with ASCII letters
alone: the words are chosen so.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from robot_library.model.at_screen import AtScreen

WORDS = Path(__file__).parent / "words"


def words_of(state: str, rules: AtScreen, environment: Mapping[str, str] = os.environ) -> str:
    """The sign's words while a bot is `at_work`, or when a person has `touched` something."""
    said = _catalogue(rules.language or _machine(environment))[state]
    return said.format(stop=_shown(rules.stop), go_on=_shown(rules.go_on))


def _machine(environment: Mapping[str, str]) -> str:
    """The language that programs on this machine are in, as gettext finds it: es_MX.UTF-8 is es."""
    names = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    said = next((environment[name] for name in names if environment.get(name)), "")
    return said.partition(":")[0][:2].lower()


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    file = WORDS / f"{language}.toml"
    known = language.isalpha() and file.is_file()
    return tomllib.loads((file if known else WORDS / "en.toml").read_text(encoding="utf-8"))


def _shown(key: str) -> str:
    return "+".join(part.replace("_", " ").title() for part in key.split("+"))
