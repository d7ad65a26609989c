"""HashiCorp Vault: `user` and `password` (and `totp`) of a secret of the KV engine, version 2."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from robot_library.errors import SetupError
from robot_library.model.signing_in import safe_address

ADDRESS, PLACE, NAMESPACE, AUTHORITY = (
    "WETREAD_VAULT_HASHICORP", "WETREAD_VAULT_PLACE", "WETREAD_VAULT_NAMESPACE", "WETREAD_VAULT_CA",
)  # fmt: skip
TOKEN_FILE, ROLE, SECRET_FILE = "WETREAD_VAULT_TOKEN_FILE", "WETREAD_VAULT_ROLE", "WETREAD_VAULT_SECRET_FILE"
_PATIENCE = 10
_SEED = "-totp"


@dataclass
class HashicorpVault:
    """One server. `place` is the engine's mount, then the folder in it: secret/wetread."""

    address: str
    place: str = "secret/wetread"
    token_file: str = ""
    role: str = ""
    secret_file: str = ""
    namespace: str = ""
    authority: str = ""
    where: str = field(init=False)
    _client: Any = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        try:
            safe_address(self.address)
        except ValueError:
            raise SetupError(f"{ADDRESS}: what travels to this address could be read by others.",
                             cure="Write https://…") from None  # fmt: skip
        self.where = f"HashiCorp Vault at {self.address}, {self.place}"

    def look(self, name: str) -> str | None:
        """See ServerVault."""
        held = self._read(name.removesuffix(_SEED))
        if held is None:
            return None
        if name.endswith(_SEED):
            return str(held["totp"]) if held.get("totp") else None
        if not all(isinstance(held.get(key), str) and held[key] for key in ("user", "password")):
            raise SetupError(f"secret {name!r} in {self.where} lacks user or password.", cure="Write both there.")
        return f"{held['user']}:{held['password']}"

    def check(self) -> None:
        """See ServerVault."""
        self._asked(lambda client: client.auth.token.lookup_self())

    def _read(self, name: str) -> dict[str, Any] | None:
        mount, _, folder = self.place.strip("/").partition("/")
        path = f"{folder}/{name}" if folder else name
        there = self._asked(
            lambda client: client.secrets.kv.v2.read_secret_version(
                path=path, mount_point=mount, raise_on_deleted_version=True
            )
        )
        held = there["data"]["data"] if there else None
        return held if isinstance(held, dict) else None

    def _asked(self, question: Any) -> Any:
        """The answer; None where nothing is kept. A token that has run out is asked for anew, once."""
        hvac, requests = _libraries()
        for last in (False, True):
            client, self._client = self._client or self._let_in(hvac, requests), None
            try:
                answer = question(client)
            except hvac.exceptions.InvalidPath:
                self._client = client
                return None
            except hvac.exceptions.Forbidden:
                if last:
                    raise SetupError(
                        f"{self.where} does not let us look.",
                        cure="Does our policy allow read there? Has the token run out?",
                    ) from None
                continue
            except (hvac.exceptions.VaultError, requests.RequestException, ValueError) as failure:
                raise self._away(failure) from None
            if not isinstance(answer, dict):
                raise self._away(ValueError())  # a redirection, or a page of something else
            self._client = client
            return answer
        return None

    def _let_in(self, hvac: Any, requests: Any) -> Any:
        """Redirections are not followed, as the token would go with them; no proxy is used."""
        session = requests.Session()
        session.trust_env = False
        client = hvac.Client(
            url=self.address, token="", timeout=_PATIENCE, allow_redirects=False, session=session,
            verify=self.authority or True, namespace=self.namespace or None,
        )  # fmt: skip
        if not self.role:
            client.token = _kept(self.token_file, TOKEN_FILE)
            return client
        try:
            client.auth.approle.login(role_id=self.role, secret_id=_kept(self.secret_file, SECRET_FILE))
        except (hvac.exceptions.InvalidRequest, hvac.exceptions.Forbidden):
            raise SetupError(f"{self.where} refuses the role or its secret.",
                             cure=f"Write a fresh one into the file that {SECRET_FILE} names.") from None  # fmt: skip
        except (hvac.exceptions.VaultError, requests.RequestException, ValueError, KeyError) as failure:
            raise self._away(failure) from None
        return client

    def _away(self, failure: Exception) -> SetupError:
        return SetupError(
            f"{self.where} does not answer as a vault does ({type(failure).__name__}).",
            cure=f"Is it up, unsealed, and {ADDRESS} its own address? Nothing else is asked for credentials.",
        )


def from_environment(address: str) -> HashicorpVault:
    """As the environment says."""
    said = {key: os.environ.get(name, "") for key, name in (
        ("token_file", TOKEN_FILE), ("role", ROLE), ("secret_file", SECRET_FILE), ("namespace", NAMESPACE),
        ("authority", AUTHORITY))}  # fmt: skip
    one = HashicorpVault(address, os.environ.get(PLACE) or "secret/wetread", **said)
    return _known.setdefault(repr(one), one)


_known: dict[str, HashicorpVault] = {}
"""One a server, so that not every look asks to be let in."""


def _libraries() -> tuple[Any, Any]:
    try:
        import hvac
        import hvac.exceptions
        import requests
    except ImportError:
        raise SetupError(
            f"{ADDRESS} names a HashiCorp Vault, and hvac is not installed.", cure="pip install 'wetread[hashicorp]'"
        ) from None
    return hvac, requests


def _kept(file: str, name: str) -> str:
    """A token, or a role's secret. Read each time: an agent beside us may write a fresh one."""
    if not file:
        raise SetupError(f"{name} names no file: nothing lets us into the vault.", cure="See the page about the vault.")
    from robot_library.safeguards.vault_file import private

    return private(Path(file), "what lets us into the vault").decode("utf-8", "replace").strip()
