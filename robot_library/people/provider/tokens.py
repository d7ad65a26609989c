"""An ID token, held against everything that may be wrong with it (OpenID Connect Core 3.1.3.7).

Signed with a key of the provider's, by an algorithm that takes one: neither unsigned, nor with a shared secret, which
the provider's public key would do for. From this issuer, for us and for nobody else, for this one attempt, and fresh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from robot_library.people.refused import Refused

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_LEEWAY = 60
"""Seconds that two clocks may differ by."""
_ROUNDED = 5
"""Seconds by which moments of one clock may be off: whole seconds, several machines behind one address."""
_OLDEST = 600
"""Seconds after which a token is too old to be the answer to a question asked just now."""
_NEVER = 1 << 53
"""Seconds since 1970 that no clock says: with figures of any length there is no reckoning."""


def claims_of(
    token: str, keys: Sequence[Mapping[str, Any]], *, issuer: str, client: str, nonce: str, now: float
) -> dict[str, Any]:
    """What it says. keys: the provider's, as JWKs. Refused for anything that is not as it should be; UnknownKey where
    it names a key that is not among them."""
    from joserfc import jwt
    from joserfc.errors import JoseError

    claims = _signed(token, keys)
    rules = jwt.JWTClaimsRegistry(
        now=int(now), leeway=_LEEWAY,
        iss={"essential": True, "value": issuer}, aud={"essential": True, "value": client}, sub={"essential": True},
        exp={"essential": True}, iat={"essential": True}, nonce={"essential": True, "value": nonce},
    )  # fmt: skip
    try:
        rules.validate(claims)
    except JoseError:
        raise Refused("token") from None
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else client) != client:
        raise Refused("token")
    for moment in (claims["iat"], claims.get("auth_time", now)):
        if not isinstance(moment, int | float) or isinstance(moment, bool) or not 0 <= moment < _NEVER:
            raise Refused("token")
    if now - claims["iat"] > _OLDEST or not isinstance(claims["sub"], str):
        raise Refused("token")
    return claims


def proven_within(claims: Mapping[str, Any], seconds: float) -> None:
    """Whether they proved who they are within so many seconds before the token was made. Both moments are by the
    provider's clock, so that ours need not agree with it. Refused if not, or where it does not say."""
    if "auth_time" not in claims:
        raise Refused("no_moment")
    if not -_ROUNDED <= claims["iat"] - claims["auth_time"] <= seconds + _ROUNDED:
        raise Refused("stale")


class UnknownKey(Refused):
    """It is signed with a key that is not known: a new one, perhaps."""

    def __init__(self) -> None:
        super().__init__("token")


def _signed(token: str, keys: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    from joserfc import jws, jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    try:
        header: object = jws.extract_compact(token.encode("ascii")).headers()
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
        raise Refused("token") from None
    if not isinstance(header, Mapping) or header.get("alg") not in ALGORITHMS:
        raise Refused("token")
    fit = [one for one in keys if one.get("kty") in ("RSA", "EC") and one.get("use", "sig") == "sig"]
    if kid := header.get("kid"):
        fit = [one for one in fit if one.get("kid") == kid]
    if not fit:
        raise UnknownKey
    for one in fit:
        try:
            return dict(jwt.decode(token, import_key(dict(one)), algorithms=list(ALGORITHMS)).claims)
        except (JoseError, ValueError, TypeError, LookupError):  # LookupError: a curve that joserfc does not know
            continue
    raise Refused("token") if kid else UnknownKey


def groups_of(claims: Mapping[str, Any], path: str) -> set[str]:
    """The groups that a claim lists; none if it is not there, or lists nothing."""
    found: Any = claims.get(path)
    if found is None and "." in path:
        found = claims
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return {found}
    return {one for one in found if isinstance(one, str)} if isinstance(found, list) else set()
