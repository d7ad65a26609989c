"""The front door: what whoever is not in sees."""

from __future__ import annotations

from starlette.requests import Request

from robot_library.attended.rights import HERE
from robot_library.web.shell import Shell


class FrontDoor(Shell):
    """The shell of the clerk's app."""

    def opens_at_once(self, role: str, request: Request) -> bool:
        """The address that one's own machine prints or opens leads straight in, as Jupyter's does: no mail scanner has
        seen it. A browser that only looks ahead uses nothing up."""
        looks_ahead = "prefetch" in request.headers.get("sec-purpose", "") + request.headers.get("purpose", "")
        return HERE in role.split() and request.method == "GET" and not looks_ahead
