"""What is asked of the hospital's provider: where its pages are, its keys, a token for a code."""

from __future__ import annotations

import json
import logging
import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from robot_library.errors import SetupError
from robot_library.model.release import Role
from robot_library.model.signing_in import Oidc, safe_address
from robot_library.people.provider.tokens import UnknownKey, claims_of, groups_of, proven_within
from robot_library.people.refused import Refused

log = logging.getLogger("wetread.web")
# httpx logs addresses, and these hold codes.
logging.getLogger("httpx").setLevel(logging.WARNING)
_PATIENCE, _KNOWN_FOR, _LARGEST = 15.0, 600.0, 500_000


@dataclass(frozen=True)
class Begun:
    """One attempt, as the browser keeps it, encrypted: what the answer must fit."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Known:
    """Somebody as the provider knows them. `subject` is theirs for good, whatever they are called."""

    subject: str
    name: str
    roles: tuple[Role, ...]


class Provider:
    """The provider of one site. `secret` looks the client's up, or answers None. SetupError without joserfc."""

    def __init__(
        self, rules: Oidc, secret: Callable[[], str | None], *, clock: Callable[[], float] = time.time
    ) -> None:
        try:
            import joserfc  # noqa: F401
        except ImportError:
            raise SetupError(
                "site.yaml has people sign in at the hospital's own provider, and joserfc is not installed.",
                cure="pip install 'wetread[oidc]'",
            ) from None
        self.rules, self._secret, self._clock = rules, secret, clock
        self._trusted = ssl.create_default_context(cafile=rules.authority)
        self._told: tuple[float, dict[str, Any]] = (0.0, {})
        self._keys: tuple[float, list[dict[str, Any]]] = (0.0, [])

    async def begin(self, back: str, *, anew: bool = False) -> tuple[str, Begun]:
        """The address to go to, and what to keep until the answer comes to `back`. `anew`: they are to prove it now,
        whether they are signed in there or not."""
        from joserfc.util import urlsafe_b64encode

        begun = Begun(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
        asked = {
            "response_type": "code", "client_id": self.rules.client, "redirect_uri": back,
            "scope": " ".join(self.rules.scopes), "state": begun.state, "nonce": begun.nonce,
            "code_challenge": urlsafe_b64encode(_sha256(begun.verifier)).decode(), "code_challenge_method": "S256",
        }  # fmt: skip
        if anew:
            asked |= {"prompt": "login", "max_age": "0"}
        elif self.rules.prompt != "as_provider":
            asked["prompt"] = self.rules.prompt
        return _with(await self._address("authorization_endpoint"), asked), begun

    async def finish(self, answer: Mapping[str, str], begun: Begun, back: str, *, within: float | None = None) -> Known:
        """Whom the provider has let in. Refused for an answer to something else, a refusal, or a token that is not as
        it should be. `within`: they must have proven it so many seconds ago, or less."""
        if not secrets.compare_digest(answer.get("state", "").encode(), begun.state.encode()):
            raise Refused("late")
        told = await self._metadata()
        said = answer.get("iss", "" if told.get("authorization_response_iss_parameter_supported") else None)
        if said is not None and said != self.rules.issuer:
            raise Refused("token")  # another provider's answer, mixed in (RFC 9207)
        if "error" in answer or not answer.get("code"):
            raise Refused("denied")
        token = await self._token(answer["code"], begun.verifier, back)
        claims = await self._claims(token, begun.nonce)
        if within is not None:
            proven_within(claims, within)
        name, groups = claims.get(self.rules.name), groups_of(claims, self.rules.groups)
        if not isinstance(name, str) or not name.strip():
            raise Refused("name")
        roles = tuple(role for role, those in self.rules.roles.items() if groups & set(those))
        return Known(f"{self.rules.issuer}|{claims['sub']}", name, roles)

    async def out(self, back: str) -> str:
        """Where somebody signs out of the provider as well; "" if it has no such page."""
        told = await self._metadata()
        if not told.get("end_session_endpoint"):
            return ""
        asked = {"client_id": self.rules.client, "post_logout_redirect_uri": back}
        return _with(await self._address("end_session_endpoint"), asked)

    # ---- inside ----

    async def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        known = {"issuer": self.rules.issuer, "client": self.rules.client, "nonce": nonce}
        try:
            return claims_of(token, await self._all_keys(), now=self._clock(), **known)
        except UnknownKey:
            fresh = await self._all_keys(anew=True)
            return claims_of(token, fresh, now=self._clock(), **known)

    async def _token(self, code: str, verifier: str, back: str) -> str:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        ways = (await self._metadata()).get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        secret, auth = self._secret(), None
        if secret is not None and "client_secret_basic" in ways:
            auth = httpx.BasicAuth(quote(self.rules.client, safe=""), quote(secret, safe=""))
        elif secret is not None:
            form |= {"client_id": self.rules.client, "client_secret": secret}
        else:
            form["client_id"] = self.rules.client
        said = await self._asked("POST", await self._address("token_endpoint"), data=form, auth=auth)
        token = said.get("id_token")
        if not isinstance(token, str):
            raise Refused("token")
        return token

    async def _metadata(self) -> dict[str, Any]:
        at, told = self._told
        if not told or self._clock() - at > _KNOWN_FOR:
            told = await self._asked("GET", f"{self.rules.issuer.rstrip('/')}/.well-known/openid-configuration")
            if told.get("issuer") != self.rules.issuer:
                log.warning("the provider calls itself by another issuer than site.yaml has")
                raise Refused("away")
            self._told = (self._clock(), told)
        return told

    async def _address(self, name: str) -> str:
        try:
            return safe_address(str((await self._metadata())[name]))
        except (KeyError, ValueError):
            raise Refused("away") from None

    async def _all_keys(self, *, anew: bool = False) -> list[dict[str, Any]]:
        at, keys = self._keys
        if anew or not keys or self._clock() - at > _KNOWN_FOR:
            said = (await self._asked("GET", await self._address("jwks_uri"))).get("keys")
            keys = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
            self._keys = (self._clock(), keys)
        return keys

    async def _asked(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        """The provider's answer. Redirections are not followed, no proxy is used. Refused: away, or it says no."""
        try:
            async with (
                httpx.AsyncClient(verify=self._trusted, timeout=_PATIENCE, trust_env=False) as http,
                http.stream(method, url, headers={"Accept": "application/json"}, **more) as answer,
            ):
                said = json.loads(await _whole(answer) or b"null")
        except (httpx.HTTPError, ValueError, OSError, RecursionError) as failure:
            log.warning("the hospital's sign-in does not answer (%s)", type(failure).__name__)
            raise Refused("away") from None
        if not answer.is_success or not isinstance(said, dict):
            log.warning("the hospital's sign-in answered %d", answer.status_code)
            raise Refused("token" if method == "POST" else "away")
        return said


async def _whole(answer: httpx.Response) -> bytes:
    """What it says; nothing where that is more than any such answer has. No more is read."""
    body = bytearray()
    async for some in answer.aiter_bytes():
        body += some
        if len(body) > _LARGEST:
            return b""
    return bytes(body)


def provider_of(rules: Oidc | None) -> Provider | None:
    """A site's provider, its client's secret in the vault; None where it names none. SetupError without joserfc."""
    from robot_library.safeguards.vault import Vault

    if rules is None:
        return None
    name = rules.credential
    return Provider(rules, lambda: Vault().credential(name).password if name else None)


def _with(url: str, asked: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(asked)}"


def _sha256(text: str) -> bytes:
    import hashlib

    return hashlib.sha256(text.encode("ascii")).digest()
