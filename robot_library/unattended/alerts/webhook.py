"""By webhook: a signed POST.

The receiver checks `X-Wetread-Signature: t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA256 of "SECONDS.BODY" under the
shared secret, and refuses what is older than some minutes. `X-Wetread-Delivery` stays the same when it is sent again.
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
import time
from urllib.parse import urlsplit

from robot_library.interfaces import Credential
from robot_library.model.alerting import Webhook, on_this_machine

_PATIENCE = 20.0


class Refused(Exception):
    """The receiver answered, but did not take it."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


def signature(secret: str, moment: int, body: bytes) -> str:
    """The header's value for a body sent at a moment (seconds since 1970)."""
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={mac}"


async def send(hook: Webhook, credential: Credential, body: bytes, ident: str) -> None:
    """Post it once. Refused, or what httpx raises, if it was not taken. Redirections are not followed."""
    import httpx

    here = on_this_machine(urlsplit(hook.url).hostname or "")
    trust = ssl.create_default_context(cafile=hook.authority)
    headers = {
        "Content-Type": "application/json",
        "X-Wetread-Signature": signature(credential.password, int(time.time()), body),
        "X-Wetread-Delivery": ident,
    }
    async with httpx.AsyncClient(verify=trust, timeout=_PATIENCE, trust_env=not here) as client:
        answer = await client.post(hook.url, content=body, headers=headers)
    if not answer.is_success:
        raise Refused(answer.status_code)
