"""Every address of the dashboard and of the clerk's app, in every way: the header checks of a scanner, and no crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import robot_library.attended as attended
import robot_library.unattended.dashboard as dashboard
import robot_library.web as web
from robot_library.attended.app import Attended
from robot_library.attended.site import doors_of, house_of
from robot_library.engine.database.store import Store
from robot_library.engine.desk import Desk
from robot_library.parsing.library import Library, bundled
from robot_library.safeguards.audit.trail import AuditTrail
from robot_library.safeguards.sealed import SealedJson
from tests.dashboard.conftest import KEY, standing
from tests.dashboard.fill import BOTS
from tests.web.probing import US, Probe, Target, held, probe_all, tally

WEB = Path(str(web.__file__)).parent
Say = Callable[[str, object], None]


@pytest.fixture(scope="module")
def operations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The dashboard over a filled home."""
    stand = standing(tmp_path_factory.mktemp("home"), 60)
    stand.store.open(stand.sealer.fingerprint)
    items = stand.ask(lambda: stand.desk.board.page(limit=4)).items
    told = stand.ask(lambda: stand.desk.incidents.report(items[0].id, "ann", "left and right confused"))
    known = [*BOTS, *(one.id for one in items), told.id, "ask", "approve", "retry", "cancel", f"bot:{BOTS[0]}"]
    rooms = [WEB, Path(str(dashboard.__file__)).parent]
    yield Target(stand.dashboard.app, stand.doors, ("viewer", "operator"), known, rooms)
    stand.store.close()


@pytest.fixture(scope="module")
def clerks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The clerk's app, and somebody in each role."""
    home, sealer = tmp_path_factory.mktemp("clerks"), SealedJson(KEY)
    store = Store(f"sqlite:///{home / 'engine.sqlite'}")
    store.open(sealer.fingerprint)
    store.trail = AuditTrail(home, KEY)
    desk, doors = Desk(home, sealer, sealer.fingerprint, store=store), doors_of(home, KEY)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("EHR", "PACS", "DICOMWEB"):
            patch.setenv(f"WETREAD_{name}_URL", "http://127.0.0.1:9")
        house = house_of(home, KEY, desk, Library(bundled()))
        house.book.add("ann", ["clerk"])
        known = ["chest-xray-preread", "ann", "clerk", "admin", "en", "es"]
        rooms = [WEB, Path(str(attended.__file__)).parent]
        app = Attended(house, doors).app
        yield Target(app, doors, ("author", "clerk local", "reviewer admin operator"), known, rooms)
    store.close()


@pytest.fixture(params=["operations", "clerks"])
def target(request: pytest.FixtureRequest) -> Target:
    found: Target = request.getfixturevalue(request.param)
    return found


def test_some_ways_of_asking_every_address(target: Target) -> None:
    seen: dict[str, int] = {}
    probe_all(target, 150, seen)
    assert seen.get("200"), seen


@pytest.mark.evidence
def test_twenty_thousand_ways(target: Target, record_property: Say) -> None:
    seen: dict[str, int] = {}
    probe_all(target, 20_000, seen)
    record_property("addresses", len(target.routes))
    record_property("answers", tally(seen))


async def test_each_address_once_as_it_is_meant(target: Target) -> None:
    """Without junk: whoever is in, whoever is not, as a page and as a part of one."""
    assert len(target.routes) > 25
    for path, methods in target.routes:
        for role in (None, target.roles[-1]):
            for part in (False, True):
                for method in methods:
                    filled = path.replace("{", "").replace("}", "").replace(":path", "")
                    probe = Probe(method, filled, "", b"", "form", role, True, part)
                    held(probe, await target.ask(probe))


async def test_what_programs_ask_the_office_has_the_headers_too() -> None:
    """Health, metrics and hooks lie outside the pages' walls: they answer programs under any name."""
    import httpx
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    from robot_library.web.walls import HEADERS, Fence

    app = Fence(Starlette(routes=[Route("/health", lambda _: JSONResponse({"ok": True}))]), secure=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=US) as web:
        for path in ("/health", "/nothing"):
            answer = await web.get(path)
            assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
            assert answer.headers["cache-control"] == "no-store"
            assert "max-age" in answer.headers["strict-transport-security"]
