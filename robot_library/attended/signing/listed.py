"""What is to be reviewed, released and begun; critical results that nobody has acknowledged. No name stands here."""

from __future__ import annotations

from starlette.responses import Response

from robot_library.attended.house import House
from robot_library.delivery.gathered import gathered
from robot_library.engine import board
from robot_library.errors import WetreadError
from robot_library.web.shell import Ask

_MOST = 60


class Listed:
    """GET /reports."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def page(self, ask: Ask) -> Response:
        """Versions by how they stand, and finished items of bots whose reports wetread holds."""
        desk = self._house.desk
        versions = await desk.releases.newest(limit=_MOST)
        stand = {name: [one for one in versions if one.status == name] for name in ("draft", "reviewed", "released")}
        unseen = await desk.retractions.open()
        back = {one.report for one in versions if one.status == "entered_in_error"}
        stand["released"] = [one for one in stand["released"] if one.report not in back]
        return await ask.page(
            "reports.html", stand=stand, critical=await desk.critical.all(), begun=await self._not_begun(),
            unseen=unseen, back=[one for one in versions if one.status == "entered_in_error" and one.cleared],
        )  # fmt: skip

    async def begin(self, ask: Ask) -> Response:
        """The first version, out of what the finished item left. It goes nowhere before a reviewer lets it."""
        item = ask.request.path_params["item"]
        content = await gathered(self._house.desk, self._house.sealer, item, self._house.library)
        version = await self._house.desk.releases.draft(item, content, ask.who)
        return ask.back(f"/reports/{version.id}", ask.words("reports.begun"))

    async def _not_begun(self) -> list[board.Listed]:
        """Items that have typed a draft and have no report yet, of bots whose reports are delivered from here."""
        desk, found = self._house.desk, []
        for bot in self._held():
            page = await desk.board.page(bot=bot, states=("done",), outcome="typed", order="newest", limit=_MOST // 3)
            found += [one for one in page.items if not await desk.releases.of(one.id)]
        return found

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
