"""Credentials by name: environment first, then the vault that the environment names (an encrypted file, or a server),
then the machine's keyring. Never in a file of the project."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from robot_library.errors import SetupError
from robot_library.interfaces import Credential, OneTime
from robot_library.safeguards.vault_file import from_environment
from robot_library.safeguards.vaults.named import server_vault

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
        text = os.environ.get(variable(name)) or _from_vault(name) or _from_keyring(name)
        user, colon, password = (text or "").partition(":")
        if not colon or not user or not password:
            raise SetupError(
                f"credential {name!r} is not known on this machine.",
                cure=f"Set {variable(name)}=user:password, store user:password in the keyring with "
                f"`keyring set {SERVICE} {name}`, or in a vault with `wetread vault add {name}`.",
            )
        return Credential(user, password, one_time(name))


def one_time(name: str) -> OneTime | None:
    """The second factor of a credential: its seed as base32, or as the otpauth:// address that the system shows as a
    picture. In WETREAD_CREDENTIAL_X_TOTP, or in the vault or the keyring under `x-totp`. None if there is none."""
    seed = os.environ.get(f"{variable(name)}_TOTP") or _from_vault(f"{name}-totp") or _from_keyring(f"{name}-totp")
    if not seed:
        return None
    try:
        return _time_based(seed)
    except (ValueError, KeyError):
        raise SetupError(
            f"the second factor of credential {name!r} is no TOTP seed.",
            cure="Give the base32 letters that the system shows, or its otpauth://totp/… address.",
        ) from None


def _time_based(seed: str) -> OneTime:
    """ValueError or KeyError for what is no seed."""
    import pyotp

    class Totp(pyotp.TOTP):
        min_secret_length_bits = 80
        """What hospitals' systems give; NIST wishes for 112."""

    if not seed.startswith("otpauth://"):
        made = Totp(seed.replace(" ", ""))
    else:
        address = urlsplit(seed)
        said = {key.lower(): value for key, value in parse_qsl(address.query)}
        if address.netloc != "totp":
            raise ValueError
        digest = _DIGESTS[said.get("algorithm", "SHA1").upper()]
        digits, period = int(said.get("digits", "6")), int(said.get("period", "30"))
        made = Totp(said["secret"], digits=digits, digest=digest, interval=period)
    return OneTime(made.interval, made.generate_otp)


_DIGESTS = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}


def _from_vault(name: str) -> str | None:
    """From the vault that the environment names, a server's or a file. SetupError where that does not open: nothing
    else is asked then."""
    if (server := server_vault()) is not None:
        return server.look(name)
    vault = from_environment()
    return None if vault is None else vault.secrets().get(name)


def _from_keyring(name: str) -> str | None:
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(SERVICE, name)
    except KeyringError:
        return None
