"""Every page can be read in every language: the same words by name, with the same gaps to fill."""

from __future__ import annotations

import string
import tomllib
from pathlib import Path

import pytest

from robot_library.attended import app
from robot_library.attended.tongues import NAMES, filters
from robot_library.people.door import FOLDER
from robot_library.web import pages
from robot_library.web.times import Clock
from robot_library.web.words import _flat

FOLDERS = [pages.HERE / "words", FOLDER / "words", app.HERE / "words", *(room.folder / "words" for room in app.ROOMS)]


def words(folder: Path, language: str) -> dict[str, str]:
    return dict(_flat(tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8")), ""))


def gaps(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.parent.name)
def test_the_catalogues_say_the_same(folder: Path) -> None:
    english = words(folder, "en")
    for language in NAMES:
        other = words(folder, language)
        assert sorted(other) == sorted(english)
        assert {name: gaps(other[name]) for name in other} == {name: gaps(english[name]) for name in english}


def test_dates_and_numbers_are_written_as_each_language_does() -> None:
    birth = 1_680_681_600.0
    en, es = (filters(code, Clock()) for code in ("en", "es"))
    assert (en["day"](birth), es["day"](birth)) == ("5 Apr 2023", "5 abr 2023")
    assert (en["number"](1234567), es["number"](1234567)) == ("1,234,567", "1.234.567")
