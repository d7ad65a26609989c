"""This was wrong: said on an order's page; then the switch that stops its bot, and the bundle for whoever must look."""

from __future__ import annotations

import asyncio
from functools import partial

from starlette.responses import RedirectResponse, Response

from robot_library.attended.house import House
from robot_library.engine.people.incidents import Incident
from robot_library.errors import IncidentRefused, WetreadError
from robot_library.incidents.bundle import With
from robot_library.incidents.making import Place, made
from robot_library.people.proving import proven
from robot_library.web.proofs import Proofs, Wanted
from robot_library.web.shell import Ask

MAY_SEE = ("clerk", "reviewer")
"""Roles that see what names patients."""


class Wrong:
    """POST /orders/…/wrong and what stands beside it afterwards."""

    def __init__(self, house: House) -> None:
        self._house = house
        again = house.again()
        self.proofs = Proofs(again, "patients") if again else None

    async def say(self, ask: Ask) -> Response:
        """Keep it; nothing is stopped."""
        item = await self._house.desk.board.item(ask.request.path_params["item"])
        if why := ask.text("why", 1000):
            await self._house.desk.incidents.report(item.id, ask.who, why)
        return _to(ask, item.id, "wrong.kept" if why else "wrong.why_missing")

    async def stop(self, ask: Ask) -> Response:
        """Stop the bot: only of an order of which somebody has said that it was wrong."""
        item = await self._house.desk.board.item(ask.request.path_params["item"])
        said = await self._house.desk.incidents.of(item.id)
        if said:
            await self._house.desk.switches.stop(f"bot:{item.bot}", ask.who, f"incident {said[0].id[:8]}")
        return _to(ask, item.id, "wrong.stopped" if said else "wrong.why_missing")

    async def bundle(self, ask: Ask) -> Response:
        """The newest incident's file: evidence encrypted, and only what was masked for eyes that see no patients."""
        house = self._house
        said = await house.desk.incidents.of(ask.request.path_params["item"])
        if not said:
            return _to(ask, ask.request.path_params["item"], "wrong.why_missing")
        return await self._file(said[0], ask.who, "sealed" if ask.may("patients") else "masked")

    async def ask_clear(self, ask: Ask) -> Response:
        """Who wants the evidence in clear: they prove at that moment who they are."""
        return await self._sheet(ask, ask.request.path_params["item"])

    async def clear(self, ask: Ask) -> Response:
        """The newest incident's file with evidence, data and notes in clear, for whoever's session it is."""
        house, item = self._house, ask.request.path_params["item"]
        try:
            if "elsewhere" in ask.form and self.proofs is not None:
                sheet, opened = partial(self._refused, item), partial(self._opened, item)
                return await self.proofs.begin(ask, Wanted(ask.who, MAY_SEE, opened, sheet))
            password, code = str(ask.form.get("password", ""))[:1000], ask.text("code", 20)
            trail = house.desk.store.trail
            who = await asyncio.to_thread(proven, house.book, ask.who, password, lambda: code, MAY_SEE, trail)
            return await self._opened(item, ask, who)
        except WetreadError as no:
            return await self._refused(item, ask, no)

    async def _opened(self, item: str, _: Ask, who: str) -> Response:
        said = await self._house.desk.incidents.of(item)
        if not said:
            raise IncidentRefused("nobody has said that this order was wrong.")
        return await self._file(said[0], who, "clear")

    async def _file(self, one: Incident, who: str, kept: With) -> Response:
        data = await made(self._house.desk, Place(self._house.home, self._house.key), one, who, kept)
        named = f'attachment; filename="incident-{one.id[:8]}.zip"'
        return Response(data, media_type="application/zip", headers={"content-disposition": named})

    async def _refused(self, item: str, ask: Ask, no: WetreadError) -> Response:
        return await self._sheet(ask, item, no)

    async def _sheet(self, ask: Ask, item: str, no: WetreadError | None = None) -> Response:
        person = self._house.book.find(ask.who)
        label = (self.proofs.label or ask.words("proof.label")) if self.proofs else ""
        return await ask.page(
            "clear.html", 409 if no else 200, item=await self._house.desk.board.item(item), person=person,
            wrong=f"{no.message} {no.cure}".strip() if no else "",
            elsewhere=label if person is not None and person.elsewhere else "",
        )  # fmt: skip


def _to(ask: Ask, item: str, said: str) -> Response:
    answer = RedirectResponse(f"/orders/{item}", 303)
    ask.shell.say(answer, ask.words(said))
    return answer
