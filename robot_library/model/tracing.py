"""site.yaml, `traces`: where OpenTelemetry traces go."""

from __future__ import annotations

from pydantic import Field, field_validator

from robot_library.model.base import Frozen
from robot_library.model.credential import without_password


class Tracing(Frozen):
    """Traces of goes and their steps. The OTEL_… variables of the environment come first."""

    endpoint: str | None = Field(default=None, pattern=r"^https?://[^\s/]+")
    """Address of a collector that takes OTLP over HTTP, without `/v1/traces`. None: no traces."""
    share: float = Field(default=1.0, gt=0, le=1)
    """The share of goes that is traced; the others cost nothing."""

    _checked = field_validator("endpoint")(lambda url: url and without_password(url))
