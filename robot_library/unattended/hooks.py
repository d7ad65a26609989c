"""POST /hooks/NAME: a program hands over an item, or says that there is something to collect.

Who may is proven by a token, compared in constant time, or by an HMAC over time and body: then nothing else of the
request counts. Answers never tell a hook
that is not there from one whose secret was not given.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from robot_library.errors import SetupError
from robot_library.model.trigger import Hook
from robot_library.safeguards.vault import Vault
from robot_library.unattended.intake import Intake, NotAnItem, priority_of

log = logging.getLogger("wetread.office")
SHORTEST_SECRET = 16
USUAL = 65536
"""Largest body that is looked at of whoever has not proven anything."""
SKEW = 300
"""Seconds that a signature's time may lie beside ours."""
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_SIGNATURE = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


@dataclass
class Bucket:
    """So many a minute, evenly refilled."""

    per_minute: int
    left: float = field(init=False)
    at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.left = float(self.per_minute)

    def take(self) -> bool:
        """Whether one more is allowed now."""
        now = time.monotonic()
        self.left = min(self.per_minute, self.left + (now - self.at) * self.per_minute / 60)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class OpenHook:
    """One hook of an enabled bot."""

    def __init__(self, hook: Hook, intake: Intake, secret: str) -> None:
        self.hook, self.intake = hook, intake
        self._secret = secret.encode()
        self.bucket = Bucket(hook.per_minute)

    def proves(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether a request comes from who knows the secret."""
        if self.hook.auth == "token":
            scheme, _, given = headers.get("authorization", "").partition(" ")
            return hmac.compare_digest(given.strip().encode(), self._secret) and scheme.lower() == "bearer"
        match = _SIGNATURE.fullmatch(headers.get("x-wetread-signature", "").strip())
        if match is None or abs(time.time() - int(match[1])) > SKEW:
            return False
        wanted = hmac.new(self._secret, match[1].encode() + b"." + body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(wanted, match[2])

    def key_beside(self, headers: Mapping[str, str]) -> str:
        """The key that a request names beside its body; none where a header is not signed: whoever has seen one request
        could send it again under another key."""
        return headers.get("idempotency-key", "") if self.hook.auth == "token" else ""


def open_hook(hook: Hook, intake: Intake, vault: Vault) -> OpenHook:
    """A hook with its secret. SetupError if there is none, or one that can be guessed."""
    secret = vault.credential(hook.credential).password
    if len(secret) < SHORTEST_SECRET:
        raise SetupError(
            f"the secret {hook.credential!r} of hook {hook.name!r} is shorter than {SHORTEST_SECRET} characters.",
            cure="Make a long random one.",
        )
    return OpenHook(hook, intake, secret)


def hook_routes(hooks: Mapping[str, OpenHook]) -> list[Route]:
    """The address hooks are posted to; `hooks` are those open now, by name."""

    async def post(request: Request) -> Response:
        # As much for a hook that is not there: where a stranger is hung up on would tell.
        most = max((USUAL, *(one.hook.size_limit for one in hooks.values())))
        return await _posted(hooks.get(request.path_params["name"]), request, most)

    return [Route("/hooks/{name}", post, methods=["POST"])]


async def _posted(opened: OpenHook | None, request: Request, most: int) -> Response:
    limit = opened.hook.size_limit if opened is not None else 0
    body = await _body(request, most)
    if opened is None or body is None or not opened.proves(request.headers, body):
        # A limit of its own would tell that the hook is there.
        return _too_large() if body is None or len(body) > USUAL else _said(401, "not allowed")
    if len(body) > limit:
        return _too_large()
    if not opened.bucket.take():
        return _said(429, "too many requests", {"Retry-After": "60"})
    try:
        taken = await _taken(opened, json.loads(body or b"{}"), opened.key_beside(request.headers))
    except (ValueError, RecursionError):
        return _said(422, "the body is no JSON")
    except NotAnItem as failure:
        return _said(422, failure.message)
    except Exception as failure:
        log.error("hook %s could not be taken (%s)", opened.hook.name, type(failure).__name__)
        return _said(503, "not now; try again", {"Retry-After": "30"})
    return JSONResponse({"taken": taken}, 202 if taken else 200)


async def _body(request: Request, limit: int) -> bytes | None:
    """The body; None if it is larger than allowed, whatever it announced."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return body


async def _taken(opened: OpenHook, said: Any, idempotency: str) -> bool:
    """Take the item, or collect. False if this was done already."""
    if not isinstance(said, dict) or not set(said) <= {"key", "item", "priority"}:
        raise NotAnItem("the body takes key, item and priority.")
    key = said.get("key") or idempotency
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise NotAnItem(
            "`key` is missing from the body (with a token it may be the header Idempotency-Key), or is no plain word "
            "of at most 200 characters, in quotes: a number in JSON would lose the zeros it begins with, and two "
            "orders would have one key."
        )
    priority = priority_of(_word(said.get("priority", "")))
    if "item" not in said:
        return await opened.intake.collect(f"hook:{opened.hook.name}", key)
    item = said["item"]
    if not isinstance(item, dict) or not all(isinstance(value, str) for value in item.values()):
        raise NotAnItem("`item` takes texts: a number in JSON would lose the zeros a patient's number begins with.")
    return await opened.intake.take(item, key, priority=priority)


def _word(said: Any) -> str:
    """A priority as it may be written: a word, or a whole number."""
    if isinstance(said, bool) or not isinstance(said, str | int):
        raise NotAnItem("the priority is not understood: write stat, routine, or a number from 1 to 99.")
    return str(said)


def _too_large() -> Response:
    return _said(413, "the body is too large")


def _said(status: int, what: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": what}, status, dict(headers or {}))
