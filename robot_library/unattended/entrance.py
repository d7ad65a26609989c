"""Everything that is reached at the office's address: a sign of life, hooks, and the dashboard."""

from __future__ import annotations

from starlette.applications import Starlette

from robot_library.unattended.front import Address, health_route
from robot_library.unattended.hooks import hook_routes
from robot_library.unattended.office import Office


class Entrance:
    """The application of one office."""

    def __init__(self, office: Office, address: Address) -> None:
        self._address = address
        self.app = Starlette(routes=[health_route(office), *hook_routes(office.hooks)])

    def link(self, url: str) -> str:
        """Where a person enters."""
        return url

    def close(self) -> None:
        """Send everybody away who listens."""
