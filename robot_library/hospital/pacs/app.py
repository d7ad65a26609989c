"""The PACS as an ASGI application."""

from __future__ import annotations

import asyncio
import io
import sqlite3
import zipfile
from pathlib import Path
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from robot_library.hospital.archive import Archive, NotReadable
from robot_library.hospital.chaos import Trouble
from robot_library.hospital.dicomweb.app import dicomweb_app
from robot_library.hospital.ehr.session import Endpoint, safe_next, visitor_of
from robot_library.hospital.pacs import marks, pages
from robot_library.hospital.records import now
from robot_library.hospital.sessions import Sessions
from robot_library.hospital.settings import Settings
from robot_library.hospital.static import files

NOT_FOUND = Response("no such thing", 404, media_type="text/plain")


def _guard(endpoint: Endpoint) -> Endpoint:
    async def guarded(request: Request) -> Response:
        sessions: Sessions = request.app.state.sessions
        visitor = sessions.check(request.cookies.get(sessions.cookie))
        if visitor is None:
            here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/login?next={quote(here, safe='')}", 303)
        request.state.visitor = visitor
        return await endpoint(request)

    return guarded


async def _home(request: Request) -> Response:
    return RedirectResponse("/studies", 303)


def _after(address: str | None) -> str:
    return address if address and address != "/worklist" and safe_next(address) == address else "/studies"


async def _login(request: Request) -> Response:
    state = request.app.state
    if request.method == "GET":
        return HTMLResponse(pages.login(_after(request.query_params.get("next")), False, state.trouble))
    async with request.form() as form:
        user, password, target = (str(form.get(k, "")) for k in ("user", "password", "next"))
    opened = state.sessions.open(user, password)
    if opened.kept is not None:
        return HTMLResponse(pages.login(_after(target), True, state.trouble), 403)
    response = RedirectResponse(_after(target), 303)
    response.set_cookie(state.sessions.cookie, opened.token, httponly=True, samesite="lax")
    return response


async def _logout(request: Request) -> Response:
    sessions: Sessions = request.app.state.sessions
    sessions.close(request.cookies.get(sessions.cookie))
    return RedirectResponse("/login", 303)


async def _studies(request: Request) -> Response:
    state = request.app.state
    page = pages.studies(dict(request.query_params), visitor_of(request), state.settings, state.trouble)
    return HTMLResponse(page)


async def _search(request: Request) -> Response:
    state = request.app.state
    await asyncio.sleep(state.trouble.delay(state.settings.grid_ms))
    found = state.archive.search(dict(request.query_params))
    rows = [
        {
            "uid": s["study_uid"],
            "cells": [
                pages.name_text(s["patient_name"]), s["mrn"], pages.date_text(s["birth_date"]),
                pages.date_text(s["study_date"]), s["description"], s["modality"], s["accession"],
                f"{s['received']} of {s['expected_images']}",
            ],
        }
        for s in found
    ]  # fmt: skip
    return JSONResponse({"rows": rows})


async def _study(request: Request) -> Response:
    state = request.app.state
    row = state.archive.study(request.path_params["uid"])
    if row is None:
        return NOT_FOUND
    images = state.archive.instances(row["study_uid"])
    return HTMLResponse(pages.study(row, images, visitor_of(request), state.settings, state.trouble))


async def _zip(request: Request) -> Response:
    archive: Archive = request.app.state.archive
    images = archive.instances(request.path_params["uid"])
    if not images:
        return NOT_FOUND
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as bundle:
        for image in images:
            bundle.write(archive.path(image), f"IMAGES/IM{image['number']:06d}")
    headers = {"Content-Disposition": 'attachment; filename="study.zip"'}
    return Response(packed.getvalue(), media_type="application/zip", headers=headers)


async def _object(request: Request) -> Response:
    archive: Archive = request.app.state.archive
    image = archive.instance(request.path_params["uid"])
    if image is None:
        return NOT_FOUND
    return FileResponse(archive.path(image), media_type="application/dicom", filename=f"image{image['number']}.dcm")


async def _quality(request: Request) -> Response:
    """The quality form of a study, and what it stores."""
    state = request.app.state
    row = state.archive.study(request.path_params["uid"])
    if row is None:
        return NOT_FOUND
    visitor = visitor_of(request)
    if request.method == "POST":
        async with request.form() as form:
            verdict, remarks = (str(form.get(k, "")).replace("\r\n", "\n") for k in ("verdict", "remarks"))
        if verdict.strip():
            state.archive.add_mark(row, now(), visitor.session, visitor.account, verdict, remarks)
        return RedirectResponse(request.url.path, 303)
    page = marks.form(row, state.archive.mark(row["study_uid"]), visitor, state.settings, state.trouble)
    return HTMLResponse(page)


async def _repeats(request: Request) -> Response:
    state = request.app.state
    page = marks.repeats(state.archive.repeats(), visitor_of(request), state.settings, state.trouble)
    return HTMLResponse(page)


async def _viewer(request: Request) -> Response:
    state = request.app.state
    row = state.archive.study(request.path_params["uid"])
    if row is None:
        return NOT_FOUND
    images = state.archive.instances(row["study_uid"])
    return HTMLResponse(pages.viewer(row, images, state.settings, state.trouble))


async def _pixels(request: Request) -> Response:
    """Little-endian uint16 stored values; sizes and window in headers."""
    archive: Archive = request.app.state.archive
    image = archive.instance(request.path_params["uid"])
    if image is None:
        return NOT_FOUND
    try:
        stored, centre, width, inverted = await asyncio.to_thread(archive.pixels, image)
    except NotReadable:
        return Response("This image is damaged.", 422, media_type="text/plain")
    rows, columns = stored.shape
    shown = {"X-Rows": rows, "X-Columns": columns, "X-Centre": centre, "X-Width": width, "X-Inverted": int(inverted)}
    return Response(
        stored.astype("<u2").tobytes(),
        media_type="application/octet-stream",
        headers={k: str(v) for k, v in shown.items()},
    )


def pacs_app(connection: sqlite3.Connection, directory: Path, settings: Settings, trouble: Trouble) -> Starlette:
    """The PACS over an open database and the directory of its objects; DICOMweb is below ``/dicomweb``."""
    archive = Archive(connection, directory)
    app = Starlette(
        routes=[
            Route("/", _home),
            Route("/login", _login, methods=["GET", "POST"]),
            Route("/logout", _logout),
            Route("/studies", _guard(_studies)),
            Route("/api/studies", _guard(_search)),
            Route("/studies/{uid}", _guard(_study)),
            Route("/studies/{uid}/archive.zip", _guard(_zip)),
            Route("/studies/{uid}/quality", _guard(_quality), methods=["GET", "POST"]),
            Route("/repeats", _guard(_repeats)),
            Route("/instances/{uid}.dcm", _guard(_object)),
            Route("/instances/{uid}/pixels", _guard(_pixels)),
            Route("/viewer/{uid}", _guard(_viewer)),
            Mount("/dicomweb", dicomweb_app(archive)),
            Mount("/static", files()),
        ]
    )
    app.state.archive = archive
    app.state.sessions = Sessions(connection, settings, "pacs")
    app.state.settings = settings
    app.state.trouble = trouble
    return app
