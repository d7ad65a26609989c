"""Whether anything proves that a database server is the one that is meant.

PostgreSQL's own default asks for encryption and goes on without it: a machine between, or one that has taken the
server's name, is then handed the password, and what is read and written.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from robot_library.engine.database.store import server_url
from robot_library.model.alerting import on_this_machine

CURE = "Add ?sslmode=verify-full&sslrootcert=FILE to the URL, or set PGSSLMODE and PGSSLROOTCERT."


def unproven(url: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the server is asked over a network, and believed without a certificate that bears its name."""
    parsed = server_url(url)
    if parsed.drivername == "sqlite":
        return False
    said = {name: value if isinstance(value, str) else value[-1] for name, value in parsed.query.items()}
    host = said.get("host") or parsed.host or environment.get("PGHOST", "")
    if not said.get("hostaddr") and (not host or host.startswith(("/", "@")) or on_this_machine(host)):
        return False
    return (said.get("sslmode") or environment.get("PGSSLMODE")) != "verify-full"
