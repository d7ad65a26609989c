"""site.yaml, `audit`: where the audit trail is sent."""

from __future__ import annotations

from pydantic import Field, model_validator

from robot_library.model.base import Frozen


class Forwarding(Frozen):
    """The office sends what the collector does not have yet, by syslog over TLS, and tries again while it is down."""

    to: str | None = Field(default=None, pattern=r"^[^\s/]+:\d+$")
    """host:port of the collector; 6514 is the usual port. None: nothing is sent."""
    ca: str | None = None
    """File with the certificate of who signs the collector's."""
    certificate: str | None = None
    """File with our own certificate, where the collector asks for one."""
    key: str | None = None
    """File with the key of ours."""
    close_notify: bool = True
    """Whether the collector ends a connection with TLS's close_notify, as RFC 5425 asks. `false` for one that does not
    (rsyslog with its gtls driver): then the end of the connection counts, which somebody on the way could bring about;
    the numbers of the lines show what is missing."""

    @model_validator(mode="after")
    def _trusts_somebody(self) -> Forwarding:
        if self.to is not None and self.ca is None:
            raise ValueError("'to' needs 'ca': nothing is sent to a collector that nobody vouches for")
        return self
