"""What waits for the hospital's own sign-in: people are sent there, come back, and one thing is done, once.

What waits lies in this process's memory, by the state that the answer must bring: whoever comes back later, twice, in
another browser or session, or to an office that was started again finds nothing, and begins anew.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from robot_library.errors import ApprovalRefused, WetreadError
from robot_library.web.shell import Ask, Shell

BACK, _DONE = "/proof/back", "/proof/done"
_WITHIN = 600.0
"""Seconds that a sign-in over there may take."""
_ANSWER = ("code", "state", "iss", "error")
_LONGEST = 4000


class Elsewhere(Protocol):
    """The hospital's own sign-in, asked again for one thing. `label`: what people call it; "" for no name."""

    label: str

    async def begin(self, back: str) -> tuple[str, str, Any]:
        """Where to send the browser, the state that comes `back` with it, and what `finish` needs."""
        ...

    async def finish(self, answer: Mapping[str, str], kept: Any, back: str, name: str, roles: Collection[str]) -> str:
        """Who has proven just now that they are `name`; ApprovalRefused for everybody else."""
        ...


@dataclass(frozen=True)
class Wanted:
    """Who says that they do it, and which roles may. `act`: what happens then, by whom; `refused`: what they see where
    it may not."""

    name: str
    roles: Collection[str]
    act: Callable[[Ask, str], Awaitable[Response]]
    refused: Callable[[Ask, WetreadError], Awaitable[Response]]


@dataclass(frozen=True)
class _Waits:
    wanted: Wanted
    session: str
    kept: Any
    until: float


class Proofs:
    """The two addresses to come back to. GET only: what comes back comes from another site. `role`: the right that
    whoever comes back must have."""

    def __init__(self, elsewhere: Elsewhere, role: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._elsewhere, self._role, self._clock = elsewhere, role, clock
        self._waiting: dict[str, _Waits] = {}
        self.label = elsewhere.label

    def routes(self, shell: Shell) -> list[BaseRoute]:
        """As the shell serves them."""

        async def back(request: Request) -> Response:
            """A page that leads on by itself: the session's cookie does not come with another site's link."""
            answer = {name: request.query_params.get(name, "")[:_LONGEST] for name in _ANSWER}
            onward = f"{_DONE}?{urlencode({name: value for name, value in answer.items() if value})}"
            return _led(shell, request, onward, "proof.back")

        return [Route(BACK, back, methods=["GET"]), shell.page(_DONE, self._done, role=self._role)]

    async def begin(self, ask: Ask, wanted: Wanted) -> Response:
        """Send them there. One thing waits for each session: the last. ApprovalRefused where nobody is named, or the
        provider is away."""
        if not wanted.name:
            raise ApprovalRefused(ask.words("proof.name_missing"))
        address, state, kept = await self._elsewhere.begin(_own(ask.request))
        now, session = self._clock(), ask.session.key
        self._waiting = {key: one for key, one in self._waiting.items() if one.until > now and one.session != session}
        self._waiting[state] = _Waits(wanted, session, kept, now + _WITHIN)
        # A page, not a redirection: forms may lead to no other site.
        return _led(ask.shell, ask.request, address, "proof.go")

    async def _done(self, ask: Ask) -> Response:
        """They are back, in their session. Whatever comes of it, it was the only time."""
        answer = ask.request.query_params
        one = self._waiting.pop(answer.get("state", ""), None)
        if one is None or one.session != ask.session.key or self._clock() > one.until:
            title, text = ask.words("error.title_409"), ask.words("proof.nothing")
            return await ask.page("error.html", 409, title=title, text=text)
        wanted, own = one.wanted, _own(ask.request)
        try:
            return await wanted.act(ask, await self._elsewhere.finish(answer, one.kept, own, wanted.name, wanted.roles))
        except WetreadError as no:
            return await wanted.refused(ask, no)


def _led(shell: Shell, request: Request, onward: str, words: str) -> Response:
    pages = shell.pages_of(request)
    return HTMLResponse(pages.render("proof.html", title=pages.words(words), onward=onward))


def _own(request: Request) -> str:
    """Where to come back to, as this browser reaches it; the walls have looked at the host."""
    return f"{request.url.scheme}://{request.headers['host']}{BACK}"
