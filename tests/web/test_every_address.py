"""Every address of the dashboard and of the clerk's app, in every way: the header checks of a scanner, and no crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.web import targets
from tests.web.probing import US, Probe, Target, held, probe_all, tally

Say = Callable[[str, object], None]


@pytest.fixture(scope="module")
def operations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with targets.operations(tmp_path_factory.mktemp("home")) as target:
        yield target


@pytest.fixture(scope="module")
def clerks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with targets.clerks(tmp_path_factory.mktemp("clerks")) as target:
        yield target


@pytest.fixture(params=["operations", "clerks"])
def target(request: pytest.FixtureRequest) -> Target:
    found: Target = request.getfixturevalue(request.param)
    return found


def test_some_ways_of_asking_every_address(target: Target) -> None:
    seen: dict[str, int] = {}
    probe_all(target, 300, seen)
    assert seen.get("200"), seen


@pytest.mark.evidence
def test_twenty_thousand_ways(target: Target, record_property: Say) -> None:
    seen: dict[str, int] = {}
    probe_all(target, 20_000, seen)
    record_property("addresses", len(target.routes))
    record_property("answers", tally(seen))


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/code", "/welcome/guessed"])
async def test_whoever_tries_one_password_on_many_names_is_slowed(
    target: Target, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """A name rests after some tries; without this, every other name could be tried as fast as we answer, and each
    refusal is a line of the audit trail."""
    monkeypatch.setattr("robot_library.web.strangers.AT_ONCE", 3)
    monkeypatch.setattr("robot_library.people.book.fits", lambda kept, password: False)
    stranger = httpx.ASGITransport(app=target.app, client=(f"10.0.0.{len(path)}", 1))
    async with httpx.AsyncClient(transport=stranger, base_url=US, headers={"origin": US}) as client:
        came = [await client.post(path, data={"name": f"n{n}", "password": "Summer2026!"}) for n in range(4)]
    assert [one.status_code for one in came] == [401, 401, 401, 429]
    assert came[-1].headers["retry-after"]


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
