"""What deliveries over HTTP share: a client that trusts the hospital's own authority, and what answers mean."""

from __future__ import annotations

import logging
import ssl
from typing import Any
from urllib.parse import urlsplit

import httpx

from robot_library.errors import NotDelivered
from robot_library.interfaces import Credential

# httpx logs addresses, and ours hold identifiers.
logging.getLogger("httpx").setLevel(logging.WARNING)
_PATIENCE = 120.0
_LATER = frozenset({408, 425, 429})
_LARGEST = 16 << 20
_OF_THE_WAY = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Headers of how a body came, which is unpacked by then."""
BEARER = "bearer"
"""User of a credential whose password is a token."""


def client(authority: str | None, credential: Credential | None) -> httpx.AsyncClient:
    """Redirections are not followed and no proxy is used: reports do not travel where nobody meant them to."""
    headers: dict[str, str] = {}
    auth: tuple[str, str] | None = None
    if credential is not None and credential.user == BEARER:
        headers["Authorization"] = f"Bearer {credential.password}"
    elif credential is not None:
        auth = (credential.user, credential.password)
    known = ssl.create_default_context(cafile=authority)
    return httpx.AsyncClient(auth=auth, headers=headers, verify=known, timeout=_PATIENCE, trust_env=False)


async def asked(http: httpx.AsyncClient, method: str, url: str, **more: Any) -> httpx.Response:
    """The answer, as far as such answers go: a server that does not end it fills no memory. What is cut off says
    nothing, and what its status and its headers say counts."""
    async with http.stream(method, url, **more) as answer:
        body = bytearray()
        async for some in answer.aiter_bytes():
            body += some
            if len(body) > _LARGEST:
                body.clear()
                break
    kept = {name: value for name, value in answer.headers.items() if name not in _OF_THE_WAY}
    return httpx.Response(answer.status_code, headers=kept, content=bytes(body), request=answer.request)


def taken(answer: httpx.Response) -> httpx.Response:
    """The answer, if it says that it was taken. NotDelivered otherwise: an account that was refused is not tried again,
    it would be locked; neither is what the receiver has said is wrong."""
    if answer.is_success:
        return answer
    code = answer.status_code
    again = code >= 500 or code in _LATER
    raise NotDelivered(f"Http{code}", f"{urlsplit(str(answer.url)).hostname} answered {code}.", again=again)
