"""A small real site that is unpleasant in every way a driver must bear. Served by uvicorn in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

PASSWORD = "ward-secret-7"


@dataclass
class Ward:
    """What the site knows and has been told."""

    url: str = ""
    sessions: set[str] = field(default_factory=set)
    sign_ins: list[str] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    uploads: list[tuple[str, bytes]] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)
    drop_after: int | None = None
    """Pages that are still served before every session ends."""
    elsewhere: str = ""
    let_go: threading.Event = field(default_factory=threading.Event)
    """Downloads without an end have one now."""
    sign_in_page: str = ""
    """Body of the sign-in page, in place of the ward's own."""
    script: str = ""
    """What /late.js is, a second after it was asked for."""
    told: list[str] = field(default_factory=list)
    """What somebody else has got hold of."""

    def page(self, name: str, body: str) -> None:
        """Serve this body at /p/<name>; `__KEY__` in it becomes the query's key."""
        self.pages[name] = body


def build(ward: Ward) -> Starlette:
    def alive(request: Request) -> bool:
        if ward.drop_after is not None:
            ward.drop_after -= 1
            if ward.drop_after < 0:
                ward.drop_after = None
                ward.sessions.clear()
        return request.cookies.get("ward", "") in ward.sessions

    async def sign_in(request: Request) -> Response:
        if ward.sign_in_page:
            return HTMLResponse("<!doctype html><title>x</title>" + ward.sign_in_page)
        wrong = "<p role=alert>Wrong user or password</p>" if "wrong" in request.query_params else ""
        action = f' action="{escape(ward.elsewhere)}"' if ward.elsewhere else ' action="/enter"'
        return HTMLResponse(
            f"<title>x</title><h1>Ward sign-in</h1>{wrong}<form method=post{action}>"
            "<label>User <input name=user></label><label>Word <input name=word type=password></label>"
            "<button>Enter</button></form>"
        )

    async def enter(request: Request) -> Response:
        form = await request.form()
        ward.sign_ins.append(str(form["user"]))
        if form["word"] != PASSWORD:
            return RedirectResponse("/sign-in?wrong=1", 303)
        token = f"s{len(ward.sign_ins)}"
        ward.sessions.add(token)
        answer = RedirectResponse("/p/home", 303)
        answer.set_cookie("ward", token)
        return answer

    async def page(request: Request) -> Response:
        if not alive(request):
            return RedirectResponse("/sign-in", 303)
        body = ward.pages.get(request.path_params["name"])
        if body is None:
            return HTMLResponse("<h1>Not found</h1>", 404)
        return HTMLResponse(
            "<!doctype html><title>x</title>" + body.replace("__KEY__", request.query_params.get("key", ""))
        )

    async def save(request: Request) -> Response:
        if not alive(request):
            return PlainTextResponse("signed out", 401)
        ward.saved.append((await request.body()).decode())
        return PlainTextResponse("ok")

    async def upload(request: Request) -> Response:
        async with request.form() as form:
            file = form["file"]
            ward.uploads.append((str(file.filename), await file.read()))  # type: ignore[union-attr]
        return PlainTextResponse("ok")

    async def tell(request: Request) -> Response:
        ward.told.append((await request.body()).decode())
        return PlainTextResponse("ok")

    async def late(request: Request) -> Response:
        await asyncio.sleep(1)
        return Response(ward.script, media_type="text/javascript")

    async def go(request: Request) -> Response:
        return RedirectResponse(request.query_params["to"], 302)

    async def file(request: Request) -> Response:
        name = {"Content-Disposition": 'attachment; filename="film.bin"'}
        return Response(b"\x00DICM" * 1000, headers=name, media_type="application/octet-stream")

    async def endless(request: Request) -> Response:
        """A file of which a part comes and then nothing, or which has no end."""

        async def parts() -> AsyncIterator[bytes]:
            moves = True
            while not ward.let_go.is_set():
                if moves:
                    yield bytes(200_000)
                moves = request.query_params["stands"] != "still"
                await asyncio.sleep(0.05)

        name = {"Content-Disposition": 'attachment; filename="film.bin"'}
        return StreamingResponse(parts(), headers=name, media_type="application/octet-stream")

    async def basic(request: Request) -> Response:
        import base64

        wanted = "Basic " + base64.b64encode(f"bot:{PASSWORD}".encode()).decode()
        ward.sign_ins.append("basic")
        if request.headers.get("authorization") != wanted:
            return Response("no", 401, headers={"WWW-Authenticate": 'Basic realm="ward"'})
        return HTMLResponse("<h1>Vault</h1><output aria-label=Level>7</output>")

    return Starlette(
        routes=[
            Route("/sign-in", sign_in),
            Route("/enter", enter, methods=["POST"]),
            Route("/p/{name}", page),
            Route("/save", save, methods=["POST"]),
            Route("/upload", upload, methods=["POST"]),
            Route("/late.js", late),
            Route("/go", go),
            Route("/file", file),
            Route("/endless", endless),
            Route("/tell", tell, methods=["POST"]),
            Route("/basic", basic),
        ]
    )


@contextmanager
def served(ward: Ward) -> Iterator[Ward]:
    """The site on a free loopback port while the block runs."""
    config = uvicorn.Config(build(ward), host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    sock = config.bind_socket()
    ward.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    try:
        yield ward
    finally:
        ward.let_go.set()
        server.should_exit = True
        thread.join(10)
        sock.close()
