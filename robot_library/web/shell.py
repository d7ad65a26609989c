"""An application out of pages. Whoever has no session sees the sign-in page at every address, and nothing else."""

from __future__ import annotations

import asyncio
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
from robot_library.web.languages import Languages
from robot_library.web.live import Live
from robot_library.web.pages import Pages
from robot_library.web.static import PATH, Static
from robot_library.web.strangers import Strangers
from robot_library.web.walls import Walls
from robot_library.web.words import Words

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
    def words(self) -> Words:
        """The words of the language they read."""
        return self.shell.pages_of(self.request).words

    def may(self, right: str) -> bool:
        """Whether one of their roles gives this right."""
        return self.shell.doors.rights.may(self.session.role, right)

    @property
    def part(self) -> bool:
        """Whether only a part of the page is asked for."""
        return "hx-request" in self.request.headers

    def query(self, name: str, default: str = "") -> str:
        """A value of the address, at most 300 characters of it."""
        return self.request.query_params.get(name, default)[:300]

    async def body(self, largest: int) -> bytes | None:
        """What was sent as it is, in memory only; None if it is larger. For acts that take no form."""
        found = bytearray()
        async for some in self.request.stream():
            found += some
            if len(found) > largest:
                return None
        return bytes(found)

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
Take = Callable[[Ask], Awaitable[str]]
"""Takes in what was sent; returns what is wrong with it, or ""."""
Frame = Callable[[Ask], Awaitable[Mapping[str, Any]]]
"""What stands on every page, beside what the page is about."""


class Shell:
    """Makes routes out of endpoints, and an application out of routes. `entered` is told who came in by a link, and the
    link's roles."""

    def __init__(
        self, doors: Doors, pages: Pages | Languages, static: Static, *, frame: Frame, layout: str = "layout.html",
        secure: bool = False, entered: Callable[[str, str], None] = lambda who, role: None,
    ) -> None:  # fmt: skip
        self.doors, self.static, self.frame, self.secure = doors, static, frame, secure
        self._entered = entered
        self.languages = Languages({pages.words.language: pages}) if isinstance(pages, Pages) else pages
        self._layout, self._strangers = layout, Strangers()
        self._mark = doors.signed("name", "")[:8]
        self._cookie, self._said = f"wetread_{self._mark}", self.name_of("said")

    # ---- routes ----

    def page(self, path: str, endpoint: Endpoint, *, role: str) -> Route:
        """Something to look at. `role` is the right it takes."""
        return Route(path, self._gated(endpoint, role), methods=["GET"])

    def act(self, path: str, endpoint: Endpoint, *, role: str) -> Route:
        """Something to do: a form that carries its session's token. `role` is the right it takes."""
        return Route(path, self._gated(endpoint, role, self._take_form), methods=["POST"])

    def drop(self, path: str, endpoint: Endpoint, *, role: str) -> Route:
        """Something to take in as it is (`Ask.body`): sent by a script, with its session's token in X-CSRF."""
        return Route(path, self._gated(endpoint, role, self._take_token), methods=["POST"])

    def events(self, path: str, live: Live, *, role: str) -> Route:
        """Where pages listen for what has changed."""

        async def listen(ask: Ask) -> Response:
            return live.stream(lambda: self.session_of(ask.request, touch=False) is not None)

        return self.page(path, listen, role=role)

    def pages_of(self, request: Request) -> Pages:
        """The pages in the language of whoever asks."""
        return self.languages.of(request)

    def app(self, routes: Sequence[BaseRoute], *, hosts: Collection[str] = (), lifespan: Any = None) -> Walls:
        """The whole application."""
        own = [
            Route(f"{PATH}/{{name}}", self.static.serve, methods=["GET"]),
            Route("/enter/{token}", self._enter, methods=["GET", "POST"]),
            Route("/leave", self._gated(self._leave, None, self._take_form), methods=["POST"]),
        ]
        inner = Starlette(
            routes=[*own, *routes], exception_handlers={HTTPException: self._no_such_page}, lifespan=lifespan
        )
        return Walls(inner, hosts, secure=self.secure)

    def _gated(
        self, endpoint: Endpoint, role: str | None, form: Take | None = None
    ) -> Callable[[Request], Awaitable[Response]]:
        async def run(request: Request) -> Response:
            # Parts that refresh themselves are no sign that somebody is there.
            by_itself = "x-live" in request.headers
            session = self.session_of(request, touch=not by_itself)
            if session is None:
                return self.closed(request)
            ask = Ask(self, request, session)
            if role is not None and not ask.may(role):
                return await self._error(ask, 403, ask.words("error.rights", role=self._roles(ask)))
            try:
                if form and (refusal := await form(ask)):
                    return await self._error(ask, 403, refusal)
                return await endpoint(ask)
            except WetreadError as failure:
                return await self._error(ask, 409 if form else 404, f"{failure.message} {failure.cure}".strip())
            except HTTPException:
                raise
            except Exception as failure:
                # Neither the page nor the log repeats what the error says: it may name a patient.
                log.error("%s failed with %s", request.url.path, type(failure).__name__)
                return await self._error(ask, 500, ask.words("error.ours"))

        return run

    async def _take_form(self, ask: Ask) -> str:
        """Read the form; what is wrong with it, or ""."""
        if not _is_small(ask.request):
            return ask.words("error.form")
        ask.form = await ask.request.form(max_files=0, max_fields=5000)
        return await self._take_token(ask)

    async def _take_token(self, ask: Ask) -> str:
        """Whether a form of this session was sent: what is wrong with it, or ""."""
        token = ask.text("csrf") or ask.request.headers.get("x-csrf", "")
        if not hmac.compare_digest(token.encode(), ask.session.csrf.encode()):
            return ask.words("error.form")
        return ""

    def _roles(self, ask: Ask) -> str:
        return ", ".join(ask.words(f"role.{role}") for role in ask.session.role.split())

    # ---- answers ----

    async def show(self, ask: Ask, template: str, status: int, values: Mapping[str, Any]) -> Response:
        """See Ask.page."""
        frame = {} if ask.part else dict(await self.frame(ask))
        said = "" if ask.part else self._heard(ask.request)
        html = self.pages_of(ask.request).render(
            template, who=ask.who, role=self._roles(ask), csrf=ask.session.csrf, part=ask.part, said=said,
            here=ask.request.url.path, layout="bare.html" if ask.part else self._layout, may=ask.may,
            **{**frame, **values},
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
            return await ask.page("error.html", status, title=ask.words(f"error.title_{status}"), text=text)
        except Exception as failure:
            log.error("the error page failed with %s", type(failure).__name__)
            return PlainTextResponse(text, status)

    async def _no_such_page(self, request: Request, failure: Exception) -> Response:
        session = self.session_of(request)
        if session is None:
            return self.closed(request)
        status = failure.status_code if isinstance(failure, HTTPException) else 500
        if status not in (404, 405):
            return PlainTextResponse("", status)
        ask = Ask(self, request, session)
        page = await self._error(ask, 404, ask.words("error.missing"))
        if status == 405 and isinstance(failure, HTTPException):  # there is such an address, asked in another way
            page.status_code = status
            page.headers.update(failure.headers or {})
        return page

    # ---- in and out ----

    def session_of(self, request: Request, *, touch: bool = True) -> Session | None:
        """Whose session this request is of; None for nobody's. Without `touch`, it is no sign that they are there."""
        session = self.doors.session(self.cookie_of(request), touch=touch)
        return session if session is not None and self.holds(session) else None

    def holds(self, session: Session) -> bool:
        """Whether a session that its doors know still stands: asked at every request."""
        return True

    def closed(self, request: Request, text: str = "closed.text") -> Response:
        """The sign-in page: whoever is not in sees nothing else, and not for as often as they like."""
        if (slower := self._too_often(request)) is not None:
            return slower
        if "hx-request" in request.headers or "text/html" not in request.headers.get("accept", "text/html"):
            # A page that is open in front of somebody goes to the sign-in page as a whole.
            return PlainTextResponse("Sign in first.", 401, {"hx-refresh": "true"})
        pages = self.pages_of(request)
        return HTMLResponse(self.closed_page(request, pages, text), 401)

    def slowed(self, endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Of an address that takes no session: strangers ask it no oftener than the sign-in page."""

        async def asked(request: Request) -> Response:
            return self._too_often(request) or await endpoint(request)

        return asked

    def _too_often(self, request: Request) -> Response | None:
        if wait := self._strangers.wait(request.client.host if request.client else ""):
            return PlainTextResponse("Too often.", 429, {"retry-after": str(max(1, round(wait)))})
        return None

    def closed_page(self, request: Request, pages: Pages, text: str) -> str:
        """What whoever is not in sees; `text` names the words that say why."""
        return pages.render("closed.html", title=pages.words("closed.title"), text=pages.words(text))

    async def _enter(self, request: Request) -> Response:
        """A link is used up by pressing its button, not by opening it: mail scanners and previews open links."""
        token = request.path_params["token"]
        known = self.doors.knows(token)
        if known is None:
            return self.closed(request, "closed.used")
        role, who = known
        if who and self.opens_at_once(role, request) and (cookie := self.doors.enter(token, who)):
            return await self._by_link(cookie, who, role)
        if request.method != "POST":
            pages = self.pages_of(request)
            roles = ", ".join(pages.words(f"role.{one}") for one in role.split())
            return HTMLResponse(pages.render("enter.html", title=pages.words("enter.title"), role=roles, who=who))
        if not _is_small(request):
            return PlainTextResponse("", 413)
        form = await request.form(max_files=0, max_fields=10)
        name = str(form.get("who", "")).strip()
        cookie = self.doors.enter(token, name) if who or name else None
        if cookie is None:
            return RedirectResponse(request.url.path, 303)
        return await self._by_link(cookie, who or name, role)

    async def _by_link(self, cookie: str, who: str, role: str) -> Response:
        await asyncio.to_thread(self._entered, who, role)
        return self.let_in(cookie)

    def opens_at_once(self, role: str, request: Request) -> bool:
        """Whether opening a link of these roles uses it up, without a button."""
        return False

    def let_in(self, cookie: str) -> Response:
        """To the first page, with a session's cookie."""
        answer = RedirectResponse("/", 303)
        self.keep_session(answer, cookie)
        return answer

    def keep_session(self, answer: Response, cookie: str) -> None:
        """Have the browser keep a session's cookie."""
        self._keep(answer, self._cookie, cookie, None)

    def name_of(self, what: str) -> str:
        """The name of another cookie of this application, beside those of others on the same machine."""
        return f"wetread_{what}_{self._mark}"

    async def _leave(self, ask: Ask) -> Response:
        self.doors.leave(ask.session)
        answer = RedirectResponse("/", 303)
        answer.delete_cookie(self._cookie, path="/")
        return answer

    def cookie_of(self, request: Request) -> str:
        return request.cookies.get(self._cookie, "")

    def _keep(self, answer: Response, name: str, value: str, seconds: int | None) -> None:
        answer.set_cookie(name, value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="strict")


def _is_small(request: Request) -> bool:
    """Whether a form's end is announced, and is near: more is not read of it."""
    length = request.headers.get("content-length", "")
    return length.isdigit() and int(length) <= _LARGEST_FORM
