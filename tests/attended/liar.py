"""An OpenID Connect provider that can be told to lie about one thing at a time; honest in everything else, PKCE and
codes that work once included."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

TRUE, FALSE = (RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}) for kid in ("true", "true"))
CLIENT, SECRET = "wet read", "s3cret: with a colon"


@dataclass
class Liar:
    """`claims` replace those of the token (None: left out); `sign`: true, false_key, none, shared, unknown_kid."""

    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    sign: str = "true"
    meta: dict[str, Any] = field(default_factory=dict)
    issued: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(routes=[
            Route("/.well-known/openid-configuration", self.metadata), Route("/jwks", self.jwks),
            Route("/authorize", self.authorize), Route("/token", self.token, methods=["POST"]),
        ])  # fmt: skip

    async def metadata(self, request: Request) -> Response:
        told = {
            "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize", "jwks_uri": f"{self.url}/jwks",
            "token_endpoint": f"{self.url}/token", "end_session_endpoint": f"{self.url}/out",
        }  # fmt: skip
        return JSONResponse({**told, **self.meta})

    async def jwks(self, request: Request) -> Response:
        shared = {"kty": "oct", "kid": "shared", "k": base64.urlsafe_b64encode(b"x" * 32).decode()}
        return JSONResponse({"keys": [TRUE.as_dict(private=False), shared]})

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["code_challenge_method"] == "S256"
        self.asked.append(asked)
        code = secrets.token_urlsafe(8)
        self.issued[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    async def token(self, request: Request) -> Response:
        form = await request.form()
        asked = self.issued.pop(str(form["code"]), None)
        given = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(str(form["code_verifier"]).encode()).digest())
        back = str(form["redirect_uri"])
        if (
            asked is None or given != "wet%20read:s3cret%3A%20with%20a%20colon"
            or challenge.decode().rstrip("=") != asked["code_challenge"] or back != asked["redirect_uri"]
        ):  # fmt: skip
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT, "sub": "u1", "iat": now, "exp": now + 300, "nonce": asked["nonce"],
            "preferred_username": "Ana.Lopez", "groups": ["everybody", "radiologists"],
            **({"auth_time": now} if "max_age" in asked else {}), **self.claims,
        }  # fmt: skip
        token = self._signed({name: value for name, value in claims.items() if value is not None})
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": token})

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.sign == "none":
            parts = (json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, claims))
            return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."
        if self.sign == "shared":
            return jwt.encode({"alg": "HS256", "kid": "shared"}, claims, OctKey.import_key(b"x" * 32))
        if self.sign == "public":
            public = TRUE.as_pem(private=False)
            head, body = ({"alg": "HS256", "kid": "true"}, claims)
            import hmac

            plain = ".".join(
                base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in (head, body)
            )
            mac = hmac.new(public, plain.encode(), hashlib.sha256).digest()
            return f"{plain}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
        header = {"alg": "RS256", "kid": "unheard" if self.sign == "unknown_kid" else "true"}
        return jwt.encode(header, claims, FALSE if self.sign == "false_key" else TRUE)


@asynccontextmanager
async def liar() -> AsyncIterator[Liar]:
    one = Liar()
    server = uvicorn.Server(uvicorn.Config(one.app(), port=0, log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(120):
        while not server.started:  # noqa: ASYNC110 – uvicorn tells nobody
            await asyncio.sleep(0.01)
    one.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield one
    finally:
        server.should_exit = True
        await task
