"""What the EHR's script asks for: values that arrive late, saves, pictures. JSON in, JSON out."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from robot_library.hospital.ehr.session import Room, visitor_of
from robot_library.hospital.records import (
    PAGE_SIZE,
    STATUS_WORDS,
    TABS,
    Conflict,
    Incomplete,
    age_text,
    completions,
)

NOBODY = "nobody"
MAX_PICTURE = 20 * 1024 * 1024


def state_of(row: Any) -> dict[str, str]:
    """The order's state as the screens word it. No value is ever empty: an empty box means "not arrived yet"."""
    return {
        "state": row["state"].capitalize(),
        "locked_by": row["locked_by"] or NOBODY,
        "report_status": STATUS_WORDS[row["report_status"]],
        "report_author": row["report_author"] or NOBODY,
        "last_changed": row["last_changed"] or "never",
    }


def person_of(row: Any) -> dict[str, str]:
    """The order's present patient as the screens word it."""
    return {
        "patient": row["display"],
        "mrn": row["mrn"],
        "issuer": row["issuer"],
        "birth_date": row["birth_date"] or "unknown",
        "sex": {"F": "Female", "M": "Male"}[row["sex"]],
        "age": age_text(row["birth_date"], row["requested_at"]),
    }


async def worklist(request: Request) -> Response:
    """``GET /api/worklist?state=&page=``: one page of a tab, late."""
    room: Room = request.app.state.room
    tab, number = request.query_params.get("state", "requested"), request.query_params.get("page", "1")
    if tab not in TABS or not number.isdecimal() or int(number) < 1:
        return JSONResponse({"message": "no such page"}, 404)
    await asyncio.sleep(room.trouble.delay(room.settings.grid_ms))
    rows, total, page = room.records.worklist(tab, int(number))
    listed = [
        {
            "order": row["order_id"],
            "requested_at": row["requested_at"],
            "exam_at": row["exam_at"] or "",
            "patient": row["display"],
            "age": age_text(row["birth_date"], row["requested_at"]),
            "procedure": row["procedure"],
            "priority": row["priority"],
            "state": row["state"].capitalize(),
            "report": STATUS_WORDS[row["report_status"]],
        }
        for row in rows
    ]
    return JSONResponse({"rows": listed, "total": total, "page": page, "pages": max(1, -(-total // PAGE_SIZE))})


async def order(request: Request) -> Response:
    """``GET /api/orders/{order}``: the values of the imaging request, in two portions."""
    room: Room = request.app.state.room
    order_id = request.path_params["order"]
    await asyncio.sleep(room.trouble.delay(room.settings.field_ms))
    row = room.records.order(order_id)
    what = {
        "order": row["order_id"],
        "accession": row["accession"],
        "procedure": row["procedure"],
        "body_site": row["body_site"],
        "images_expected": str(row["images_expected"]),
        "requested_by": row["requested_by"],
        "requested_at": row["requested_at"],
        "exam_at": row["exam_at"] or "not yet",
    }
    state = {**state_of(row), "priority": row["priority"], "linked_to": row["linked_to"] or "none"}
    room.records.viewed("order", order_id, visitor_of(request))
    return JSONResponse({"parts": [person_of(row), what, state]})


async def patient(request: Request) -> Response:
    """``GET /api/patients/{patient}``: the values of the patient's record."""
    room: Room = request.app.state.room
    patient_id = request.path_params["patient"]
    await asyncio.sleep(room.trouble.delay(room.settings.field_ms))
    row = room.records.patient(patient_id)
    merged = [a["mrn"] for a in room.records.aliases(patient_id) if a["kind"] == "Merged record"]
    values = {
        "name": row["display"],
        "mrn": row["mrn"],
        "issuer": row["issuer"],
        "birth_date": row["birth_date"] or "unknown",
        "sex": {"F": "Female", "M": "Male"}[row["sex"]],
        "status": f"Holds merged record {', '.join(merged)}" if merged else "Active",
    }
    room.records.viewed("patient", patient_id, visitor_of(request))
    return JSONResponse({"parts": [values]})


def _form(room: Room, order_id: str) -> dict[str, Any]:
    row = room.records.order(order_id)
    return {
        "identity": {**person_of(row), "order": row["order_id"], "procedure": row["procedure"]},
        "status": state_of(row),
        "report": {
            "comment": row["report_text"],
            "impression": row["impression"],
            "reported_by": row["reported_by"],
        },
        "version": row["version"],
        "files": room.records.attachments(order_id),
    }


async def result(request: Request) -> Response:
    """``GET /api/results/{order}``: everything on the result form."""
    room: Room = request.app.state.room
    order_id = request.path_params["order"]
    await asyncio.sleep(room.trouble.delay(room.settings.field_ms))
    values = _form(room, order_id)
    room.records.viewed("result", order_id, visitor_of(request))
    return JSONResponse(values)


async def result_status(request: Request) -> Response:
    """``GET /api/results/{order}/status``: who and in which state, read again."""
    room: Room = request.app.state.room
    order_id = request.path_params["order"]
    await asyncio.sleep(room.trouble.delay(room.settings.field_ms))
    values = _form(room, order_id)
    room.records.viewed("result_status", order_id, visitor_of(request))
    return JSONResponse({"identity": values["identity"], "status": values["status"]})


async def save(request: Request) -> Response:
    """``POST /api/results/{order}``: save a preliminary report. 409 when it has changed since it was opened."""
    room: Room = request.app.state.room
    order_id = request.path_params["order"]
    sent = await _json(request)
    form = {name: str(sent.get(name, "")) for name in ("comment", "impression", "reported_by")}
    try:
        version = int(sent.get("version", 0))
        room.records.save(order_id, visitor_of(request), version, form, force=sent.get("force") is True)
    except Conflict as conflict:
        body = {"message": str(conflict), "author": conflict.author, "at": conflict.at, "theirs": conflict.theirs}
        return JSONResponse(body, 409)
    except Incomplete as incomplete:
        return JSONResponse({"message": str(incomplete)}, 422)
    return JSONResponse(_form(room, order_id))


async def touch(request: Request) -> Response:
    """``POST /api/results/{order}/touch``: the first keystroke in an opened form."""
    room: Room = request.app.state.room
    room.records.order(request.path_params["order"])
    room.records.touched(request.path_params["order"], visitor_of(request))
    return Response(status_code=204)


async def sign(request: Request) -> Response:
    """``POST /api/results/{order}/sign``: make the report final, for those who may."""
    room: Room = request.app.state.room
    try:
        room.records.sign(request.path_params["order"], visitor_of(request))
    except PermissionError:
        return JSONResponse({"message": "You may not sign."}, 403)
    return Response(status_code=204)


async def attach(request: Request) -> Response:
    """``POST /api/results/{order}/attachments``: keep a picture with the order."""
    room: Room = request.app.state.room
    order_id = request.path_params["order"]
    async with request.form(max_files=1) as form:
        file = form.get("file")
        if file is None or isinstance(file, str):
            return JSONResponse({"message": "no file"}, 422)
        content = await file.read()
        if len(content) > MAX_PICTURE:
            return JSONResponse({"message": "The file is larger than 20 MB."}, 413)
        kind = file.content_type or "application/octet-stream"
        room.records.attach(order_id, visitor_of(request), file.filename or "picture", kind, content)
    return JSONResponse({"files": room.records.attachments(order_id)})


async def people(request: Request) -> Response:
    """``GET /api/people?q=``: what "Reported by" completes to."""
    room: Room = request.app.state.room
    await asyncio.sleep(room.trouble.delay(room.settings.field_ms))
    return JSONResponse({"names": completions(request.query_params.get("q", ""))})


async def sign_in(request: Request) -> Response:
    """``POST /api/signin``: second step of the sign-in; sets the cookie, or says what keeps the user out."""
    room: Room = request.app.state.room
    sent = await _json(request)
    user, password, code = (str(sent.get(part, "")) for part in ("user", "password", "code"))
    opened = room.sessions.open(user, password, code, take_over=sent.get("take_over") is True)
    if opened.kept is not None:
        return JSONResponse({"kept": opened.kept}, 403)
    rules = room.settings.sign_in.get(user)
    response = JSONResponse({"days": rules.password_days if rules else None})
    response.set_cookie(room.sessions.cookie, opened.token, httponly=True, samesite="lax")
    return response


async def _json(request: Request) -> dict[str, Any]:
    try:
        sent = json.loads(await request.body())
    except ValueError:
        return {}
    return sent if isinstance(sent, dict) else {}


async def missing(request: Request, error: Exception) -> Response:
    """No such record, asked for by the script."""
    return JSONResponse({"message": "There is no such record."}, 404)
