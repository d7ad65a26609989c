"""Promise 1 on generated hospitals: the whole guard behind the gate, not one comparison. The counter of wrong writes is
shown to count: guards that leave out one look each write into a wrong record.

What no software sees stays unseen here too: the wrong person chosen at the modality. Synthetic trials are no clinical
proof.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from robot_library.errors import PatientMismatch
from robot_library.interfaces import Protection, ScreenSession, View
from robot_library.model.person import Identity
from robot_library.safeguards import guard as guards
from robot_library.safeguards.guard import ScreenGuard
from tests.evidence import upper_bound
from tests.safeguards.generated import HAZARDS, made, too_late, true_person, worked


@dataclass
class Seen:
    """What many trials have shown."""

    wrong: Counter[str] = field(default_factory=Counter)
    late: int = 0
    dangerous: int = 0
    met: Counter[str] = field(default_factory=Counter)
    clean: Counter[bool] = field(default_factory=Counter)
    """Trials in which nothing was wrong, by whether a text was misread."""
    stopped: Counter[bool] = field(default_factory=Counter)


def trials(n: int, seed: int, make: Callable[[], ScreenGuard] = ScreenGuard) -> Seen:
    rng, seen = random.Random(seed), Seen()
    for _ in range(n):
        world, kind = made(rng)
        stop = worked(world, make())
        seen.met[world.hazard] += 1
        if world.hazard == "none":
            seen.clean[world.misread > 0] += 1
            seen.stopped[world.misread > 0] += bool(stop)
            continue
        seen.dangerous += 1
        if world.saved is not None and world.saved != true_person(world):
            if too_late(world):
                seen.late += 1
            else:
                seen.wrong[f"{world.hazard} ({kind})"] += 1
    return seen


def test_no_generated_hospital_has_a_word_about_one_written_to_another() -> None:
    seen = trials(2_000, seed=20261129)
    assert seen.wrong == Counter()
    assert set(seen.met) == set(HAZARDS)
    assert seen.clean[False] > 100
    assert seen.stopped[False] == 0, "one ordinary patient on readable screens was stopped"


class NoLookBeforeThePress(ScreenGuard):
    async def before_write(
        self, effect: Literal["write", "commit"], protection: Protection, session: ScreenSession
    ) -> list[str]:
        return [] if effect == "commit" else await super().before_write(effect, protection, session)


class NeverTheFilm(ScreenGuard):
    def agree(self, identities: Sequence[Identity]) -> str:
        return "not asked"

    async def before_write(
        self, effect: Literal["write", "commit"], protection: Protection, session: ScreenSession
    ) -> list[str]:
        return []


class NameAlone(ScreenGuard):
    """Believes a name and a birth date."""

    def agree(self, identities: Sequence[Identity]) -> str:
        if len({one.birth_date for one in identities}) > 1:
            raise PatientMismatch("another birth date")
        return "agree"

    async def before_write(
        self, effect: Literal["write", "commit"], protection: Protection, session: ScreenSession
    ) -> list[str]:
        view: View | None = session.view
        assert view is not None
        return [self.agree([await self.identify(session, view), *protection.expected])]


@pytest.mark.parametrize("careless", [NoLookBeforeThePress, NeverTheFilm, NameAlone])
def test_a_guard_that_leaves_out_a_look_is_found_out(careless: type[ScreenGuard]) -> None:
    assert sum(trials(500, 5, careless).wrong.values()) > 0


def test_a_look_that_is_not_the_last_one_before_the_press_is_found_out() -> None:
    """The order of looks until November 2026: the live form first, the record opened anew after it."""

    class LiveFirst(ScreenGuard):
        async def before_write(
            self, effect: Literal["write", "commit"], protection: Protection, session: ScreenSession
        ) -> list[str]:
            assert session.view is not None
            shown = await self.identify(session, session.view)
            guards.rule.agree([shown, *protection.expected], about=shown)
            anew = await session.open(session.view.screen, session.view.where, fresh=True)
            await self.check_state(session, anew)
            return await self._same_again(session, anew, protection)

        async def _same_again(self, session: ScreenSession, anew: View, protection: Protection) -> list[str]:
            how = guards._identity_map(session, anew)
            if how.via is None:
                again = await guards._read_identity(session, anew, how)
                guards.rule.agree([again, *protection.expected], about=again)
            return []

    wrong = trials(1_500, 7, LiveFirst).wrong
    assert any(what.startswith("the form jumps") for what in wrong)


@pytest.mark.evidence
def test_a_hundred_thousand_trials_of_the_whole_guard(record_property: Callable[[str, object], None]) -> None:
    seen = trials(112_000, seed=8)
    assert seen.dangerous >= 100_000
    figures: Mapping[str, Any] = {
        "trials in which something was wrong": seen.dangerous,
        "written into a wrong record": sum(seen.wrong.values()),
        "95 % upper bound per 100,000, if none": 100_000 * upper_bound(seen.dangerous),
        "changed after the last look, not counted": seen.late,
        "trials in which nothing was wrong, all readable": seen.clean[False],
        "stopped of these": seen.stopped[False],
        "trials in which nothing was wrong, a text misread by OCR": seen.clean[True],
        "stopped of those": seen.stopped[True],
    }
    for name, value in figures.items():
        record_property(name, value)
    assert seen.wrong == Counter()
    assert 100_000 * upper_bound(seen.dangerous) < 4
