"""What happens when a skill's answers drift away from what was measured."""

from __future__ import annotations

from typing import Literal

from robot_library.model.base import Frozen


class Monitor(Frozen):
    """report: `wetread skills drift` says so. stop: the skill abstains (code drift) until a person has looked."""

    on_drift: Literal["report", "stop"] = "report"
    features: str | None = None
    """Name of an output (batch, k), such as the means of the last feature maps: their drift is watched too."""
