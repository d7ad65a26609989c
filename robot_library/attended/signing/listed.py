"""What is to be reviewed, released and begun; critical results that nobody has acknowledged. No name stands here."""

from __future__ import annotations

from typing import Literal

from starlette.responses import Response

from robot_library.attended.house import House
from robot_library.delivery.gathered import gathered
from robot_library.engine.desk import Desk
from robot_library.engine.records import board
from robot_library.errors import WetreadError
from robot_library.model.release import ReportVersion
from robot_library.web.shell import Ask

_MOST, _ALL = 60, 2000


async def waiting(desk: Desk, status: Literal["draft", "reviewed"]) -> list[ReportVersion]:
    """All that wait for a person, however many are newer: what was ruled in first, then the longest waiting."""
    found = await desk.releases.newest(status=status, limit=_ALL)
    return sorted(found, key=lambda one: (not ruled_in(one), one.changed))


def ruled_in(version: ReportVersion) -> bool:
    """Whether something was found to be there."""
    return any(one.decision == "positive" for one in version.content.findings)


class Listed:
    """GET /reports."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def page(self, ask: Ask) -> Response:
        """Versions by how they stand, and finished items of bots whose reports wetread holds."""
        desk = self._house.desk
        stand = {"draft": await waiting(desk, "draft"), "reviewed": await waiting(desk, "reviewed")}
        released = await desk.releases.newest(status="released", limit=_MOST)
        in_error = await desk.releases.newest(status="entered_in_error", limit=_ALL)
        back = {one.report for one in in_error}
        stand["released"] = [one for one in released if one.report not in back]
        return await ask.page(
            "reports.html", stand=stand, critical=await desk.critical.all(), begun=await self._not_begun(),
            unseen=await desk.retractions.open(), back=[one for one in in_error if one.cleared],
            urgent={one.id for name in ("draft", "reviewed") for one in stand[name] if ruled_in(one)},
        )  # fmt: skip

    async def begin(self, ask: Ask) -> Response:
        """The first version, out of what the finished item left. It goes nowhere before a reviewer lets it."""
        item = ask.request.path_params["item"]
        content = await gathered(self._house.desk, self._house.sealer, item, self._house.library)
        version = await self._house.desk.releases.draft(item, content, ask.who)
        return ask.back(f"/reports/{version.id}", ask.words("reports.begun"))

    async def _not_begun(self) -> list[board.Listed]:
        """Items that have typed a draft and have no report yet, of bots whose reports are delivered from here."""
        desk = self._house.desk
        return await desk.board.some(await desk.releases.unreported(self._held(), limit=_ALL))

    def _held(self) -> list[str]:
        """Bots whose reports this site lets wetread hold: those that somebody gets reports of."""
        library = self._house.library
        site = list(library.site().deliveries.values())
        held = []
        for name in library.names("bot"):
            try:
                own = library.bot(name).deliveries
            except WetreadError:
                continue
            if own or any(not one.bots or name in one.bots for one in site):
                held.append(name)
        return held
