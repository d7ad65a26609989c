"""What of our environment goes on to programs that we start: nothing that lets anybody in anywhere. A browser shows
pages of others, and the decoder reads bytes of others; neither needs a credential, and either may be taken over."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

_SECRET = re.compile(
    r"WETREAD_(CREDENTIAL|VAULT|SITE_KEY|KEYS|DB)|AZURE_|AWS_|VAULT_|OTEL_|PG|CREDENTIALS_DIRECTORY|SSLKEYLOGFILE"
    r"|(.*_)?(PASSWORD|PASSWD|PASS|PASSPHRASE|PWD|SECRET|TOKEN|CREDENTIALS?|APIKEY|KEY|SEED)(_.*)?$",
    re.IGNORECASE,
)
_PLACES = frozenset({"PWD", "OLDPWD"})
"""Folders, whatever their names look like."""


def handed_on(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment without whatever, by its name, holds or leads to a secret."""
    return {name: text for name, text in environment.items() if name in _PLACES or not _SECRET.match(name)}
