"""Everything that is reached at the office's address: a sign of life, hooks, and the dashboard."""

from __future__ import annotations

import socket

from starlette.applications import Starlette
from starlette.routing import Mount

from robot_library.engine.desk import Desk
from robot_library.unattended.dashboard.offices import office_dashboard, office_doors
from robot_library.unattended.front import Address, health_route
from robot_library.unattended.hooks import hook_routes
from robot_library.unattended.office import Office


class Entrance:
    """The application of one office over its desk."""

    def __init__(self, office: Office, desk: Desk, address: Address) -> None:
        self._doors = office_doors(office)
        hosts = {address.host, socket.gethostname(), socket.getfqdn()}
        self._dashboard = office_dashboard(office, desk, self._doors, hosts=hosts, secure=address.secure)
        self.app = Starlette(
            routes=[health_route(office), *hook_routes(office.hooks), Mount("/", app=self._dashboard.app)]
        )

    def link(self, url: str) -> str:
        """Where one person enters, once, within a quarter of an hour."""
        return f"{url}/enter/{self._doors.link()}"

    def close(self) -> None:
        """Send everybody away who listens."""
        self._dashboard.close()
