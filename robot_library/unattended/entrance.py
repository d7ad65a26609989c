"""Everything reached at the office's address: a sign of life, metrics, hooks, the dashboard behind its door."""

from __future__ import annotations

from collections.abc import Collection

from starlette.applications import Starlette
from starlette.routing import Mount

from robot_library.engine.desk import Desk
from robot_library.people.entrances import dashboard_doors
from robot_library.unattended.dashboard.offices import office_dashboard
from robot_library.unattended.hooks import hook_routes
from robot_library.unattended.measured import health_routes, metrics_route
from robot_library.unattended.office import Office
from robot_library.web.walls import Fence


class Entrance:
    """The application of one office. `names` are what browsers may call it by, beside this machine's own."""

    def __init__(self, office: Office, desk: Desk, *, names: Collection[str] = (), secure: bool = False) -> None:
        self._doors = dashboard_doors(office.home, office.key)
        self._dashboard = office_dashboard(office, desk, self._doors, hosts=names, secure=secure)
        open_to_all = [*health_routes(office), metrics_route(office), *hook_routes(office.hooks)]
        self.app = Fence(Starlette(routes=[*open_to_all, Mount("/", self._dashboard.app)]), secure=secure)

    def link(self, url: str) -> str:
        """Where one person enters, once, for a quarter of an hour."""
        token = self._doors.link("operator")
        return f"{url}/enter/{token}"

    def close(self) -> None:
        """Send everybody away who listens."""
        self._dashboard.close()
