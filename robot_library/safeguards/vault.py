"""Credentials by name: environment first, then the machine's keyring. Never in a file of the project."""

from __future__ import annotations

import os
from collections.abc import Mapping

from robot_library.errors import SetupError
from robot_library.interfaces import Credential

SERVICE = "wetread"


def variable(name: str) -> str:
    """The environment variable of a credential: ehr-bot → WETREAD_CREDENTIAL_EHR_BOT."""
    return "WETREAD_CREDENTIAL_" + name.upper().replace("-", "_")


class Vault:
    """Looks credentials up by name. `given` are credentials made for this process only (the demo's)."""

    def __init__(self, given: Mapping[str, Credential] | None = None) -> None:
        self._given = dict(given or {})

    def credential(self, name: str) -> Credential:
        """The credential, or a SetupError that says how to give it."""
        if name in self._given:
            return self._given[name]
        text = os.environ.get(variable(name)) or _from_keyring(name)
        user, colon, password = (text or "").partition(":")
        if not colon or not user or not password:
            raise SetupError(
                f"credential {name!r} is not known on this machine.",
                cure=f"Set {variable(name)}=user:password, or store user:password in the keyring "
                f"with `keyring set {SERVICE} {name}`.",
            )
        return Credential(user, password)


def _from_keyring(name: str) -> str | None:
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(SERVICE, name)
    except KeyringError:
        return None
