"""`/metrics` and `/health` of an office."""

from __future__ import annotations

import hmac
import ipaddress
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from robot_library.engine.line.downtime import outages
from robot_library.engine.records.alerts import Alerts
from robot_library.engine.records.checks import Checks
from robot_library.errors import SetupError
from robot_library.unattended.alerts.ground import Stopped
from robot_library.unattended.alerts.survey import workers
from robot_library.unattended.metrics import CONTENT_TYPE, Sources, metrics
from robot_library.unattended.watching import vital

if TYPE_CHECKING:
    from robot_library.unattended.office import Office

CREDENTIAL = "metrics"
"""Name of the credential in the vault whose password lets another machine read the metrics."""


def metrics_route(office: Office) -> Route:
    """For Prometheus: from this machine, or with `Authorization: Bearer` and the password of credential `metrics`."""

    async def page(request: Request) -> Response:
        if not _near(request) and not _knows(office, request):
            return PlainTextResponse("Not from this machine, and no token.\n", 403)
        store = office.desk.store
        stopped = [Stopped(one.scope, one.since) for one in await office.desk.switches.list()]
        sources = Sources(
            office.desk.board, Alerts(store, office.sealer), Checks(store, office.sealer), office.home,
            await workers(office), stopped, await outages(store),
        )  # fmt: skip
        return Response(await metrics(sources), media_type=CONTENT_TYPE)

    return Route("/metrics", page, methods=["GET"])


def health_routes(office: Office) -> list[Route]:
    """For an outside monitor: 200 while office and workers live and the database answers, 503 otherwise."""

    async def page(request: Request) -> Response:
        state = office.state()
        try:
            ailments = (await vital(office)).ailments()
        except Exception as failure:  # the database does not answer
            ailments = [f"the database does not answer ({type(failure).__name__})"]
        well = bool(state["ok"]) and not ailments
        told: dict[str, object] = {"ok": well, "state": state["state"]}
        if _near(request) and not well:
            told["ailments"] = ailments
        return JSONResponse(told, 200 if well else 503)

    return [Route(path, page, methods=["GET"]) for path in ("/health", "/alive")]


def _near(request: Request) -> bool:
    """Whether it was asked from this machine itself, and not through a proxy on it."""
    if request.client is None or "forwarded" in request.headers or "x-forwarded-for" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _knows(office: Office, request: Request) -> bool:
    try:
        secret = office.vault.credential(CREDENTIAL).password
    except SetupError:
        return False
    return hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {secret}".encode())
