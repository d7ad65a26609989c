"""The sentences of a report that no template holds: that it is a draft, why it may be reported, how far it has come.

They are said in the language of the report's template. One more language is one more file in words/; a report in a
language that has none says them in English, since a warning that has to be looked up is better than one left out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

WORDS = Path(__file__).parent / "words"


def say(language: str, sentence: str, **values: object) -> str:
    """A sentence by its name in words/, in a language by its tag (`es`, `es-MX`), with {name} filled."""
    return _words(language.partition("-")[0].lower())[sentence].format(**values)


@cache
def _words(language: str) -> Mapping[str, str]:
    file = WORDS / f"{language}.toml"
    known = language.isalpha() and file.is_file()
    return tomllib.loads((file if known else WORDS / "en.toml").read_text(encoding="utf-8"))
