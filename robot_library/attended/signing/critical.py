"""Critical results: what was found, who was told, when and how, who has acknowledged it."""

from __future__ import annotations

from starlette.responses import Response

from robot_library.attended.house import House
from robot_library.attended.review.drafts import tidied
from robot_library.web.shell import Ask


class Critical:
    """POST /critical/…"""

    def __init__(self, house: House) -> None:
        self._critical = house.desk.critical

    async def found(self, ask: Ask) -> Response:
        """Somebody must hear of this at once."""
        item, what = ask.request.path_params["item"], tidied(ask.text("what", 300))
        await self._critical.found(item, what, ask.who, _role(ask), version=ask.text("version", 64))
        return ask.back(_back(ask), ask.words("critical.noted"))

    async def told(self, ask: Ask) -> Response:
        """Who was told, and how."""
        whom, how = ask.text("whom", 120), ask.text("how", 60)
        read_back = bool(ask.text("read_back"))
        ident = ask.request.path_params["result"]
        await self._critical.told(ident, whom, how, ask.who, _role(ask), read_back=read_back)
        return ask.back(_back(ask), ask.words("critical.noted"))

    async def acknowledged(self, ask: Ask) -> Response:
        """Whoever was told has taken it up: whom the page named, who need not be who was told last."""
        one = await self._critical.get(ask.request.path_params["result"])
        by = ask.text("by", 120) or one.told or ask.who
        await self._critical.acknowledge(one.id, by, _role(ask), noted=ask.who)
        return ask.back(_back(ask), ask.words("critical.noted"))


def _back(ask: Ask) -> str:
    """The report's page if the form stood there, else the list."""
    version = ask.text("version", 64)
    return f"/reports/{version}" if version.isalnum() else "/reports"


def _role(ask: Ask) -> str:
    return "reviewer" if "reviewer" in ask.session.role.split() else ask.session.role.split()[0]
