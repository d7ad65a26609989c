"""The application: every room's addresses behind one door, in one frame, in the reader's language."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from robot_library.attended.house import House
from robot_library.attended.orders import ORDERS
from robot_library.attended.people.room import PEOPLE
from robot_library.attended.review import REVIEW
from robot_library.attended.rooms import Room
from robot_library.attended.signing import SIGNING
from robot_library.attended.start import START
from robot_library.attended.tongues import NAMES, tongues
from robot_library.people.door import FOLDER, FrontDoor
from robot_library.people.rights import HERE as HOME
from robot_library.web import pages as web
from robot_library.web.doors import Doors
from robot_library.web.languages import COOKIE, LASTS
from robot_library.web.live import Live
from robot_library.web.shell import Ask
from robot_library.web.static import Static
from robot_library.web.walls import Walls

HERE = Path(__file__).parent
ROOMS: tuple[Room, ...] = (START, ORDERS, REVIEW, SIGNING, PEOPLE)
"""Every room of pages, in the order of their tabs."""


class Attended:
    """The pages over one house. `app` is what a server runs; `close` ends the streams, so that it can stop.

    `hosts` are names it may be called by beside this machine's own; `secure` says that browsers reach it by HTTPS.
    """

    def __init__(
        self, house: House, doors: Doors, *, rooms: Sequence[Room] = ROOMS, hosts: Collection[str] = (),
        secure: bool = False,
    ) -> None:  # fmt: skip
        self._house, self._rooms = house, rooms
        folders = [web.HERE, FOLDER, HERE, *(room.folder for room in rooms)]
        static = Static([folder / "static" for folder in folders if (folder / "static").is_dir()])
        self.live = Live(self._changes)
        self._shell = FrontDoor(
            doors, tongues(folders, static, house.zone), static, frame=self._frame, layout="attended.html",
            secure=secure, book=house.book, trail=house.desk.store.trail,
            elsewhere=house.elsewhere(),
        )  # fmt: skip
        routes = [route for room in rooms for route in room.routes(self._shell, house)]
        self.app: Walls = self._shell.app([*self._own(), *routes], hosts=hosts)

    def close(self) -> None:
        """Send everybody who listens away."""
        self.live.close()

    def _own(self) -> list[BaseRoute]:
        page, act = self._shell.page, self._shell.act
        return [
            *self._shell.ways_in(),
            page("/frame", self._part, role="in"),
            page("/keys", _keys, role="in"),
            act("/language", self._language, role="in"),
            self._shell.events("/events", self.live, role="in"),
        ]

    async def _frame(self, ask: Ask) -> Mapping[str, Any]:
        """What stands on every page: the pages this person may see, the languages there are."""
        tabs = [tab for room in self._rooms for tab in await room.tabs(self._house, ask) if ask.may(tab.needs)]
        return {"tabs": tabs, "languages": NAMES, "idle": self._idle(ask)}

    def _idle(self, ask: Ask) -> int:
        """Seconds without a key or a click after which this person's screen is blanked; 0 for never."""
        return 0 if HOME in ask.session.role.split() else int(ask.shell.doors.rights.lasting(ask.session.role).idle)

    async def _part(self, ask: Ask) -> Response:
        """Only the frame, for a page that renews it."""
        return await ask.page("tabs.html", **await self._frame(ask), at=ask.query("at"))

    async def _language(self, ask: Ask) -> Response:
        """Read the pages in another language, here, from now on."""
        chosen, back = ask.text("language"), ask.text("back")
        answer = RedirectResponse(back if back.startswith("/") and not back.startswith("//") else "/", 303)
        if chosen in NAMES:
            answer.set_cookie(COOKIE, chosen, max_age=LASTS, path="/", httponly=True, samesite="strict")
        return answer

    async def _changes(self) -> Mapping[str, str]:
        found = dict(await self._house.desk.board.changes())
        for room in self._rooms:
            found |= await room.changes(self._house)
        return found


async def _keys(ask: Ask) -> Response:
    """What keys do."""
    return await ask.page("keys.html")
