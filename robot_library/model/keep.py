"""site.yaml, `keep`: how long what bots leave behind is kept, and then deleted for good."""

from __future__ import annotations

from pydantic import Field, model_validator

from robot_library.model.base import Frozen
from robot_library.model.values import Duration, parse_duration


def _days(number: int) -> Duration:
    return parse_duration(f"{number} d")


class Keep(Frozen):
    """Times count from the end of an item. What has not ended is never deleted."""

    runs: Duration = Field(default_factory=lambda: _days(90))
    """What happened step by step, and the item's own data. That an order was done, and what was pressed once, stays."""
    evidence: Duration = Field(default_factory=lambda: _days(30))
    """Images and screenshots that only ended items refer to."""
    files: Duration = Field(default_factory=lambda: _days(1))
    """Files on their way into memory (downloads, arrivals), and pages written into the home."""
    alerts: Duration = Field(default_factory=lambda: _days(180))
    """Alerts that are over, and what checks have found."""
    reports: Duration = Field(default_factory=lambda: _days(3650))
    """Reports that wetread itself has let out, after the last thing that happened to them, and where they went."""
    monitor: Duration = Field(default_factory=lambda: _days(1825))
    """Pseudonymous answers of skills, from which drift is seen."""
    free: float = Field(default=1.0, gt=0)
    """Gigabytes: with less left on the disk of the home, no item is begun."""

    @model_validator(mode="after")
    def _long_enough(self) -> Keep:
        if self.runs < _days(1):
            raise ValueError("runs are kept for at least 1 d")
        if self.evidence > self.runs:
            raise ValueError("evidence cannot be kept for longer than the runs that refer to it")
        return self
