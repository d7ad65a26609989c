"""Practice where patients are treated: on named test patients alone, in a home of its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from robot_library.errors import NotATestPatient, SetupError
from robot_library.interfaces import Protection, ScreenSession, View
from robot_library.model.person import Identity
from robot_library.safeguards.guard import ScreenGuard

MARK = "environment"
"""File of a home: the environment that its items are of, and whether they are for practice."""
_ITEMS, _DATABASE = "engine.sqlite", "WETREAD_DB"


class TestPatientsOnly(ScreenGuard):
    """As the guard of real work; besides, whoever is shown must be one of these, by the number on the live screen."""

    __test__ = False

    def __init__(self, patients: Sequence[str]) -> None:
        self._patients = frozenset(number.strip() for number in patients)

    def agree(self, identities: Sequence[Identity]) -> str:
        for one in identities:
            if one.ids:
                self._known(one)
        return super().agree(identities)

    async def identify(self, session: ScreenSession, view: View) -> Identity:
        found = await super().identify(session, view)
        self._known(found)
        return found

    async def before_write(
        self, effect: Literal["write", "commit"], protection: Protection, session: ScreenSession
    ) -> list[str]:
        """Refused unless the live form shows a test patient; then all that is asked before real work."""
        if session.view is not None and session.view.screen == protection.screen:
            await self.identify(session, session.view)
        return ["a test patient, by the number on the screen", *await super().before_write(effect, protection, session)]

    def _known(self, one: Identity) -> None:
        if not one.ids or any(number.value.strip() not in self._patients for number in one.ids):
            raise NotATestPatient(
                f"{one.source} shows a patient who is none of the test patients.",
                cure="Nothing was typed. In production, practice is for `test_patients` of site.yaml alone.",
            )


def environment_of(home: Path) -> str | None:
    """The environment that a home's items are of; None where nobody has said so."""
    path = home / MARK
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None


def belong(home: Path, environment: str, *, practising: bool = False) -> None:
    """Bind a home to its environment; "" where a site tells none apart. SetupError if its items are another's: what was
    taken from the test system's list is never typed into the one that counts, nor the other way round."""
    mine = f"{environment} practice" if practising else environment
    path, there = home / MARK, environment_of(home)
    if there is not None and there != mine:
        raise SetupError(
            f"the items of {home} are of environment '{there}', and this is '{mine or 'none'}'.",
            cure="Choose that with --env, or give this one a --home of its own.",
        )
    if practising and os.environ.get(_DATABASE):
        raise SetupError("practice keeps its items apart, not in a fleet's database.", cure=f"Unset {_DATABASE}.")
    if there is not None or not mine:
        return
    if practising and (home / _ITEMS).exists():
        raise SetupError(f"{home} holds items that are no practice.", cure="Give --home a folder of its own.")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(f"{mine}\n", encoding="utf-8", newline="\n")
