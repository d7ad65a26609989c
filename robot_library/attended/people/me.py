"""One's own sign-in: another password, an authenticator. For people with an account.

Whoever changes it is in alone afterwards: it may be changed because somebody else has come in by what it was.
"""

from __future__ import annotations

import asyncio
import hmac

from starlette.responses import Response

from robot_library.attended.house import House
from robot_library.engine.database.trail import told_if_can_be
from robot_library.errors import SetupError
from robot_library.model.audit import Happened
from robot_library.people.book import Rests
from robot_library.people.entrances import dashboard_doors
from robot_library.people.passwords import LEAST, address, code_step, new_seed, wanting
from robot_library.people.rights import HERE
from robot_library.web.shell import Ask


class Me:
    """Everything at /me."""

    def __init__(self, house: House) -> None:
        self._house, self._dashboard = house, dashboard_doors(house.home, house.key)

    async def page(self, ask: Ask, said: str = "") -> Response:
        """What there is of one's sign-in, and what can be changed."""
        person = None if HERE in ask.session.role.split() else self._house.book.find(ask.who)
        seed = new_seed()
        return await ask.page(
            "me.html", person=person, seed=seed, sealed=self._signed(ask, seed), uri=address(seed, ask.who),
            wrong=said, least=LEAST,
        )  # fmt: skip

    async def password(self, ask: Ask) -> Response:
        """Another password, for whoever knows the one there is."""
        name, password = self._name(ask), str(ask.form.get("password", ""))[:1000]
        if not await self._knows(ask, name):
            return await self.page(ask, ask.words("me.refused"))
        wrong = wanting(password, name) or ("" if password == str(ask.form.get("again", "")) else "differ")
        if wrong:
            return await self.page(ask, ask.words(f"password.{wrong}", least=LEAST))
        await self._tell(ask, "change password")
        await asyncio.to_thread(self._house.book.change, name, password)
        return self._alone(ask, "me.changed")

    async def second(self, ask: Ask) -> Response:
        """Ask for a code of this authenticator from now on, or no longer."""
        name = self._name(ask)
        if not await self._knows(ask, name):
            return await self.page(ask, ask.words("me.refused"))
        seed = ask.text("seed", 64)
        if ask.text("off"):
            await self._tell(ask, "second factor off")
            await asyncio.to_thread(self._house.book.protect, name, None)
            return ask.back("/me", ask.words("me.off"))
        if not hmac.compare_digest(ask.text("sealed", 128).encode(), self._signed(ask, seed).encode()):
            return await self.page(ask, ask.words("error.form"))
        if code_step(seed, ask.text("code", 12)) is None:
            return await self.page(ask, ask.words("me.wrong_code"))
        await self._tell(ask, "second factor on")
        await asyncio.to_thread(self._house.book.protect, name, seed)
        return self._alone(ask, "me.on")

    async def _knows(self, ask: Ask, name: str) -> bool:
        """Whether they know the password there is: a screen that was left open is not enough. A guess is told."""
        try:
            person = await asyncio.to_thread(self._house.book.proves, name, str(ask.form.get("now", ""))[:1000])
        except Rests:
            person = None
        if person is None:
            told = Happened("sign_in", "person", outcome="failed", person=ask.who, code="own page")
            await asyncio.to_thread(told_if_can_be, self._house.desk.store.trail, told)
            return False
        await asyncio.to_thread(self._house.book.came_in, name)
        return True

    def _alone(self, ask: Ask, said: str) -> Response:
        """Every session of theirs ends, in both applications; this browser goes on in a fresh one."""
        doors, session = ask.shell.doors, ask.session
        for each in (doors, self._dashboard):
            each.leave_all(session.who)
        answer = ask.back("/me", ask.words(said))
        ask.shell.keep_session(answer, doors.admit(session.role, session.who, account=session.account))
        return answer

    async def _tell(self, ask: Ask, what: str) -> None:
        told = Happened("decision", what, person=ask.who)
        await asyncio.to_thread(self._house.desk.store.trail.record, told)

    def _name(self, ask: Ask) -> str:
        if HERE in ask.session.role.split() or self._house.book.find(ask.who) is None:
            raise SetupError(ask.words("me.none"))
        return ask.who

    def _signed(self, ask: Ask, seed: str) -> str:
        return ask.shell.doors.signed("seed", f"{ask.session.key}|{seed}")
