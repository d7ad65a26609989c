"""This was wrong: said on an order's page; then the switch that stops its bot, and the bundle for whoever must look."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from robot_library.attended.house import House
from robot_library.incidents.bundle import With
from robot_library.incidents.making import Place, made
from robot_library.web.shell import Ask


class Wrong:
    """POST /orders/…/wrong and what stands beside it afterwards."""

    def __init__(self, house: House) -> None:
        self._house = house

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
        kept: With = "sealed" if ask.may("patients") else "masked"
        data = await made(house.desk, Place(house.home, house.key), said[0], ask.who, kept)
        named = f'attachment; filename="incident-{said[0].id[:8]}.zip"'
        return Response(data, media_type="application/zip", headers={"content-disposition": named})


def _to(ask: Ask, item: str, said: str) -> Response:
    answer = RedirectResponse(f"/orders/{item}", 303)
    ask.shell.say(answer, ask.words(said))
    return answer
