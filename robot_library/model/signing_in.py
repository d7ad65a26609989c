"""`sign_in:` of site.yaml: the hospital's own sign-in (OpenID Connect), for the clerk's app and the dashboard."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from robot_library.model.address import split_address
from robot_library.model.alerting import on_this_machine
from robot_library.model.base import Frozen
from robot_library.model.credential import CredentialName
from robot_library.model.release import Role


def safe_address(url: str) -> str:
    """ValueError for an address on which somebody between could read or change what is said."""
    parts = split_address(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and on_this_machine(parts.hostname or "")):
        raise ValueError("the address begins with https://, or with http:// on this machine")
    return url


class Oidc(Frozen):
    """An OpenID Connect provider: authorization code with PKCE."""

    issuer: str
    """Its issuer, exactly as it calls itself: `/.well-known/openid-configuration` stands below."""
    client: str = Field(min_length=1)
    """Our client id there. Addresses to come back to, of the clerk's app and of the dashboard each:
    `https://…/sign-in/oidc/back` and `https://…/proof/back`."""
    credential: CredentialName | None = None
    """Name of the credential in the vault whose password is the client secret; without one, a public client."""
    roles: dict[Role, tuple[str, ...]] = Field(min_length=1)
    """Role → groups that give it. Whoever is in none of them does not come in."""
    groups: str = "groups"
    """The claim of the ID token that lists a person's groups; with dots, a claim within a claim
    (realm_access.roles)."""
    name: str = "preferred_username"
    """The claim that they are called by, in records and in the audit trail, from their first sign-in on."""
    label: str = ""
    """What the button says that they sign in with."""
    scopes: tuple[str, ...] = ("openid", "profile")
    prompt: Literal["login", "select_account", "as_provider"] = "login"
    """login: the provider asks who is there each time, as a shared machine needs. as_provider: it may let whoever is
    signed in there already come straight in."""
    authority: str | None = None
    """File with the certificate of the hospital's own authority (PEM), where the machine does not know it."""

    @field_validator("issuer")
    @classmethod
    def _safe(cls, url: str) -> str:
        return safe_address(url)

    @field_validator("scopes")
    @classmethod
    def _openid(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in scopes:
            raise ValueError("'scopes' lacks openid, without which there is no sign-in")
        return scopes


class SigningIn(Frozen):
    """How people come into the clerk's app and the dashboard, beside the accounts of `wetread people`."""

    oidc: Oidc | None = None
    """The hospital's own sign-in. Accounts of `wetread people` go on beside it, for when it is away."""
