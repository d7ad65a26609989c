"""An application out of pages. Whoever has no session sees the sign-in page at every address, and nothing else."""

from __future__ import annotations

import base64
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from robot_library.errors import WetreadError
from robot_library.web.doors import Doors, Session
from robot_library.web.live import Live
from robot_library.web.pages import Pages
from robot_library.web.rights import Role, may
from robot_library.web.static import PATH, Static
from robot_library.web.walls import Walls

log = logging.getLogger("wetread.web")
_LARGEST_FORM = 300_000
_SAID_LASTS = 30


@dataclass
class Ask:
    """One request of somebody who is in."""

    shell: Shell
    request: Request
    session: Session
    form: FormData = field(default_factory=FormData)

    @property
    def who(self) -> str:
        """Who asks."""
        return self.session.who

    @property
    def part(self) -> bool:
        """Whether only a part of the page is asked for."""
        return "hx-request" in self.request.headers

    def query(self, name: str, default: str = "") -> str:
        """A value of the address, at most 300 characters of it."""
        return self.request.query_params.get(name, default)[:300]

    def text(self, name: str, longest: int = 2000) -> str:
        """A field of the form, without blanks around it."""
        value = self.form.get(name, "")
        return value.strip()[:longest] if isinstance(value, str) else ""

    async def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page, or the part that is asked for, in a frame of what stands on every page."""
        return await self.shell.show(self, template, status, values)

    def back(self, to: str, said: str) -> Response:
        """Done: go to a page of ours and be told so there."""
        assert to.startswith("/")
        assert not to.startswith("//")
        answer = RedirectResponse(to, 303)
        self.shell.say(answer, said)
        return answer


Endpoint = Callable[[Ask], Awaitable[Response]]
Frame = Callable[[Ask], Awaitable[Mapping[str, Any]]]
"""What stands on every page, beside what the page is about."""


class Shell:
    """Makes routes out of endpoints, and an application out of routes."""

    def __init__(
        self, doors: Doors, pages: Pages, static: Static, *, frame: Frame, layout: str = "layout.html",
        secure: bool = False,
    ) -> None:  # fmt: skip
        self.doors, self.pages, self.static, self.frame, self._secure = doors, pages, static, frame, secure
        self._layout = layout
        mark = doors.signed("name", "")[:8]
        self._cookie, self._said = f"wetread_{mark}", f"wetread_said_{mark}"

    # ---- routes ----

    def page(self, path: str, endpoint: Endpoint, *, role: Role = "viewer") -> Route:
        """Something to look at."""
        return Route(path, self._gated(endpoint, role), methods=["GET"])

    def act(self, path: str, endpoint: Endpoint, *, role: Role = "operator") -> Route:
        """Something to do: a form that carries its session's token."""
        return Route(path, self._gated(endpoint, role, form=True), methods=["POST"])

    def events(self, path: str, live: Live) -> Route:
        """Where pages listen for what has changed."""

        async def listen(ask: Ask) -> Response:
            cookie = self._cookie_of(ask.request)
            return live.stream(lambda: self.doors.session(cookie, touch=False) is not None)

        return self.page(path, listen)

    def app(self, routes: Sequence[BaseRoute], *, hosts: Collection[str] = (), lifespan: Any = None) -> Walls:
        """The whole application."""
        own = [
            Route(f"{PATH}/{{name}}", self.static.serve, methods=["GET"]),
            Route("/enter/{token}", self._enter, methods=["GET", "POST"]),
            self.act("/leave", self._leave, role="viewer"),
        ]
        inner = Starlette(
            routes=[*own, *routes], exception_handlers={HTTPException: self._no_such_page}, lifespan=lifespan
        )
        return Walls(inner, hosts, secure=self._secure)

    def _gated(self, endpoint: Endpoint, role: Role, *, form: bool = False) -> Callable[[Request], Awaitable[Response]]:
        async def run(request: Request) -> Response:
            # Parts that refresh themselves are no sign that somebody is there.
            by_itself = "x-live" in request.headers
            session = self.doors.session(self._cookie_of(request), touch=not by_itself)
            if session is None:
                return self._closed(request)
            ask = Ask(self, request, session)
            if not may(session.role, role):
                return await self._error(ask, 403, self.pages.words("error.rights", role=session.role))
            try:
                if form and (refusal := await self._take_form(ask)):
                    return await self._error(ask, 403, refusal)
                return await endpoint(ask)
            except WetreadError as failure:
                return await self._error(ask, 409 if form else 404, f"{failure.message} {failure.cure}".strip())
            except HTTPException:
                raise
            except Exception as failure:
                # Neither the page nor the log repeats what the error says: it may name a patient.
                log.error("%s failed with %s", request.url.path, type(failure).__name__)
                return await self._error(ask, 500, self.pages.words("error.ours"))

        return run

    async def _take_form(self, ask: Ask) -> str:
        """Read the form; what is wrong with it, or ""."""
        length = ask.request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > _LARGEST_FORM:
            return self.pages.words("error.form")
        ask.form = await ask.request.form(max_files=0, max_fields=5000)
        token = ask.text("csrf") or ask.request.headers.get("x-csrf", "")
        if not hmac.compare_digest(token.encode(), ask.session.csrf.encode()):
            return self.pages.words("error.form")
        return ""

    # ---- answers ----

    async def show(self, ask: Ask, template: str, status: int, values: Mapping[str, Any]) -> Response:
        """See Ask.page."""
        frame = {} if ask.part else dict(await self.frame(ask))
        said = "" if ask.part else self._heard(ask.request)
        html = self.pages.render(
            template, who=ask.who, role=ask.session.role, csrf=ask.session.csrf, part=ask.part, said=said,
            here=ask.request.url.path, layout="bare.html" if ask.part else self._layout,
            may=lambda role: may(ask.session.role, role), **{**frame, **values},
        )  # fmt: skip
        answer = HTMLResponse(html, status, {"vary": "HX-Request"})
        if said:
            answer.delete_cookie(self._said, path="/")
        return answer

    def say(self, answer: Response, text: str) -> None:
        """Have the next page say something, once."""
        body = base64.urlsafe_b64encode(json.dumps(text[:300]).encode()).decode()
        self._keep(answer, self._said, f"{body}.{self.doors.signed('said', body)}", _SAID_LASTS)

    def _heard(self, request: Request) -> str:
        body, _, signature = request.cookies.get(self._said, "").partition(".")
        if not body or not hmac.compare_digest(signature.encode(), self.doors.signed("said", body).encode()):
            return ""
        return str(json.loads(base64.urlsafe_b64decode(body)))

    async def _error(self, ask: Ask, status: int, text: str) -> Response:
        try:
            return await ask.page("error.html", status, title=self.pages.words(f"error.title_{status}"), text=text)
        except Exception as failure:
            log.error("the error page failed with %s", type(failure).__name__)
            return PlainTextResponse(text, status)

    async def _no_such_page(self, request: Request, failure: Exception) -> Response:
        session = self.doors.session(self._cookie_of(request))
        if session is None:
            return self._closed(request)
        status = failure.status_code if isinstance(failure, HTTPException) else 500
        if status not in (404, 405):
            return PlainTextResponse("", status)
        return await self._error(Ask(self, request, session), 404, self.pages.words("error.missing"))

    # ---- in and out ----

    def _closed(self, request: Request, text: str = "closed.text") -> Response:
        """The sign-in page: whoever is not in sees nothing else."""
        if "hx-request" in request.headers or "text/html" not in request.headers.get("accept", "text/html"):
            # A page that is open in front of somebody goes to the sign-in page as a whole.
            return PlainTextResponse("Sign in first.", 401, {"hx-refresh": "true"})
        words = self.pages.words
        html = self.pages.render("closed.html", title=words("closed.title"), text=words(text))
        return HTMLResponse(html, 401)

    async def _enter(self, request: Request) -> Response:
        """A link is used up by pressing its button, not by opening it: mail scanners and previews open links."""
        token = request.path_params["token"]
        known = self.doors.knows(token)
        if known is None:
            return self._closed(request, "closed.used")
        role, who = known
        if request.method != "POST":
            words = self.pages.words
            return HTMLResponse(self.pages.render("enter.html", title=words("enter.title"), role=role, who=who))
        if int(request.headers.get("content-length", "0") or 0) > _LARGEST_FORM:
            return PlainTextResponse("", 413)
        form = await request.form(max_files=0, max_fields=10)
        name = str(form.get("who", "")).strip()
        cookie = self.doors.enter(token, name) if who or name else None
        if cookie is None:
            return RedirectResponse(request.url.path, 303)
        answer = RedirectResponse("/", 303)
        self._keep(answer, self._cookie, cookie, None)
        return answer

    async def _leave(self, ask: Ask) -> Response:
        self.doors.leave(ask.session)
        answer = RedirectResponse("/", 303)
        answer.delete_cookie(self._cookie, path="/")
        return answer

    def _cookie_of(self, request: Request) -> str:
        return request.cookies.get(self._cookie, "")

    def _keep(self, answer: Response, name: str, value: str, seconds: int | None) -> None:
        answer.set_cookie(name, value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="strict")
