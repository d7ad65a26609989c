"""Azure Key Vault: `user:password` in a secret of the credential's own name, a second factor's seed in `name-totp`."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from robot_library.errors import SetupError

ADDRESS = "WETREAD_VAULT_AZURE"
_PATIENCE = 10


@dataclass
class AzureVault:
    """One vault. `identity` is what Azure's libraries take as a credential; None: what this machine or the environment
    is, as its owner has set it up, and no person's."""

    address: str
    identity: Any = None
    more: dict[str, Any] = field(default_factory=dict, repr=False)
    """Settings of Azure's own client."""
    where: str = field(init=False)
    _client: Any = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.address.startswith("https://"):
            raise SetupError(f"{ADDRESS}: what travels to this address could be read by others.",
                             cure="Write https://NAME.vault.azure.net")  # fmt: skip
        self.where = f"Azure Key Vault {self.address}"

    def look(self, name: str) -> str | None:
        """See ServerVault."""
        errors = _libraries()
        try:
            value = self._asked().get_secret(name).value
        except errors.ResourceNotFoundError:
            return None
        except errors.ClientAuthenticationError:
            raise self._shut("does not know us", "Has this machine an identity there?") from None
        except errors.HttpResponseError as failure:
            if failure.status_code == 403:
                raise self._shut("does not let us look", "Give our identity the role Key Vault Secrets User.") from None
            raise self._away(failure) from None
        except (errors.AzureError, OSError, ValueError) as failure:
            raise self._away(failure) from None
        return str(value) if value else None

    def check(self) -> None:
        """See ServerVault."""
        self.look("wetread-is-it-there")

    def _asked(self) -> Any:
        from azure.keyvault.secrets import SecretClient

        if self._client is None:
            # Azure's libraries log addresses, which hold the names of secrets.
            logging.getLogger("azure").setLevel(logging.WARNING)
            settings = {"connection_timeout": _PATIENCE, "read_timeout": _PATIENCE, "retry_total": 1, **self.more}
            self._client = SecretClient(vault_url=self.address, credential=self.identity or _machine(), **settings)
        return self._client

    def _shut(self, what: str, cure: str) -> SetupError:
        return SetupError(f"{self.where} {what}.", cure=cure)

    def _away(self, failure: Exception) -> SetupError:
        return SetupError(
            f"{self.where} does not answer as a vault does ({type(failure).__name__}).",
            cure=f"Is {ADDRESS} its own address? Nothing else is asked for credentials.",
        )


def from_environment(address: str) -> AzureVault:
    """As the environment says; one for each address, so that not every look asks to be let in."""
    return _known.setdefault(address, AzureVault(address))


_known: dict[str, AzureVault] = {}


def _machine() -> Any:
    """A service's identity: environment, workload or managed identity; never a person who has signed in at a shell."""
    from azure.identity import DefaultAzureCredential

    persons = ("cli", "developer_cli", "powershell", "shared_token_cache", "interactive_browser",
               "visual_studio_code", "broker")  # fmt: skip
    return DefaultAzureCredential(**{f"exclude_{one}_credential": True for one in persons})


def _libraries() -> Any:
    try:
        import azure.identity
        import azure.keyvault.secrets  # noqa: F401
        from azure.core import exceptions
    except ImportError:
        raise SetupError(
            f"{ADDRESS} names an Azure Key Vault, and Azure's libraries are not installed.",
            cure="pip install 'wetread[azure]'",
        ) from None
    return exceptions
