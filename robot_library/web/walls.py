"""The outermost layer: which hosts we answer to, who may send forms, and what a browser may do with our pages.

A page of another site that a name server points at this machine is refused by its Host (DNS rebinding); a form sent
from another site by its Origin, before any token is looked at.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
_POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    )
)  # fmt: skip
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: a browser would then send its own forms with `Origin: null`. Other sites are told nothing.
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Fence:
    """Wraps an application: every answer tells the browser what may be done with it. For what programs ask, too."""

    def __init__(self, app: ASGIApp, *, secure: bool = False) -> None:
        self._inside, self._secure = app, secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def fenced(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._mark(MutableHeaders(scope=message))
            await send(message)

        await self._inside(scope, receive, fenced if scope["type"] == "http" else send)

    def _mark(self, headers: MutableHeaders) -> None:
        for name, value in HEADERS.items():
            headers[name] = value
        headers.setdefault("cache-control", "no-store")
        if self._secure:
            headers["strict-transport-security"] = "max-age=31536000"


class Walls:
    """Wraps an application. `hosts` are names (without port) it may be called by, beside this machine's own and plain
    addresses: to be led here by another site's name server takes a name."""

    def __init__(self, app: ASGIApp, hosts: Collection[str] = (), *, secure: bool = False) -> None:
        self._app = app
        self._hosts = LOCAL | {host.lower() for host in hosts}
        self._fence = Fence(self._let_through, secure=secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._fence(scope, receive, send)

    async def _let_through(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope["method"], Headers(scope=scope)) if scope["type"] == "http" else None
        if refusal is not None:
            await PlainTextResponse(refusal[1], refusal[0])(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, method: str, headers: Headers) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if _name(host) not in self._hosts and not _is_address(_name(host)):
            return 421, "This server is not known by that name. Add it to the hosts it may be called by."
        origin = headers.get("origin", "")
        if method not in _SAFE and origin.partition("://")[2].lower() != host.lower():
            return 403, "This form was not sent from a page of this server."
        return None


def _name(host: str) -> str:
    """A Host header without its port."""
    name = host.lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
