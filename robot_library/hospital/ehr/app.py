"""The EHR as an ASGI application: addresses and the pages behind them."""

from __future__ import annotations

import sqlite3

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from robot_library.hospital.chaos import Trouble
from robot_library.hospital.ehr import api, pages
from robot_library.hospital.ehr.result_page import result as result_html
from robot_library.hospital.ehr.session import Room, for_page, for_script, safe_next, visitor_of
from robot_library.hospital.records import TABS, Missing, Records
from robot_library.hospital.sessions import Sessions
from robot_library.hospital.settings import Settings
from robot_library.hospital.static import files


async def _home(request: Request) -> Response:
    return RedirectResponse("/worklist", 303)


async def _sign_in(request: Request) -> Response:
    room: Room = request.app.state.room
    return HTMLResponse(pages.sign_in(safe_next(request.query_params.get("next")), room.settings, room.trouble))


async def _sign_out(request: Request) -> Response:
    room: Room = request.app.state.room
    room.sessions.close(request.cookies.get(room.sessions.cookie))
    return RedirectResponse("/signin", 303)


async def _worklist(request: Request) -> Response:
    room: Room = request.app.state.room
    tab, number = request.query_params.get("state", "requested"), request.query_params.get("page", "1")
    if tab not in TABS or not number.isdecimal() or int(number) < 1:
        raise Missing
    return HTMLResponse(pages.worklist(tab, int(number), visitor_of(request), room.settings, room.trouble))


async def _order(request: Request) -> Response:
    room: Room = request.app.state.room
    row = room.records.order(request.path_params["order"])
    page = pages.order(row["order_id"], row, room.pacs_url, visitor_of(request), room.settings, room.trouble)
    return HTMLResponse(page)


async def _clinical(request: Request) -> Response:
    room: Room = request.app.state.room
    row = room.records.order(request.path_params["order"])
    others = [o for o in room.records.orders_of(row["current_patient_id"]) if o["order_id"] != row["order_id"]]
    return HTMLResponse(pages.clinical(row, others, room.trouble))


async def _patient(request: Request) -> Response:
    room: Room = request.app.state.room
    row = room.records.patient(request.path_params["patient"])
    if row["merged_into"]:
        return RedirectResponse(f"/patients/{row['merged_into']}", 303)
    aliases = room.records.aliases(row["patient_id"])
    return HTMLResponse(pages.patient(row, aliases, visitor_of(request), room.settings, room.trouble))


async def _result(request: Request) -> Response:
    room: Room = request.app.state.room
    row = room.records.order(request.path_params["order"])
    page = result_html(row["order_id"], row, visitor_of(request), room.settings, room.trouble)
    return HTMLResponse(page)


async def _missing(request: Request, error: Exception) -> Response:
    if request.url.path.startswith("/api/"):
        return await api.missing(request, error)
    room: Room = request.app.state.room
    return HTMLResponse(pages.not_found(visitor_of(request), room.settings, room.trouble), 404)


ROUTES = [
    Route("/", _home),
    Route("/signin", _sign_in),
    Route("/signout", _sign_out),
    Route("/worklist", for_page(_worklist)),
    Route("/orders/{order}", for_page(_order)),
    Route("/orders/{order}/clinical", for_page(_clinical)),
    Route("/patients/{patient}", for_page(_patient)),
    Route("/results/{order}", for_page(_result)),
    Route("/api/signin", api.sign_in, methods=["POST"]),
    Route("/api/worklist", for_script(api.worklist)),
    Route("/api/people", for_script(api.people)),
    Route("/api/orders/{order}", for_script(api.order)),
    Route("/api/patients/{patient}", for_script(api.patient)),
    Route("/api/results/{order}", for_script(api.result)),
    Route("/api/results/{order}", for_script(api.save), methods=["POST"]),
    Route("/api/results/{order}/status", for_script(api.result_status)),
    Route("/api/results/{order}/touch", for_script(api.touch), methods=["POST"]),
    Route("/api/results/{order}/sign", for_script(api.sign), methods=["POST"]),
    Route("/api/results/{order}/attachments", for_script(api.attach), methods=["POST"]),
    Mount("/static", files()),
]


def ehr_app(connection: sqlite3.Connection, settings: Settings, trouble: Trouble, pacs_url: str) -> Starlette:
    """The EHR over an open database; ``pacs_url`` is where its image links lead."""
    app = Starlette(routes=ROUTES, exception_handlers={Missing: _missing})
    sessions = Sessions(connection, settings, "ehr")
    app.state.room = Room(Records(connection), sessions, settings, trouble, pacs_url)
    return app
