"""Which vault the environment names: none, an encrypted file, or a server. Never two."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

from robot_library.errors import SetupError
from robot_library.safeguards import vault_file
from robot_library.safeguards.vaults import azure, hashicorp


class ServerVault(Protocol):
    """A vault that a server keeps."""

    where: str
    """What it is, and its address."""

    def look(self, name: str) -> str | None:
        """`user:password` kept under a name, or the seed kept under `name-totp`; None if there is nothing. SetupError
        where the server does not answer, does not let us in, or holds something else there."""

    def check(self) -> None:
        """SetupError if it would not let us look."""


_MAKERS: dict[str, Callable[[str], ServerVault]] = {
    hashicorp.ADDRESS: hashicorp.from_environment,
    azure.ADDRESS: azure.from_environment,
}


def server_vault() -> ServerVault | None:
    """The server that the environment names; None if it names none. SetupError for two vaults: which of them is meant
    must not depend on which is asked first."""
    there = [name for name in (vault_file.FILE, *_MAKERS) if os.environ.get(name)]
    if len(there) > 1:
        raise SetupError(f"{' and '.join(there)} name more than one vault.", cure="Unset all but one of them.")
    maker = _MAKERS.get(there[0]) if there else None
    return maker(os.environ[there[0]]) if maker else None
