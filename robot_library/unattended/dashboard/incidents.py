"""This was wrong: somebody says so on an item's page; then the switch that stops its bot, and the bundle."""

from __future__ import annotations

from starlette.responses import Response

from robot_library.errors import SetupError
from robot_library.unattended.dashboard.floor import Floor
from robot_library.web.shell import Ask

_MOST = 200
"""Lines of the list, the newest first."""


class Wrong:
    """GET and POST /items/…/wrong, and everything at /incidents."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    async def ask_why(self, ask: Ask) -> Response:
        """What was wrong with it."""
        item = await self._floor.desk.board.item(ask.request.path_params["item"])
        return await ask.page("wrong.html", item=item)

    async def say(self, ask: Ask) -> Response:
        """Keep it; nothing is stopped."""
        why = ask.text("why", 1000)
        if not why:
            raise SetupError(ask.words("wrong.why_missing"))
        one = await self._floor.desk.incidents.report(ask.request.path_params["item"], ask.who, why)
        return ask.back(f"/incidents/{one.id}", ask.words("wrong.kept"))

    async def list(self, ask: Ask) -> Response:
        """What stands open; and what was closed, where that is asked for."""
        closed = ask.query("closed") == "1"
        found = await self._floor.desk.incidents.all(closed=closed, most=_MOST)
        open_now, there = await self._floor.desk.incidents.count()
        return await ask.page(
            "incidents.html", found=found, closed=closed, open_now=open_now, there=there,
            bundles=self._floor.bundle is not None,
        )  # fmt: skip

    async def page(self, ask: Ask) -> Response:
        """One incident, and what may be done."""
        one = await self._floor.desk.incidents.get(ask.request.path_params["incident"])
        stopped = await self._floor.desk.switches.scopes()
        return await ask.page(
            "incident.html", one=one, stopped=bool(stopped & {"all", f"bot:{one.bot}"}),
            bundles=self._floor.bundle is not None,
        )  # fmt: skip

    async def bundle(self, ask: Ask) -> Response:
        """The file. A form, not a link: that it was made stands in the audit trail."""
        one = await self._floor.desk.incidents.get(ask.request.path_params["incident"])
        if self._floor.bundle is None:
            raise SetupError(ask.words("wrong.no_bundle"))
        data = await self._floor.bundle(one, ask.who)
        named = f'attachment; filename="incident-{one.id[:8]}.zip"'
        return Response(data, media_type="application/zip", headers={"content-disposition": named})

    async def close(self, ask: Ask) -> Response:
        """Somebody has looked."""
        why = ask.text("why", 1000)
        if not why:
            raise SetupError(ask.words("wrong.why_missing"))
        one = await self._floor.desk.incidents.close(ask.request.path_params["incident"], ask.who, why)
        return ask.back(f"/items/{one.item}", ask.words("wrong.closed_now"))
