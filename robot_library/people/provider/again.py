"""Whoever comes in by the hospital's own sign-in proves there once more who they are, for one decision.

The provider is told to ask them anew (`prompt=login`, `max_age=0`) and must say when it did (`auth_time`): after we
sent them, by its own clock. That it asked for more than a password is its own affair.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping

from robot_library.engine.database.trail import Trail, told_if_can_be
from robot_library.errors import ApprovalRefused
from robot_library.model.audit import Happened
from robot_library.people.book import Book, known_as
from robot_library.people.provider.talks import Begun, Provider
from robot_library.people.proving import may
from robot_library.people.refused import Refused

_SYSTEM = "oidc approval"
_ANEW = "Begin again from the page of what is to be decided."
_PEOPLE = "Ask whoever manages the people of this site."
_SAID: Mapping[str, tuple[str, str]] = {
    "away": ("the hospital's sign-in cannot be reached.", "Try again when it is back, or let somebody decide who has "
             "an account of `wetread people`."),
    "late": ("this is not the answer to what was asked of the hospital's sign-in.", _ANEW),
    "denied": ("the hospital's sign-in has not let you in.", _ANEW),
    "token": ("what the hospital's sign-in answered does not hold.", _ANEW),
    "no_moment": ("the hospital's sign-in does not say when it last asked who you are (`auth_time`), so nobody can "
                  "decide by it.", "Its administrators can have it put auth_time into the ID token when max_age is "
                  "asked for; until then somebody decides who has an account of `wetread people`."),
    "stale": ("the hospital's sign-in let you through without asking who you are.", "Its administrators can have it "
              "heed prompt=login and max_age=0."),
    "no_role": ("none of your groups gives a right here.", _PEOPLE),
    "taken": ("somebody has your name with an account of `wetread people`.", _PEOPLE),
    "name": ("the hospital's sign-in gives no name that could be used here.", _PEOPLE),
    "disabled": ("you come in here no more.", _PEOPLE),
    "other": ("somebody else has signed in there than was named here.", "Write your name, and sign in as yourself."),
}  # fmt: skip


class Again:
    """Implements the dashboard's Elsewhere."""

    def __init__(
        self, provider: Provider, book: Book, trail: Trail, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._provider, self._book, self._trail, self._clock = provider, book, trail, clock
        self.label = provider.rules.label

    async def begin(self, back: str) -> tuple[str, str, tuple[Begun, float]]:
        """Where to send the browser, the state that comes back with it, and what `finish` needs. ApprovalRefused where
        the provider is away."""
        try:
            address, begun = await self._provider.begin(back, anew=True)
        except Refused as no:
            raise self._refusal(no.reason) from None
        return address, begun.state, (begun, self._clock())

    async def finish(
        self, answer: Mapping[str, str], kept: tuple[Begun, float], back: str, name: str, roles: Collection[str]
    ) -> str:
        """Who has proven it, as the book has their name. ApprovalRefused for anybody but the one who was named, for an
        answer to another question, for a proof from before it, and for who has none of `roles`."""
        begun, at = kept
        try:
            known = await self._provider.finish(answer, begun, back, within=self._clock() - at)
            person = await asyncio.to_thread(self._book.from_elsewhere, known.subject, known.name, known.roles)
        except Refused as no:
            raise self._refusal(no.reason, no.who) from None
        if person.name != known_as(name):
            raise self._refusal("other", person.name)
        may(person.name, person.roles, roles, self._trail, _SYSTEM)
        self._tell(person.name, "")
        return person.name

    def _refusal(self, reason: str, who: str = "") -> ApprovalRefused:
        self._tell(who, reason)
        message, cure = _SAID[reason]
        return ApprovalRefused(message, cure=cure)

    def _tell(self, who: str, reason: str) -> None:
        happened = Happened(
            "sign_in", "person", person=who, outcome="failed" if reason else "ok", system=_SYSTEM, code=reason
        )
        told_if_can_be(self._trail, happened)
