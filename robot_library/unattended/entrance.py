"""Everything reached at the office's address: a sign of life, metrics, hooks, the dashboard behind its door."""

from __future__ import annotations

from collections.abc import Collection

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from robot_library.engine.alerts import Alerts
from robot_library.engine.checks import Checks
from robot_library.engine.desk import Desk
from robot_library.unattended.alerts.ground import Stopped, WorkerSeen
from robot_library.unattended.dashboard.offices import office_dashboard, office_doors
from robot_library.unattended.hooks import hook_routes
from robot_library.unattended.metrics import CONTENT_TYPE, Sources, metrics
from robot_library.unattended.office import Office


class Entrance:
    """The application of one office. `names` are what browsers may call it by, beside this machine's own."""

    def __init__(self, office: Office, desk: Desk, *, names: Collection[str] = (), secure: bool = False) -> None:
        self._office, self._desk = office, desk
        self._doors = office_doors(office)
        self._dashboard = office_dashboard(office, desk, self._doors, hosts=names, secure=secure)
        self.app = Starlette(
            routes=[
                Route("/alive", self._alive, methods=["GET"]), Route("/metrics", self._metrics, methods=["GET"]),
                *hook_routes(office.hooks), Mount("/", self._dashboard.app),
            ]
        )  # fmt: skip

    def link(self, url: str) -> str:
        """Where one person enters, once, for a quarter of an hour."""
        return f"{url}/enter/{self._doors.link()}"

    def close(self) -> None:
        """Send everybody away who listens."""
        self._dashboard.close()

    async def _alive(self, _: Request) -> Response:
        """For an outside monitor: 200 while all is well, 503 otherwise. No names, no numbers of patients."""
        state = self._office.state()
        return JSONResponse({"ok": state["ok"], "state": state["state"]}, 200 if state["ok"] else 503)

    async def _metrics(self, _: Request) -> Response:
        """For Prometheus: the site's own names, codes and counts."""
        store, sealer = self._desk.store, self._office.sealer
        workers = [WorkerSeen(one.name, one.seen) for one in await self._desk.workers() if one.ended is None]
        stopped = [Stopped(one.scope, one.since, bool(one.code)) for one in await self._desk.switches.list()]
        found = Sources(
            self._desk.board, Alerts(store, sealer), Checks(store, sealer), self._office.home, workers, stopped
        )
        return Response(await metrics(found), media_type=CONTENT_TYPE)
