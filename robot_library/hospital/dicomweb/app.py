"""DICOMweb as an ASGI application under HTTP Basic."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import secrets
import sqlite3
from collections.abc import Iterable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from robot_library.hospital.archive import Archive, NotReadable, png, window
from robot_library.hospital.dicomweb import query as qido
from robot_library.hospital.ehr.session import Endpoint
from robot_library.hospital.settings import ACCOUNTS, PACS_NAME

JSON = "application/dicom+json"
PIXEL_DATA = "7FE00010"


def _allowed(header: str) -> bool:
    kind, _, packed = header.partition(" ")
    try:
        user, _, password = base64.b64decode(packed, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    account = ACCOUNTS.get(user)
    return (
        kind.lower() == "basic"
        and account is not None
        and secrets.compare_digest(account.password.encode(), password.encode())
    )


def _guard(endpoint: Endpoint) -> Endpoint:
    async def guarded(request: Request) -> Response:
        if not _allowed(request.headers.get("authorization", "")):
            return Response(status_code=401, headers={"WWW-Authenticate": f'Basic realm="{PACS_NAME}"'})
        try:
            return await endpoint(request)
        except qido.BadQuery as error:
            return Response(str(error), 400, media_type="text/plain")

    return guarded


def _archive(request: Request) -> Archive:
    archive: Archive = request.app.state.archive
    return archive


def _objects(request: Request) -> list[sqlite3.Row]:
    """The objects that the address names: of a study, a series, or one."""
    named = request.path_params
    return [
        i
        for i in _archive(request).instances(named.get("study"))
        if named.get("series") in (None, i["series_uid"]) and named.get("instance") in (None, i["sop_uid"])
    ]


def _answer(found: list[qido.Attributes], request: Request) -> Response:
    fitting = [a for a in found if qido.matches(a, request.query_params)]
    chosen = qido.page(fitting, request.query_params)
    return JSONResponse(chosen, media_type=JSON) if chosen else Response(status_code=204)


def _studies(request: Request) -> dict[str, qido.Attributes]:
    archive = _archive(request)
    wanted = request.path_params.get("study")
    exactly = qido.exactly(request.query_params) | ({"study_uid": wanted} if wanted else {})
    listed = [s for s in archive.studies(**exactly) if s["received"]]
    return {s["study_uid"]: qido.study_attributes(s, archive.instances(s["study_uid"])[0]) for s in listed}


async def search_studies(request: Request) -> Response:
    """QIDO-RS for studies."""
    return _answer(list(_studies(request).values()), request)


async def search_series(request: Request) -> Response:
    """QIDO-RS for series."""
    studies = _studies(request)
    series: dict[str, list[sqlite3.Row]] = {}
    for instance in (i for i in _objects(request) if i["study_uid"] in studies):
        series.setdefault(instance["series_uid"], []).append(instance)
    found = [qido.series_attributes(studies[i[0]["study_uid"]], i[0], len(i)) for i in series.values()]
    return _answer(found, request)


async def search_instances(request: Request) -> Response:
    """QIDO-RS for objects."""
    studies = _studies(request)
    found = [
        qido.instance_attributes(studies[i["study_uid"]], i) for i in _objects(request) if i["study_uid"] in studies
    ]
    return _answer(found, request)


async def metadata(request: Request) -> Response:
    """WADO-RS metadata: whole headers, pixel data by reference."""
    found = _objects(request)
    if not found:
        return Response(status_code=404)
    base = str(request.base_url).rstrip("/")
    headers: list[Any] = []
    for i in found:
        address = f"{base}/studies/{i['study_uid']}/series/{i['series_uid']}/instances/{i['sop_uid']}/bulkdata"
        headers.append({**json.loads(i["metadata"]), PIXEL_DATA: {"vr": "OW", "BulkDataURI": address}})
    return JSONResponse(headers, media_type=JSON)


def _multipart(parts: Iterable[bytes], kind: str, extra: str = "") -> Response:
    boundary = secrets.token_hex(12)
    body = b"".join(
        f"--{boundary}\r\nContent-Type: {kind}{extra}\r\nContent-Length: {len(p)}\r\n\r\n".encode() + p + b"\r\n"
        for p in parts
    )
    content_type = f'multipart/related; type="{kind}"; boundary={boundary}'
    return Response(body + f"--{boundary}--\r\n".encode(), headers={"Content-Type": content_type})


async def retrieve(request: Request) -> Response:
    """WADO-RS: objects as they lie in the archive, in their own transfer syntax."""
    accept = request.headers.get("accept", "*/*").lower()
    if not any(kind in accept for kind in ("application/dicom", "multipart/related", "*/*")):
        return Response(status_code=406)
    found = _objects(request)
    if not found:
        return Response(status_code=404)
    files = [await asyncio.to_thread(_archive(request).path(i).read_bytes) for i in found]
    return _multipart(files, "application/dicom")


async def rendered(request: Request) -> Response:
    """WADO-RS rendered: a PNG with the object's own window."""
    if not any(k in request.headers.get("accept", "*/*").lower() for k in ("image/png", "image/*", "*/*")):
        return Response("only image/png", 406, media_type="text/plain")
    try:
        return Response(await asyncio.to_thread(_render, _archive(request), _one(request)), media_type="image/png")
    except NotReadable:
        return Response("The object is damaged.", 422, media_type="text/plain")
    except LookupError:
        return Response(status_code=404)


def _render(archive: Archive, instance: sqlite3.Row) -> bytes:
    return png(window(*archive.pixels(instance)))


def _one(request: Request) -> sqlite3.Row:
    found = _objects(request)
    if len(found) != 1:
        raise LookupError
    return found[0]


async def frames(request: Request) -> Response:
    """WADO-RS frames and bulk data: the one frame's stored values, uncompressed, little endian."""
    try:
        stored, *_ = await asyncio.to_thread(_archive(request).pixels, _one(request))
    except NotReadable:
        return Response("The object is damaged.", 422, media_type="text/plain")
    except LookupError:
        return Response(status_code=404)
    if request.path_params.get("frame", "1") != "1":
        return Response(status_code=404)
    extra = "; transfer-syntax=1.2.840.10008.1.2.1"
    return _multipart([stored.astype("<u2").tobytes()], "application/octet-stream", extra)


def dicomweb_app(archive: Archive) -> Starlette:
    """DICOMweb over an archive."""
    study, series = "/studies/{study}", "/studies/{study}/series/{series}"
    instance = f"{series}/instances/{{instance}}"
    table: dict[str, Endpoint] = {
        "/studies": search_studies,
        "/series": search_series,
        "/instances": search_instances,
        f"{study}/series": search_series,
        f"{study}/instances": search_instances,
        f"{series}/instances": search_instances,
        f"{study}/metadata": metadata,
        f"{series}/metadata": metadata,
        f"{instance}/metadata": metadata,
        study: retrieve,
        series: retrieve,
        instance: retrieve,
        f"{instance}/rendered": rendered,
        f"{instance}/frames/{{frame}}": frames,
        f"{instance}/bulkdata": frames,
    }
    app = Starlette(routes=[Route(path, _guard(endpoint)) for path, endpoint in table.items()])
    app.state.archive = archive
    return app
