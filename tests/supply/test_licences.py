"""No GPL in what we ship: the licences of everything that an installation brings along, as its makers state them."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata

import pytest
from packaging.requirements import Requirement

from tests.supply.lock import LOCK, NOT_LOCKED, ROOT, locked

_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = tuple(name for name in _PROJECT["optional-dependencies"] if name not in NOT_LOCKED)
ELSEWHERE = {
    "colorama": "BSD", "comtypes": "MIT", "fire": "Apache-2.0", "pywin32": "PSF", "pywin32-ctypes": "BSD-3-Clause",
    "pywinauto": "BSD-3-Clause", "rpaframework-windows": "Apache-2.0", "sspilib": "MIT", "termcolor": "MIT",
    "uiautomation": "Apache-2.0",
    "robotframework-sapguilibrary": "its release says nothing; conda-forge, which ships it, says Apache-2.0",
}  # fmt: skip
"""What only Windows installs, and its releases say; looked up by hand, as other machines have none of it."""
NAMED = {"mouseinfo", "pymsgbox", "python3-xlib"}
"""pyautogui's own, with the extra `desktop` only: docs/decisions/0015-licences.md."""
ALSO_FREE = {"docutils"}
"""Says GPL, too, of one file that is an editor's mode and is not in its wheel."""
_BAD = re.compile(
    r"(?<![LA-Za-z])GPL|(?<!Lesser )General Public License|Affero|AGPL|SSPL|Commons Clause|non-?commercial", re.I
)


def closure(*extras: str) -> dict[str, metadata.Distribution]:
    """Every distribution that wetread with these extras needs on this machine, by its plain name."""
    found: dict[tuple[str, str], metadata.Distribution] = {}
    waiting = [("wetread", extra) for extra in ("", *extras)]
    while waiting:
        name, extra = waiting.pop()
        key = (re.sub(r"[-_.]+", "-", name).lower(), extra)
        if key in found:
            continue
        found[key] = metadata.distribution(name)  # what is needed and not here is an error of its own
        for line in found[key].requires or ():
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                waiting += [(need.name, each) for each in ("", *need.extras)]
    return {name: one for (name, _), one in found.items()}


def licence(one: metadata.Distribution) -> str:
    """What a distribution says of its licence: expression, first line of the text, classifiers."""
    said = [one.metadata.get("License-Expression") or "", (one.metadata.get("License") or "").split("\n")[0][:120]]
    said += [line for line in one.metadata.get_all("Classifier") or () if line.startswith("License ::")]
    return "; ".join(filter(None, said))


def bad(found: dict[str, metadata.Distribution]) -> set[str]:
    return {name for name, one in found.items() if _BAD.search(licence(one))} - ALSO_FREE


def test_what_everybody_installs_has_no_gpl() -> None:
    found = closure()
    assert len(found) > 50
    assert bad(found) == set()


def test_the_extras_have_only_the_named_exceptions() -> None:
    assert bad(closure(*EXTRAS)) <= NAMED
    assert bad(closure(*(extra for extra in EXTRAS if extra not in ("desktop", "rpa")))) == set()


def test_nothing_is_locked_whose_licence_nobody_has_read() -> None:
    """Neither what its maker leaves unsaid, nor what this machine does not install."""
    found = closure(*EXTRAS)
    assert [name for name, one in found.items() if not licence(one)] == []
    assert {line.name for line in locked(LOCK.read_text(encoding="utf-8"))} - set(found) - set(ELSEWHERE) == set()
    assert not [name for name, said in ELSEWHERE.items() if _BAD.search(said)]


@pytest.mark.parametrize(
    ("text", "found"),
    [("GPLv3+", True), ("GPL-2.0-only", True), ("GNU General Public License v3 or later (GPLv3+)", True),
     ("AGPL-3.0", True), ("LGPL-3.0-only", False), ("GNU Lesser General Public License v3 (LGPLv3)", False),
     ("CC-BY-NC 4.0, non-commercial", True), ("MIT", False)],
)  # fmt: skip
def test_a_gpl_is_known_when_it_is_seen(text: str, found: bool) -> None:
    assert bool(_BAD.search(text)) is found
