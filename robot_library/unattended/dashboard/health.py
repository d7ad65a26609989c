"""Health: workers, what the office says of itself, what people were told; and taking an alert up."""

from __future__ import annotations

import time

from starlette.responses import Response

from robot_library.unattended.dashboard.floor import Floor
from robot_library.web.shell import Ask


class Health:
    """GET /office; POST /alerts/…/acknowledge."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    async def page(self, ask: Ask) -> Response:
        """Everything that is not about items."""
        floor = self._floor
        return await ask.page(
            "health.html", workers=await floor.desk.workers(), lights=await floor.lights(),
            alerts=await floor.alerts.all(over=True, limit=100), canaries=await floor.canaries(), now=time.time(),
        )  # fmt: skip

    async def acknowledge(self, ask: Ask) -> Response:
        """Take an alert up: nobody else is told."""
        taken = await self._floor.alerts.acknowledge(ask.request.path_params["alert"], ask.who)
        words = ask.words
        to = "/office" if ask.text("to") == "/office" else "/"
        return ask.back(to, words("alerts.taken" if taken else "alerts.gone"))
