"""Receivers that keep what they are sent: an HL7 interface, a FHIR server, a PACS that speaks STOW-RS. Each can be told
to refuse, to hang up after it has taken something, or to be away."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import default
from io import BytesIO
from typing import Any

import uvicorn
from pydicom import dcmread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@dataclass
class Hl7Box:
    """`answers` are given one after the other, then AA. "" hangs up after the message was taken."""

    port: int = 0
    taken: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        message = (await reader.readuntil(b"\x1c\r"))[1:-2].decode()
        self.taken.append(message)
        code = self.answers.pop(0) if self.answers else "AA"
        control = message.split("|")[9]
        if code:
            text = (
                f"MSH|^~\\&|RIS||WETREAD||20260302||ACK|1|P|2.5.1\rMSA|{code}|{'other' if code == 'other' else control}"
            )
            writer.write(b"\x0b" + text.encode() + b"\x1c\r")
            await writer.drain()
        writer.close()


@asynccontextmanager
async def hl7_box(secure: ssl.SSLContext | None = None) -> AsyncIterator[Hl7Box]:
    box = Hl7Box()
    server = await asyncio.start_server(box.serve, "localhost", 0, ssl=secure, family=socket.AF_INET)
    box.port = server.sockets[0].getsockname()[1]
    async with server:
        yield box


@dataclass
class WebBox:
    """A FHIR server at /fhir and a PACS at /dicom-web. `away`: statuses that the FHIR server answers with instead;
    `lose`: take it, then answer 502, as a proxy does that has lost the server."""

    url: str = ""
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    objects: dict[str, Any] = field(default_factory=dict)
    stored: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    away: list[int] = field(default_factory=list)
    lose: int = 0
    fail: int = 0
    """A failure reason for every object."""
    says: str = ""
    """Where the FHIR server says that it keeps things, if not where it was asked; "nowhere" for no word of it."""
    others: list[dict[str, Any]] = field(default_factory=list)
    """What else it answers with to whoever searches."""

    def app(self) -> Starlette:
        return Starlette(routes=[
            Route("/fhir/DiagnosticReport", self.put, methods=["PUT"]),
            Route("/fhir/DiagnosticReport", self.create, methods=["POST"]),
            Route("/fhir/DiagnosticReport", self.search, methods=["GET"]),
            Route("/fhir/DiagnosticReport/{id}", self.update, methods=["PUT"]),
            Route("/dicom-web/studies", self.stow, methods=["POST"]),
            Route("/dicom-web/studies/{study}/series/{series}/instances", self.qido),
        ])  # fmt: skip

    async def _kept(self, request: Request, ident: str) -> Response:
        if self.away:
            return Response(status_code=self.away.pop(0))
        made = ident not in self.resources
        self.resources[ident] = json.loads(await request.body())
        self.stored.append(ident)
        if self.lose:
            self.lose -= 1
            return Response(status_code=502)
        return JSONResponse({}, 201 if made else 200, headers=self._place(f"{ident}/_history/1"))

    def _place(self, ident: str) -> dict[str, str]:
        place = f"{self.says or self.url}/fhir/DiagnosticReport/{ident}"
        return {} if self.says == "nowhere" else {"Location": place}

    async def put(self, request: Request) -> Response:
        system, _, value = request.query_params["identifier"].partition("|")
        assert system == "urn:wetread:report"
        return await self._kept(request, f"r-{value}")

    async def create(self, request: Request) -> Response:
        value = request.headers["if-none-exist"].rpartition("%7C")[2]
        if f"r-{value}" in self.resources:
            return Response(status_code=200, headers=self._place(f"r-{value}"))
        return await self._kept(request, f"r-{value}")

    async def search(self, request: Request) -> Response:
        value = request.query_params["identifier"].rpartition("|")[2]
        there = [{**self.resources[f"r-{value}"], "id": f"r-{value}"}] if f"r-{value}" in self.resources else []
        return JSONResponse({"resourceType": "Bundle", "entry": [{"resource": one} for one in there + self.others]})

    async def update(self, request: Request) -> Response:
        ident = request.path_params["id"]
        assert json.loads(await request.body())["id"] == ident
        return await self._kept(request, ident)

    async def stow(self, request: Request) -> Response:
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        message = BytesParser(policy=default).parsebytes(head + await request.body())
        datasets = [dcmread(BytesIO(part.get_payload(decode=True))) for part in message.iter_parts()]  # type: ignore[attr-defined,unused-ignore]
        if self.fail:
            failed = [{"00081197": {"vr": "US", "Value": [self.fail]}} for _ in datasets]
            return JSONResponse({"00081198": {"vr": "SQ", "Value": failed}}, 409)
        for one in datasets:
            self.objects[str(one.SOPInstanceUID)] = one
            self.stored.append(str(one.SOPInstanceUID))
        if self.lose:
            self.lose -= 1
            return Response(status_code=502)
        return JSONResponse({})

    async def qido(self, request: Request) -> Response:
        ident = request.query_params["SOPInstanceUID"]
        self.asked.append(ident)
        return JSONResponse([{"00080018": {"vr": "UI", "Value": [ident]}}] if ident in self.objects else [])


@asynccontextmanager
async def web_box() -> AsyncIterator[WebBox]:
    box = WebBox()
    server = uvicorn.Server(uvicorn.Config(box.app(), port=0, log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(120):
        while not server.started:  # noqa: ASYNC110 – uvicorn tells nobody
            await asyncio.sleep(0.01)
    box.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield box
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def endless(status: str = "200 OK", most: int = 400) -> AsyncIterator[tuple[str, list[int]]]:
    """A server whose answer has no end; its address, and the megabytes that were taken of it."""
    taken: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n\r\n[".encode())
            while len(taken) < most:
                writer.write(b" " * (1 << 20))
                await writer.drain()
                taken.append(1)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", taken
