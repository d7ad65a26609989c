"""Who is asking, and what everybody who answers needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from robot_library.hospital.chaos import Trouble
from robot_library.hospital.records import Records, Visitor
from robot_library.hospital.sessions import Sessions
from robot_library.hospital.settings import Settings

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Room:
    """What the EHR's endpoints share: data, sessions, settings, dice."""

    records: Records
    sessions: Sessions
    settings: Settings
    trouble: Trouble
    pacs_url: str


def visitor_of(request: Request) -> Visitor:
    """Who is signed in; only inside endpoints that demand it."""
    visitor: Visitor = request.state.visitor
    return visitor


def safe_next(address: str | None) -> str:
    """Where to go after signing in: a path of this site, never another site."""
    if address and address.startswith("/") and not address.startswith(("//", "/\\", "/signin", "/api/")):
        return address
    return "/worklist"


def for_page(endpoint: Endpoint) -> Endpoint:
    """Let only the signed-in see a page; everybody else signs in first and is brought back to it."""

    async def guarded(request: Request) -> Response:
        room: Room = request.app.state.room
        visitor = room.sessions.check(request.cookies.get(room.sessions.cookie))
        if visitor is None:
            here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/signin?next={quote(here, safe='')}", 303)
        request.state.visitor = visitor
        return await endpoint(request)

    return guarded


def for_script(endpoint: Endpoint) -> Endpoint:
    """Let only the signed-in ask; everybody else gets 401, which the script answers with the sign-in page."""

    async def guarded(request: Request) -> Response:
        room: Room = request.app.state.room
        visitor = room.sessions.check(request.cookies.get(room.sessions.cookie))
        if visitor is None:
            return JSONResponse({"message": "Your session has ended."}, 401)
        request.state.visitor = visitor
        return await endpoint(request)

    return guarded
